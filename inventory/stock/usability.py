"""May this container be used, by whom and until when: everything derived, nothing stored.

Usable means: something left, no hold, usable-until not passed, not kept for another patient, not opened
for another session. Plans are refused at the first broken rule; what already happened is judged by the
same rules, and each broken one becomes a deviation (`Judgement`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from inventory.access import Act
from inventory.errors import (
    BelongsToAnotherSite,
    BulkPackageNeedsHood,
    ContainerClosed,
    ContainerHasNoExpiry,
    ContainerHeld,
    ContainerPastUse,
    HeldAsEvidence,
    KeptForAnotherPatient,
    NotInjectable,
    OnTheWay,
    OpenedForAnotherSession,
    RecordNotFound,
    Refusal,
)
from inventory.rules.codes import check_code
from inventory.rules.expiry import (
    InUse,
    Opening,
    UsableUntil,
    UseLimit,
    in_use_deadline,
    label_period,
    usable_until,
)
from models.care import CompoundingRecord, Deviation, Patient
from models.organisation import Location, Site
from models.stock import Container, Hold, Lot, StockEntry
from models.vocabulary import HoldKind, LocationKind, RegulatoryClass

LIMIT_NAMES = {
    UseLimit.PRINTED_EXPIRY: "printed expiry",
    UseLimit.IN_USE: "time since opening",
    UseLimit.BEYOND_USE: "use before",
}


@dataclass(frozen=True)
class HoldFact:
    hold_id: int
    kind: HoldKind
    cause: str


@dataclass(frozen=True)
class ContainerState:
    """What the rules need to know about one container, from a bounded number of queries."""

    container: Container
    site: Site
    usable_until: UsableUntil | None
    beyond_use_at: datetime | None
    holds: tuple[HoldFact, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.time_zone)


WITH_FACTS = (
    joinedload(Container.lot).joinedload(Lot.product),
    joinedload(Container.location).joinedload(Location.site),
)


def get_container(session: Session, act: Act, code: str) -> Container:
    """A container of the act's site. A code of another site, or on the way to one, is never called unknown."""
    container = get_container_here_or_on_the_way(session, act, code)
    if container.location.kind is LocationKind.TRANSIT:
        raise OnTheWay(container.code, container.location.site.name)
    return container


def get_container_here_or_on_the_way(session: Session, act: Act, code: str) -> Container:
    """As `get_container`, and what this site has sent and nobody has received yet."""
    container = get_container_anywhere(session, code)
    if container.location.site_id != act.site_id:
        raise BelongsToAnotherSite(container.code, container.location.site.name)
    return container


def get_container_anywhere(session: Session, code: str) -> Container:
    return get_containers_anywhere(session, [code])[0]


def get_containers_anywhere(session: Session, codes: Sequence[str]) -> list[Container]:
    """By our own codes, however they were typed, in their order. Raises the code's refusals, `RecordNotFound`."""
    stored = [check_code(code) for code in codes]
    query = select(Container).where(Container.code.in_(stored)).options(*WITH_FACTS)
    found = {container.code: container for container in session.scalars(query)}
    for code in stored:
        if code not in found:
            raise RecordNotFound("container", code)
    return [found[code] for code in stored]


def states(session: Session, containers: Sequence[Container]) -> list[ContainerState]:
    """The states of these containers, in their order, by three queries whatever their number."""
    lot_ids = {container.lot_id for container in containers}
    made = select(CompoundingRecord.lot_id, CompoundingRecord.beyond_use_at)
    rows = session.execute(made.where(CompoundingRecord.lot_id.in_(lot_ids)))
    beyond_use = dict(list(rows))
    holds = _holds_by_container(session, containers)
    return [_state(container, beyond_use.get(container.lot_id), holds[container.id]) for container in containers]


def state(session: Session, container: Container) -> ContainerState:
    return states(session, [container])[0]


def state_at(session: Session, container: Container, place: Location) -> ContainerState:
    """As it will stand in `place`, which may be at another site: with the holds of the lot there."""
    is_of_lot = and_(Hold.lot_id == container.lot_id, or_(Hold.site_id.is_(None), Hold.site_id == place.site_id))
    query = select(Hold).where(Hold.lifted_at.is_(None), or_(Hold.container_id == container.id, is_of_lot))
    facts = [HoldFact(hold.id, hold.kind, hold.cause) for hold in session.scalars(query.order_by(Hold.id))]
    return replace(state(session, container), site=place.site, holds=tuple(facts))


def _state(container: Container, beyond_use_at: datetime | None, holds: Iterable[HoldFact]) -> ContainerState:
    site = container.location.site
    until = usable_until(
        container.lot.expires_on,
        ZoneInfo(site.time_zone),
        in_use_until=container.discard_at,
        beyond_use_at=beyond_use_at,
    )
    return ContainerState(container, site, until, beyond_use_at, tuple(holds))


def _holds_by_container(session: Session, containers: Sequence[Container]) -> dict[int, list[HoldFact]]:
    container_ids = [container.id for container in containers]
    lot_ids = {container.lot_id for container in containers}
    query = (
        select(Hold)
        .where(Hold.lifted_at.is_(None), or_(Hold.container_id.in_(container_ids), Hold.lot_id.in_(lot_ids)))
        .order_by(Hold.id)
    )
    found: dict[int, list[HoldFact]] = defaultdict(list)
    active = list(session.scalars(query))
    for container in containers:
        for hold in active:
            if _applies(hold, container):
                found[container.id].append(HoldFact(hold.id, hold.kind, hold.cause))
    return found


