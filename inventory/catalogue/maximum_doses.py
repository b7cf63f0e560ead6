"""The most that may be given of a substance out of a product, as its leaflet says it: in one session, or in some days.

A maximum stands with where it is written, because a dose is only as good as its source. Entered again for the same span
it replaces the one before; taken off, its row stays. The rule that compares doses with it is `rules.doses`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue.products import product_to_change
from inventory.errors import InvalidCount, RecordNotFound
from inventory.evidence import audit
from inventory.rules.amounts import checked_amount
from inventory.rules.doses import MaximumDose
from models.catalogue import Product, ProductDose
from models.vocabulary import StrengthUnit

LONGEST_INTERVAL = 366


@dataclass(frozen=True)
class SetMaximumDose:
    """`interval_days` of 0 means in one session."""

    product_id: int
    substance_id: int
    maximum: Decimal
    unit: StrengthUnit
    source: str
    interval_days: int = 0


@dataclass(frozen=True)
class RemoveMaximumDose:
    product_id: int
    dose_id: int


def set_maximum_dose(session: Session, act: Act, command: SetMaximumDose) -> Product:
    """Of a substance that the product contains; else `RecordNotFound`."""
    act.require(Permission.MANAGE_CATALOGUE)
    product = product_to_change(session, act, command.product_id)
    if command.substance_id not in {strength.substance_id for strength in product.strengths}:
        raise RecordNotFound("ingredient", str(command.substance_id))
    if not 0 <= command.interval_days <= LONGEST_INTERVAL:
        raise InvalidCount("Days", command.interval_days, 0, LONGEST_INTERVAL)
    row = _find(session, command)
    if row is None:
        row = ProductDose(product_id=product.id, substance_id=command.substance_id, interval_days=command.interval_days)
        session.add(row)
    row.maximum = checked_amount(command.maximum)
    row.unit = command.unit
    row.source = texts.note("Source", command.source)
    row.removed_at = None
    audit.record(session, act, "maximum dose set", product)
    return product


def remove_maximum_dose(session: Session, act: Act, command: RemoveMaximumDose) -> Product:
    act.require(Permission.MANAGE_CATALOGUE)
    product = product_to_change(session, act, command.product_id)
    row = session.get(ProductDose, command.dose_id)
    if row is None or row.product_id != product.id or row.removed_at is not None:
        raise RecordNotFound("maximum dose", str(command.dose_id))
    row.removed_at = act.now
    audit.record(session, act, "maximum dose taken off", product)
    return product


def doses_of(session: Session, *, product_ids: Collection[int]) -> list[ProductDose]:
    query = (
        select(ProductDose)
        .where(ProductDose.product_id.in_(product_ids), ProductDose.removed_at.is_(None))
        .options(joinedload(ProductDose.substance))
        .order_by(ProductDose.product_id, ProductDose.substance_id, ProductDose.interval_days)
    )
    return list(session.scalars(query))


def maxima_of(session: Session, *, product_ids: Collection[int]) -> list[MaximumDose]:
    """As `rules.doses.excessive_doses` takes them."""
    return [
        MaximumDose(
            dose.substance_id,
            dose.maximum,
            dose.unit,
            dose.source or "",
            timedelta(days=dose.interval_days) if dose.interval_days else None,
            is_from_label=True,
        )
        for dose in doses_of(session, product_ids=product_ids)
    ]


def _find(session: Session, command: SetMaximumDose) -> ProductDose | None:
    query = select(ProductDose).where(
        ProductDose.product_id == command.product_id,
        ProductDose.substance_id == command.substance_id,
        ProductDose.interval_days == command.interval_days,
    )
    return session.scalars(query).one_or_none()
