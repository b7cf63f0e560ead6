"""What a trace answers: the graph that was walked, who received how much of which lot, and what is in doubt.

- Everything is a frozen value; amounts are exact, shares are fractions, nothing is rounded here.
- Patients appear by reference only.
- Excluded is only what never took place. It is listed `apart`, so that a wrong correction can be seen.
- `problems` are contradictions in the records. Amounts that rest on one are left out; patients never are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from inventory.errors import IntegrityProblem
from inventory.rules.amounts import convert
from models.vocabulary import IdentifiedBy, LotOrigin, RecordKind, StrengthUnit, Unit


class Certainty(StrEnum):
    """How surely the lot reached the patient: the weakest identification on the surest way."""

    VIAL_SCANNED = "vial_scanned"
    LOT_SCANNED = "lot_scanned"
    TYPED = "typed"


class ApartKind(StrEnum):
    """Why a use is not in the trace: it never took place, or it was another patient's."""

    RECORDED_IN_ERROR = "recorded_in_error"
    MOVED_TO_ANOTHER_PATIENT = "moved_to_another_patient"


class TracedLot(NamedTuple):
    id: int
    product_id: int
    product: str
    unit: Unit
    lot_number: str
    expires_on: date | None
    origin: LotOrigin


class TracedContainer(NamedTuple):
    """`prepared`: what a preparation put into it, net of corrections; None for a received one."""

    id: int
    code: str
    lot_id: int
    site_id: int
    remaining: Decimal
    split_from_id: int | None
    prepared: Decimal | None


class TracedRecord(NamedTuple):
    """`total`: the whole by which amounts are shared out."""

    id: int
    lot_id: int
    kind: RecordKind
    site_id: int
    started_at: datetime
    total: Decimal


class Draw(NamedTuple):
    """An amount that went from a container into a preparation. `entry_id` is the root of its corrections."""

    move_id: int
    entry_id: int
    container_id: int
    record_id: int
    amount: Decimal
    occurred_at: datetime
    identified_by: IdentifiedBy


class Use(NamedTuple):
    """An amount that was given from a container in a session."""

    move_id: int
    entry_id: int
    container_id: int
    session_id: int
    amount: Decimal
    occurred_at: datetime
    identified_by: IdentifiedBy


class TracedSession(NamedTuple):
    id: int
    site_id: int
    patient_id: int
    started_at: datetime


class TracedPatient(NamedTuple):
    id: int
    reference: str
    certainty: Certainty


class Received(NamedTuple):
    """What a patient received of a lot in one session, in the lot's unit."""

    session_id: int
    patient_id: int
    lot_id: int
    amount: Fraction


class LotStrength(NamedTuple):
    lot_id: int
    substance: str
    strength: Decimal
    unit: StrengthUnit


class SubstanceReceived(NamedTuple):
    """Mass in mg, activity in IU: nothing but the product's own factor relates the two."""

    session_id: int
    patient_id: int
    lot_id: int
    substance: str
    amount: Fraction
    unit: StrengthUnit


class Apart(NamedTuple):
    """A recorded use of a traced container that never took place so: in a session, or in a preparation."""

    kind: ApartKind
    move_id: int
    site_id: int
    container_id: int
    container_code: str
    amount: Decimal
    session_id: int | None = None
    patient_reference: str | None = None
    now_patient_references: tuple[str, ...] = ()
    record_id: int | None = None
    record_lot_id: int | None = None


class LotSpelling(NamedTuple):
    """Containers were corrected from one lot to another; the trace follows where they belong now."""

    from_lot_id: int
    from_lot_number: str
    to_lot_id: int
    to_lot_number: str
    containers: int
    reason: str
    corrected_at: datetime


class TracedSite(NamedTuple):
    """Before `complete_since` the site's records may have gaps."""

    id: int
    name: str
    complete_since: date | None


class LotAmount(NamedTuple):
    lot_id: int
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a person without the organisation's view learns of another site: its name, counts and amounts."""

    site: str
    containers: int
    preparations: int
    sessions: int
    patients: int
    on_hand: tuple[LotAmount, ...]
    received: tuple[LotAmount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """`lot_ids`: the lots whose amounts are followed, after corrections; `asked_lot_ids`: as they were asked for.

    `shares`: for each container, how much of a followed lot one unit of it holds.
    """

    asked_lot_ids: tuple[int, ...]
    lot_ids: tuple[int, ...]
    lots: Mapping[int, TracedLot]
    containers: Mapping[int, TracedContainer]
    records: Mapping[int, TracedRecord]
    sessions: Mapping[int, TracedSession]
    patients: Mapping[int, TracedPatient]
    draws: tuple[Draw, ...]
    uses: tuple[Use, ...]
    shares: Mapping[int, Mapping[int, Fraction]]
    received: tuple[Received, ...]
    strengths: tuple[LotStrength, ...]
    apart: tuple[Apart, ...]
    spellings: tuple[LotSpelling, ...]
    sites: tuple[TracedSite, ...]
    problems: tuple[IntegrityProblem, ...]
    elsewhere: tuple[Elsewhere, ...] = ()

    def received_by_patient(self) -> dict[int, dict[int, Fraction]]:
        """Patient -> lot -> amount, over all sessions of the trace."""
        sums: defaultdict[int, defaultdict[int, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        for part in self.received:
            sums[part.patient_id][part.lot_id] += part.amount
        return {patient_id: dict(by_lot) for patient_id, by_lot in sums.items()}

    def substances(self) -> tuple[SubstanceReceived, ...]:
        """What the received amounts hold by the strengths of their products (rule DOS-01)."""
        by_lot: defaultdict[int, list[LotStrength]] = defaultdict(list)
        for strength in self.strengths:
            by_lot[strength.lot_id].append(strength)
        return tuple(_substance(part, strength) for part in self.received for strength in by_lot[part.lot_id])

    def on_hand(self) -> dict[int, Fraction]:
        """Lot -> what is left of it, in its own containers and inside mixtures."""
        return dict(amounts_on_hand(self.containers.values(), self.shares))


def amounts_on_hand(
    containers: Iterable[TracedContainer], shares: Mapping[int, Mapping[int, Fraction]]
) -> defaultdict[int, Fraction]:
    left: defaultdict[int, Fraction] = defaultdict(Fraction)
    for container in containers:
        for lot_id, share in shares.get(container.id, {}).items() if container.remaining else ():
            left[lot_id] += share * Fraction(container.remaining)
    return left


def _substance(part: Received, strength: LotStrength) -> SubstanceReceived:
    unit = StrengthUnit.IU if strength.unit is StrengthUnit.IU else StrengthUnit.MG
    amount = convert(part.amount * Fraction(strength.strength), strength.unit, unit)
    return SubstanceReceived(part.session_id, part.patient_id, part.lot_id, strength.substance, amount, unit)