def _applies(hold: Hold, container: Container) -> bool:
    if hold.container_id is not None:
        return hold.container_id == container.id
    here = hold.site_id is None or hold.site_id == container.location.site_id
    return here and hold.lot_id == container.lot_id


@dataclass
class Judgement:
    """Collects or refuses broken rules: `is_past` says whether the deed is already done."""

    is_past: bool = False
    broken: list[tuple[Refusal, int | None]] = field(default_factory=list)

    def against(self, refusal: Refusal, container: Container | None = None) -> None:
        if not self.is_past:
            raise refusal
        self.broken.append((refusal, None if container is None else container.id))

    def write_deviations(self, session: Session, act: Act, entry: StockEntry) -> list[Deviation]:
        """One deviation for each broken rule, waiting for review."""
        if not self.broken:
            return []
        session.flush()  # the entry needs its id
        deviations = [
            Deviation(
                site_id=entry.site_id,
                rule=refusal.code,
                facts=str(refusal),
                entry_id=entry.id,
                container_id=container_id,
                recorded_at=act.now,
            )
            for refusal, container_id in self.broken
        ]
        session.add_all(deviations)
        return deviations


@dataclass(frozen=True)
class Use:
    """For whom and when a container is to be used."""

    at: datetime
    patient_id: int | None = None
    session_id: int | None = None


def judge_use(session: Session, judgement: Judgement, container: Container, use: Use) -> None:
    """Hold `use` of a container against every rule."""
    judge_state(session, judgement, state(session, container), use)


def judge_product(judgement: Judgement, container: Container) -> None:
    """ING-01: what is not for injection is neither drawn up, mixed nor given."""
    product = container.lot.product
    if not product.is_injectable or product.regulatory_class is RegulatoryClass.COSMETIC:
        judgement.against(NotInjectable(product.name), container)


def judge_state(session: Session, judgement: Judgement, current: ContainerState, use: Use) -> None:
    """As `judge_use`, for a state already at hand."""
    for refusal in broken_rules(session, current, use):
        judgement.against(refusal, current.container)


def broken_rules(session: Session, current: ContainerState, use: Use) -> list[Refusal]:
    """Every rule that speaks against the use, the most serious first."""
    container = current.container
    broken: list[Refusal] = []
    if container.remaining == 0:
        broken.append(ContainerClosed(container.code, _closed_why(container)))
    if container.location.kind is LocationKind.TRANSIT:
        broken.append(OnTheWay(container.code, container.location.site.name))
    if current.holds:
        broken.append(held(current))
    broken += _time_rules(current, use.at)
    if container.kept_for_patient_id not in (None, use.patient_id):
        patient = session.get_one(Patient, container.kept_for_patient_id)
        broken.append(KeptForAnotherPatient(container.code, patient.reference))
    if _serves_another_session(container, use.session_id):
        broken.append(OpenedForAnotherSession(container.code))
    return broken


def _serves_another_session(container: Container, session_id: int | None) -> bool:
    """BUD-10: what serves one session only is not planned into another, nor into none."""
    if session_id is not None and container.opened_for_session_id == session_id:
        return False
    if container.opened_at is None:
        return False
    try:
        return in_use_when_opened(container, container.opened_at).is_session_only
    except BulkPackageNeedsHood:  # entered where it must not be: nobody may plan with what is left
        return True


def in_use_when_opened(container: Container, opened_at: datetime) -> InUse:
    """What opening sets, by the product's label or the site's rule pack. Raises `BulkPackageNeedsHood`."""
    product, site = container.lot.product, container.location.site
    opening = Opening(
        kind=product.container_kind,
        opened_at=opened_at,
        opened_in=site.mixing_place,
        is_preserved=product.is_preserved,
        label=label_period(product.label_in_use_hours, product.label_in_use_days),
    )
    return in_use_deadline(opening, site.rule_pack, ZoneInfo(site.time_zone))


def _time_rules(current: ContainerState, at: datetime) -> list[Refusal]:
    until = current.usable_until
    if current.container.lot.expires_on is None and current.beyond_use_at is None:
        return [ContainerHasNoExpiry(current.container.code)]
    if until is not None and at > until.at:
        shown = f"{until.at.astimezone(current.zone):%Y-%m-%d %H:%M}"
        return [ContainerPastUse(current.container.code, shown, LIMIT_NAMES[until.limit])]
    return []


def held(current: ContainerState) -> ContainerHeld:
    kinds = ", ".join(sorted({hold.kind.value for hold in current.holds}))
    return ContainerHeld(current.container.code, kinds, "; ".join(hold.cause for hold in current.holds))


def refuse_evidence(current: ContainerState) -> None:
    """Evidence is neither moved, discarded nor returned. Raises `HeldAsEvidence`."""
    causes = [hold.cause for hold in current.holds if hold.kind is HoldKind.EVIDENCE]
    if causes:
        raise HeldAsEvidence(current.container.code, "; ".join(causes))


def refuse_empty(container: Container) -> None:
    if container.remaining == 0:
        raise ContainerClosed(container.code, _closed_why(container))


def _closed_why(container: Container) -> str:
    return container.closed_why.value if container.closed_why is not None else "empty"
