"""The trace of a lot as its page shows it: rows with the pages they lead to, amounts rounded to be read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from flask import url_for

from inventory.rules.amounts import rounded
from inventory.stock.lot_facts import LotFacts, Received
from inventory.tracing import lines
from inventory.tracing.answers import Apart, ApartKind, Certainty, Elsewhere, LotAmount, Trace
from inventory.tracing.lines import IngredientLine, MixtureLine, Step, UseLine
from models.vocabulary import LotOrigin, Unit

DEEPEST = 4  # steps of indentation that the page draws


@dataclass(frozen=True)
class UseRow:
    at: datetime
    patient: str
    patient_url: str | None
    site: str
    through: list[tuple[str, str | None]]
    amount: Decimal
    known_by: Certainty


@dataclass(frozen=True)
class MixtureRow:
    label: str
    url: str
    at: datetime
    amount: Decimal
    on_hand: Decimal


@dataclass(frozen=True)
class ElsewhereRow:
    site: str
    patients: int
    sessions: int
    received: Decimal
    on_hand: Decimal


@dataclass(frozen=True)
class ApartRow:
    kind: ApartKind
    container: str
    amount: Decimal
    unit: Unit
    patient: str | None
    now: tuple[str, ...]


@dataclass(frozen=True)
class CompleteSince:
    site: str
    on: date | None


@dataclass(frozen=True)
class Forward:
    coverage: str
    complete_since: list[CompleteSince]
    problems: list[str]
    uses: list[UseRow]
    made: list[MixtureRow]
    elsewhere: list[ElsewhereRow]
    apart: list[ApartRow]
    patients: int


@dataclass(frozen=True)
class IngredientRow:
    product_name: str
    lot_id: int
    lot_number: str
    amount: Decimal
    unit: Unit
    depth: int
    supplier: str | None


@dataclass(frozen=True)
class Back:
    ingredients: list[IngredientRow]
    deliveries: tuple[Received, ...]


def forward_view(trace: Trace, site_id: int) -> Forward:
    """`trace`: as the person may see it."""
    return Forward(
        coverage=lines.coverage(trace),
        complete_since=[CompleteSince(site.name, site.complete_since) for site in trace.sites],
        problems=[str(problem) for problem in trace.problems],
        uses=[_use(line) for line in lines.use_lines(trace, site_id)],
        made=[_mixture(line) for line in lines.mixture_lines(trace)],
        elsewhere=[_elsewhere(other) for other in trace.elsewhere if other.containers or other.sessions],
        apart=[_apart(trace, each) for each in trace.apart],
        patients=len(trace.patients),
    )


def back_view(facts: LotFacts, ingredients: Iterable[IngredientLine], suppliers: dict[int, str]) -> Back:
    """`suppliers`: lot -> from whom it came."""
    rows = [
        IngredientRow(
            product_name=line.product_name,
            lot_id=line.lot_id,
            lot_number=line.lot_number,
            amount=rounded(line.amount),
            unit=line.unit,
            depth=min(line.depth, DEEPEST),
            supplier=suppliers.get(line.lot_id) if line.origin is LotOrigin.RECEIVED else None,
        )
        for line in ingredients
    ]
    return Back(rows, facts.received)


def _use(line: UseLine) -> UseRow:
    return UseRow(
        at=line.at,
        patient=line.patient,
        patient_url=None,
        site=line.site,
        through=[(step.label, _page(step)) for step in line.through],
        amount=rounded(line.amount),
        known_by=line.certainty,
    )


def _page(step: Step) -> str | None:
    if step.lot_id is not None:
        return url_for("lots.show", lot_id=step.lot_id)
    return url_for("containers.show", code=step.label) if step.is_here else None


def _mixture(line: MixtureLine) -> MixtureRow:
    url = url_for("lots.show", lot_id=line.lot_id)
    return MixtureRow(line.lot_number, url, line.at, rounded(line.amount), rounded(line.on_hand))


def _elsewhere(other: Elsewhere) -> ElsewhereRow:
    return ElsewhereRow(other.site, other.patients, other.sessions, _sum(other.received), _sum(other.on_hand))


def _sum(amounts: tuple[LotAmount, ...]) -> Decimal:
    return rounded(sum((each.amount for each in amounts), Fraction(0)))


def _apart(trace: Trace, each: Apart) -> ApartRow:
    container = trace.containers.get(each.container_id)
    unit = Unit.ML if container is None else trace.lots[container.lot_id].unit
    return ApartRow(
        each.kind, each.container_code, each.amount, unit, each.patient_reference, each.now_patient_references
    )
