"""The statements of a trace. Recursion yields ids only; the edges are fetched by those ids."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, case, func, select

from inventory.tracing.questions import Question, among, ids, table_of, word
from models.care import Administration, CompoundingComponent, CompoundingRecord, Patient, TreatmentSession
from models.catalogue import Product, ProductStrength, Substance
from models.organisation import Location, Site
from models.stock import Container, Lot, LotCorrection, LotCorrectionContainer, StockEntry, StockMove
from models.vocabulary import MovePurpose, RecordKind

administration = table_of(Administration)
component = table_of(CompoundingComponent)
container = table_of(Container)
correction = table_of(LotCorrection)
corrected = table_of(LotCorrectionContainer)
entry = table_of(StockEntry)
location = table_of(Location)
lot = table_of(Lot)
move = table_of(StockMove)
patient = table_of(Patient)
product = table_of(Product)
record = table_of(CompoundingRecord)
site = table_of(Site)
strength = table_of(ProductStrength)
substance = table_of(Substance)
treatment = table_of(TreatmentSession)
reversal = move.alias("reversal")

_STANDS = ~sa.exists().where(reversal.c.reverses_id == move.c.id)


def _downstream() -> Select[*tuple[Any, ...]]:
    """Containers reached from lots and containers, through every mixture and split, those included."""
    packs = select(container.c.id).where(among(container.c.id, ids("container_ids"))).cte("packs", recursive=True)
    packs = packs.union(select(container.c.id).join(packs, container.c.split_from_id == packs.c.id))
    of_lots = select(container.c.id).where(among(container.c.lot_id, ids("lot_ids")))
    start = select(packs.c.id).union(of_lots).cte("start")
    reached = select(start.c.id).cte("reached", recursive=True)
    output = container.alias("output")
    step = (
        select(output.c.id)
        .select_from(reached)
        .join(move, move.c.container_id == reached.c.id)
        .join(component, component.c.move_id == move.c.id)
        .join(record, record.c.id == component.c.record_id)
        .join(output, output.c.lot_id == record.c.lot_id)
        .where(move.c.purpose == word(MovePurpose.COMPOUNDED), _STANDS)
    )
    reached = reached.union(step)
    return select(reached.c.id)


def _upstream() -> Select[*tuple[Any, ...]]:
    """Containers that went into these, through every mixture, those included."""
    reached = select(container.c.id).where(among(container.c.id, ids("container_ids"))).cte("reached", recursive=True)
    output = container.alias("output")
    step = (
        select(move.c.container_id)
        .select_from(reached)
        .join(output, output.c.id == reached.c.id)
        .join(record, record.c.lot_id == output.c.lot_id)
        .join(component, component.c.record_id == record.c.id)
        .join(move, move.c.id == component.c.move_id)
        .where(_STANDS)
    )
    reached = reached.union(step)
    return select(reached.c.id)


def _prepared() -> Any:
    filling = move.alias("filling")
    signed = case((filling.c.reverses_id.is_(None), filling.c.amount), else_=-filling.c.amount)
    return (
        select(func.sum(signed, type_=filling.c.amount.type))
        .where(filling.c.container_id == container.c.id, filling.c.purpose == word(MovePurpose.PREPARED))
        .scalar_subquery()
    )


def _total() -> Any:
    """Of a reconstitution the final volume; else the sum of what went in and stands."""
    part = component.alias("part")
    poured = move.alias("poured")
    undone = move.alias("undone")
    whole = (
        select(func.sum(poured.c.amount))
        .select_from(part)
        .join(poured, poured.c.id == part.c.move_id)
        .where(part.c.record_id == record.c.id, ~sa.exists().where(undone.c.reverses_id == poured.c.id))
        .scalar_subquery()
    )
    return case((record.c.kind == word(RecordKind.RECONSTITUTION), record.c.theoretical_amount), else_=whole)


_EDGE = (move.c.id, func.coalesce(entry.c.corrects_id, entry.c.id), move.c.container_id)
_EDGE_FACTS = (move.c.amount, entry.c.occurred_at, move.c.identified_by)
_RECORD = (record.c.id, record.c.lot_id, record.c.kind, record.c.site_id, record.c.started_at, _total())


def _draws() -> Select[*tuple[Any, ...]]:
    """Each draw, whether it was reversed, and its record."""
    return (
        select(*_EDGE, component.c.record_id, *_EDGE_FACTS, reversal.c.id, *_RECORD)
        .select_from(move)
        .join(component, component.c.move_id == move.c.id)
        .join(record, record.c.id == component.c.record_id)
        .join(entry, entry.c.id == move.c.entry_id)
        .outerjoin(reversal, reversal.c.reverses_id == move.c.id)
    )


def _uses() -> Select[*tuple[Any, ...]]:
    """Each use, whether it was reversed, its session and its patient's reference."""
    return (
        select(
            *_EDGE,
            administration.c.session_id,
            *_EDGE_FACTS,
            reversal.c.id,
            treatment.c.id,
            treatment.c.site_id,
            treatment.c.patient_id,
            treatment.c.started_at,
            patient.c.reference,
        )
        .select_from(move)
        .join(administration, administration.c.move_id == move.c.id)
        .join(treatment, treatment.c.id == administration.c.session_id)
        .join(patient, patient.c.id == treatment.c.patient_id)
        .join(entry, entry.c.id == move.c.entry_id)
        .outerjoin(reversal, reversal.c.reverses_id == move.c.id)
    )


