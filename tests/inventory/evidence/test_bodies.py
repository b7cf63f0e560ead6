"""The body of an audit entry is read by a verifier that trusts nothing in it."""

import json

import pytest

from inventory.evidence.audit import id_ranges
from inventory.evidence.bodies import BodyReader, UnreadableBody
from inventory.evidence.stored_rows import StoredTable
from models.base import APART, IMMUTABLE
from models.tables import Base

TABLES = {
    table.name: StoredTable(table, "sqlite") for table in Base.metadata.sorted_tables if table.info["audit"] != APART
}
FIXED = frozenset(name for name, table in TABLES.items() if table.table.info["audit"] == IMMUTABLE)


def read(content):
    return BodyReader(TABLES, FIXED).read(content if isinstance(content, str) else json.dumps(content))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "[" * 100_000,
        '{"made": ' + "9" * 5000 + "}",
        {"made": 5},
        {"made": None},
        {"made": {"stock_move": {"1": {}}}},
        {"made": {"audit_entry": {"1": {}}}},
        {"made": {"lot": {"1": {"no_such_column": 1}}}},
        {"made": {"lot": {"first": {}}}},
        {"made": {"lot": {"-1": {}}}},
        {"made": {"lot": {"01": {}}}},
        {"made": {"lot": {"٧": {}}}},
        {"made": {"lot": {"9" * 5000: {}}}},
        {"made": {"lot": {str(2**63): {}}}},
        {"made": {"lot": {"1": 5}}},
        {"changed": {"lot": {"1": {"lot_number": "X"}}}},
        {"changed": {"lot": {"1": {"lot_number": ["X"]}}}},
        {"changed": {"lot": []}},
        {"removed": {"membership": "all"}},
        {"removed": {"membership": [[]]}},
        {"fixed": {"stock_move": "1-999999999999"}},
        {"fixed": {"stock_move": "1-900000,900001-1800000"}},
        {"fixed": {"stock_move": "2,1"}},
        {"fixed": {"stock_move": "1,1"}},
        {"fixed": {"stock_move": "2-2"}},
        {"fixed": {"stock_move": "3-2"}},
        {"fixed": {"stock_move": ""}},
        {"fixed": {"stock_move": 7}},
        {"fixed": {"no_such_table": "1"}},
        {"fixed": {"lot": "1"}},
        {"fixed": {"lot_correction_container": "1"}},
        {"fixed": {"lot_correction_container": "1/2/3"}},
        {"facts": {"access_log_digest": 5}},
        {"facts": {"access_log_digest": "00", "access_log_id": True}},
    ],
    ids=lambda content: str(content)[:60],
)
def test_what_is_not_as_we_write_it_is_unreadable(content):
    with pytest.raises(UnreadableBody):
        read(content)


@pytest.mark.parametrize("keys", [[1], [1, 2], [1, 2, 3, 7], [5, 7, 9, 10], list(range(1, 100))])
def test_ranges_are_read_as_they_are_written(keys):
    assert read({"fixed": {"stock_move": id_ranges(keys)}}).fixed == {"stock_move": keys}


def test_keys_of_two_columns_are_read_as_they_are_written():
    keys = ["1/2", "1/10", "3/4"]
    ranges = id_ranges(keys)
    assert read({"fixed": {"lot_correction_container": ranges}}).fixed == {"lot_correction_container": sorted(keys)}


def test_an_entry_without_rows_is_read():
    body = read({"action": "clock confirmed", "unit": "x"})
    assert [body.made, body.changed, body.removed, body.fixed] == [{}] * 4
