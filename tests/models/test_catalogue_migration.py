"""What was in the catalogue before it grew is there afterwards, findable, in use and without doubt."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from models.catalogue import Product, Substance, Supplier
from models.database import Database
from models.migrating import alembic_config, upgrade

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
PRODUCT = {
    "id": 7,
    "name": "Acide hyaluronique RÉTICULÉ 2 %",
    "regulatory_class": "device_iii",
    "container_kind": "prefilled_syringe",
    "unit": "mL",
    "tracking": "each",
    "is_injectable": True,
    "is_mix_never": False,
    "is_preserved": False,
    "is_sterile": True,
    "is_free_cocktail": False,
    "version": 3,
}


@pytest.fixture
def before(empty_database_url):
    with closing(Database(empty_database_url)) as database:
        with database.engine.begin() as connection:
            command.upgrade(alembic_config(MIGRATIONS, connection), "0001")
            _insert(connection, "supplier", {"id": 1, "name": "Pharma Nord", "is_active": False})
            _insert(connection, "substance", {"id": 2, "name": "Acide ascorbique"})
            exact = {"content": 1_000_000, "overfill": 0} if database.is_sqlite else {"content": 1, "overfill": 0}
            _insert(connection, "product", PRODUCT | exact)
        yield database


def _insert(connection, name, values):
    table = sa.table(name, *map(sa.column, values))
    connection.execute(sa.insert(table).values(values))


def test_rows_from_before_keep_what_they_have(before):
    upgrade(before, MIGRATIONS)

    with before.reader() as session:
        product = session.get_one(Product, 7)
        assert (product.name, product.content, product.version) == (PRODUCT["name"], 1, 3)
        assert product.search_words == "acide hyaluronique reticule 2"
        assert (product.is_verified, product.is_active, product.may_be_kept) == (True, True, None)
        substance = session.get_one(Substance, 2)
        assert (substance.search_words, substance.version, substance.is_verified) == ("acide ascorbique", 1, True)
        supplier = session.get_one(Supplier, 1)
        assert (supplier.name, supplier.is_active, supplier.version) == ("Pharma Nord", False, 1)