DOWNSTREAM = Question(_downstream())
UPSTREAM = Question(_upstream())

DRAWS_FROM = Question(
    _draws().where(among(move.c.container_id, ids("container_ids")), move.c.purpose == word(MovePurpose.COMPOUNDED))
)
DRAWS_INTO = Question(_draws().where(among(record.c.lot_id, ids("lot_ids"))))

USES_FROM = Question(
    _uses().where(among(move.c.container_id, ids("container_ids")), move.c.purpose == word(MovePurpose.ADMINISTERED))
)
USES_IN_SESSIONS = Question(_uses().where(among(treatment.c.id, ids("session_ids"))))
USES_OF_PATIENTS = Question(_uses().where(among(treatment.c.patient_id, ids("patient_ids"))))

CONTAINERS = Question(
    select(
        container.c.id,
        container.c.code,
        container.c.lot_id,
        location.c.site_id,
        container.c.remaining,
        container.c.split_from_id,
        _prepared(),
    )
    .join(location, location.c.id == container.c.location_id)
    .where(among(container.c.id, ids("container_ids")))
)

LOTS = Question(
    select(lot.c.id, lot.c.product_id, product.c.name, product.c.unit, lot.c.lot_number, lot.c.expires_on, lot.c.origin)
    .join(product, product.c.id == lot.c.product_id)
    .where(among(lot.c.id, ids("lot_ids")))
)

STRENGTHS = Question(
    select(lot.c.id, substance.c.name, strength.c.strength, strength.c.strength_unit)
    .select_from(lot)
    .join(strength, sa.and_(strength.c.product_id == lot.c.product_id, strength.c.removed_at.is_(None)))
    .join(substance, substance.c.id == strength.c.substance_id)
    .where(among(lot.c.id, ids("lot_ids")))
    .order_by(lot.c.id, strength.c.id)
)


def _merged() -> Select[*tuple[Any, ...]]:
    """For each lot asked for, itself and every lot it was corrected to."""
    asked = (
        select(lot.c.id.label("asked"), lot.c.id, lot.c.merged_into_id)
        .where(among(lot.c.id, ids("lot_ids")))
        .cte("asked", recursive=True)
    )
    onward = lot.alias("onward")
    asked = asked.union(
        select(asked.c.asked, onward.c.id, onward.c.merged_into_id).join(onward, onward.c.id == asked.c.merged_into_id)
    )
    return select(asked.c.asked, asked.c.id, asked.c.merged_into_id)


def _spellings() -> Select[*tuple[Any, ...]]:
    wrong, right = lot.alias("wrong"), lot.alias("right")
    return (
        select(
            wrong.c.id,
            wrong.c.lot_number,
            right.c.id,
            right.c.lot_number,
            func.count(corrected.c.container_id),
            correction.c.reason,
            correction.c.corrected_at,
        )
        .select_from(correction)
        .join(wrong, wrong.c.id == correction.c.from_lot_id)
        .join(right, right.c.id == correction.c.to_lot_id)
        .outerjoin(corrected, corrected.c.correction_id == correction.c.id)
        .where(
            sa.or_(
                among(correction.c.from_lot_id, ids("lot_ids")),
                among(correction.c.to_lot_id, ids("lot_ids")),
            ),
            correction.c.from_lot_id != correction.c.to_lot_id,
        )
        .group_by(
            correction.c.id,
            wrong.c.id,
            wrong.c.lot_number,
            right.c.id,
            right.c.lot_number,
            correction.c.reason,
            correction.c.corrected_at,
        )
        .order_by(correction.c.id)
    )


MERGED = Question(_merged())
SPELLINGS = Question(_spellings())
SITES = Question(select(site.c.id, site.c.name, site.c.complete_since).order_by(site.c.id))
