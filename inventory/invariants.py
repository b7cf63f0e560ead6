"""What must always hold of the records: a list of functions, each of which names every row that breaks it.

`check` runs them all. The ledger's own are in `inventory.stock.ledger_invariants`; the audit chains are proven
by `inventory.evidence.verifying`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from inventory.evidence.problems import Problem
from inventory.evidence.verifying import verify
from inventory.rules.expiry import usable_until
from inventory.rules.standins import STANDIN_BEGINS
from inventory.stock import ledger_invariants
from models import guards
from models.care import (
    CompoundingComponent,
    CompoundingRecord,
    Deviation,
    Patient,
    PatientIdentityVersion,
    PatientKey,
)
from models.evidence import Attachment, FileContent
from models.organisation import Location, Site
from models.stock import (
    IS_NOT_EMPTY,
    Container,
    Hold,
    Lot,
    LotCorrection,
    LotCorrectionContainer,
    StockEntry,
    StockMove,
)
from models.types import UtcDateTime
from models.vocabulary import EntryPurpose, HoldKind, LocationKind, MovePurpose

_USES = (MovePurpose.COMPOUNDED, MovePurpose.ADMINISTERED)


def check(
    session: Session,
    *,
    revision: str | None,
    newest_revision: str | None,
    foreign_packages: Sequence[Problem] = (),
) -> list[Problem]:
    """Every problem of the installation; empty when all is well.

    `revision` is the one of the database; `foreign_packages` is what `config` found under our names.
    """
    if revision != newest_revision:
        # The tables are not those that the functions below read.
        said = f"The database is at revision {revision or 'none'}; this version of Vialtrace needs {newest_revision}."
        return [*foreign_packages, Problem(said, table="alembic_version")]
    return [*foreign_packages, *(problem for invariant in INVARIANTS for problem in invariant(session))]


def guards_are_in_place(session: Session) -> list[Problem]:
    """The triggers that keep rows are there, switched on and as we install them."""
    faults = guards.faults(session.connection())
    return [Problem(f"The guard {name} is missing, switched off or altered.", key=name) for name in faults]


def chains_are_unbroken(session: Session) -> list[Problem]:
    """The audit chains fit themselves, and the tables fit the chains."""
    return verify(session, None)


def each_site_has_its_boundary(session: Session) -> list[Problem]:
    """One location of each boundary kind, and a real place to keep something."""
    counted = select(Location.site_id, Location.kind, func.count()).group_by(Location.site_id, Location.kind)
    kinds: dict[int, dict[LocationKind, int]] = defaultdict(dict)
    for site_id, kind, count in session.execute(counted):
        kinds[site_id][kind] = count
    problems = []
    for site_id in session.scalars(select(Site.id).order_by(Site.id)):
        for kind in LocationKind:
            found = kinds[site_id].get(kind, 0)
            if not kind.is_real and found != 1:
                said = f"Site {site_id} has {found} locations of kind {kind.value}; it needs one."
                problems.append(Problem(said, table="location"))
    return problems


def openings_come_before_deadlines(session: Session) -> list[Problem]:
    """A container is discarded after it was opened, and opened after it was received."""
    wrong = select(Container.id).where(Container.discard_at < Container.opened_at).order_by(Container.id)
    return [
        Problem(f"Container {key}: its deadline is before its opening.", table="container", key=str(key))
        for key in session.scalars(wrong)
    ]


def uses_after_the_end_are_deviations(session: Session) -> list[Problem]:
    """What was used past its time or while held says so: in a deviation of its entry."""
    problems = []
    for use in _questionable_uses(session):
        said = _what_was_broken(use)
        if said is not None and not _has_deviation(session, use):
            sentence = f"Move {use.move_id} used container {use.container_id} {said}, and no deviation says so."
            problems.append(Problem(sentence, table="stock_move", key=str(use.move_id)))
    return problems


def _questionable_uses(session: Session) -> Iterator[Any]:
    """Uses that the database cannot rule out: on the expiry day or later, past a limit, or under a hold.

    A use is judged by the lot it was made from; what was corrected since is re-evaluated by the correction.
    An amount that was put right is judged as when its container was first named.
    """
    root = aliased(StockEntry)
    judged_at = _judged_at(root)
    expiry = type_coerce(Lot.expires_on, UtcDateTime)  # compares as the start of that day on both databases
    corrected = exists().where(
        LotCorrectionContainer.container_id == Container.id,
        LotCorrectionContainer.correction_id == LotCorrection.id,
        LotCorrection.corrected_at >= judged_at,
    )
    was_held = _was_held(judged_at)
    past = or_(
        Container.discard_at < StockEntry.occurred_at,
        CompoundingRecord.beyond_use_at < StockEntry.occurred_at,
        expiry <= StockEntry.occurred_at,
        and_(Lot.expires_on.is_(None), CompoundingRecord.beyond_use_at.is_(None)),
        was_held,
    )
    query = (
        select(
            StockMove.id.label("move_id"),
            StockMove.container_id,
            root.id.label("root_id"),
            StockEntry.occurred_at,
            Lot.expires_on,
            Container.discard_at,
            CompoundingRecord.beyond_use_at,
            Site.time_zone,
            was_held.label("was_held"),
        )
        .join(StockEntry, StockEntry.id == StockMove.entry_id)
        .join(root, root.id == func.coalesce(StockEntry.corrects_id, StockEntry.id))
        .join(Container, Container.id == StockMove.container_id)
        .join(Lot, Lot.id == Container.lot_id)
        .join(Location, Location.id == Container.location_id)
        .join(Site, Site.id == Location.site_id)
        .outerjoin(CompoundingRecord, CompoundingRecord.lot_id == Lot.id)
        .where(StockMove.purpose.in_(_USES), StockMove.reverses_id.is_(None), past, ~corrected)
        .order_by(StockMove.id)
    )
    yield from session.execute(query)


def _judged_at(root: type[StockEntry]) -> ColumnElement[datetime]:
    """When the use was held against the rules: at its first record, of which a correction may repeat the container."""
    first, named = aliased(StockEntry), aliased(StockMove)
    first_named = (
        select(func.min(first.recorded_at))
        .join(named, named.entry_id == first.id)
        .where(
            or_(first.id == root.id, first.corrects_id == root.id),
            named.container_id == StockMove.container_id,
            named.purpose.in_(_USES),
        )
        .scalar_subquery()
    )
    return case((StockEntry.corrects_id.is_(None), StockEntry.recorded_at), else_=first_named)


def _was_held(judged_at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """A hold was in force when the use was judged: placed before, lifted after or never."""
    return exists().where(
        or_(
            Hold.container_id == Container.id,
            and_(Hold.lot_id == Container.lot_id, or_(Hold.site_id.is_(None), Hold.site_id == StockEntry.site_id)),
        ),
        Hold.placed_at < judged_at,
        or_(Hold.lifted_at.is_(None), Hold.lifted_at > judged_at),
    )


def _what_was_broken(use: Any) -> str | None:
    if use.was_held:
        return "while it was held"
    if use.expires_on is None and use.beyond_use_at is None:
        return "without a known expiry"
    until = usable_until(
        use.expires_on, ZoneInfo(use.time_zone), in_use_until=use.discard_at, beyond_use_at=use.beyond_use_at
    )
    return "past its time" if until is not None and use.occurred_at > until.at else None


def _has_deviation(session: Session, use: Any) -> bool:
    """On this container, in the entry of the use or in another that corrects the same."""
    entry = aliased(StockEntry)
    query = (
        select(Deviation.id)
        .join(entry, entry.id == Deviation.entry_id)
        .where(
            Deviation.container_id == use.container_id,
            func.coalesce(entry.corrects_id, entry.id) == use.root_id,
        )
    )
    return session.scalar(query.limit(1)) is not None


def no_lot_is_made_from_itself(session: Session) -> list[Problem]:
    """Following components back from a mixture never leads to the mixture again."""
    made = aliased(CompoundingRecord)
    query = (
        select(CompoundingComponent.record_id, made.id)
        .join(StockMove, StockMove.id == CompoundingComponent.move_id)
        .join(Container, Container.id == StockMove.container_id)
        .join(made, made.lot_id == Container.lot_id)
        .distinct()
    )
    ingredients: dict[int, set[int]] = defaultdict(set)
    for record_id, ingredient_id in session.execute(query):
        ingredients[record_id].add(ingredient_id)
    return [
        Problem(f"Preparation {record_id} is made from itself.", table="compounding_record", key=str(record_id))
        for record_id in sorted(_in_cycles(ingredients))
    ]


def _in_cycles(edges: dict[int, set[int]]) -> set[int]:
    """The nodes from which one comes back. What leads nowhere or comes from nowhere is put aside first."""
    back: dict[int, set[int]] = defaultdict(set)
    for node, following in edges.items():
        for each in following:
            back[each].add(node)
    left = _goes_on(edges, back) & _goes_on(back, edges)
    return {node for node in left if _comes_back(node, edges, left)}


def _goes_on(edges: dict[int, set[int]], back: dict[int, set[int]]) -> set[int]:
    """The nodes from which one can go on for ever."""
    ways = {node: len(following) for node, following in edges.items()}
    ends = [node for node in back if not ways.get(node)]
    while ends:
        for node in back.get(ends.pop(), ()):
            ways[node] -= 1
            if not ways[node]:
                ends.append(node)
    return {node for node, count in ways.items() if count}


def _comes_back(start: int, edges: dict[int, set[int]], within: set[int]) -> bool:
    seen: set[int] = set()
    ahead = [start]
    while ahead:
        following = edges[ahead.pop()] & within
        if start in following:
            return True
        ahead += following - seen
        seen |= following
    return False


def held_places_hold_what_is_inside(session: Session) -> list[Problem]:
    """A place's hold is on each container inside, whenever it came, and is lifted from all at once."""
    of_place, own = aliased(Hold), aliased(Hold)
    carries = exists().where(own.container_id == Container.id, own.parent_id == of_place.id, own.lifted_at.is_(None))
    inside = (
        select(Container.id, of_place.id)
        .join(of_place, of_place.location_id == Container.location_id)
        .where(IS_NOT_EMPTY, of_place.lifted_at.is_(None), ~carries)
        .order_by(Container.id)
    )
    problems = [
        Problem(
            f"Container {key} stands in a place under hold {hold_id} and is not held.",
            None,
            None,
            "container",
            str(key),
        )
        for key, hold_id in session.execute(inside)
    ]
    apart = (
        select(own.id, of_place.id)
        .join(of_place, of_place.id == own.parent_id)
        .where(own.lifted_at.is_(None) != of_place.lifted_at.is_(None))
        .order_by(own.id)
    )
    return problems + [
        Problem(f"Hold {key} and the place's hold {parent_id} are not lifted together.", table="hold", key=str(key))
        for key, parent_id in session.execute(apart)
    ]


def corrected_lots_are_empty(session: Session) -> list[Problem]:
    """A lot that was corrected to another keeps its spelling and no containers."""
    query = (
        select(Container.id, Lot.id)
        .join(Lot, Lot.id == Container.lot_id)
        .where(Lot.merged_into_id.is_not(None))
        .order_by(Container.id)
    )
    return [
        Problem(
            f"Container {key} belongs to lot {lot_id}, which was corrected to another.",
            None,
            None,
            "container",
            str(key),
        )
        for key, lot_id in session.execute(query)
    ]


def each_preparation_has_its_entry(session: Session) -> list[Problem]:
    """One entry, no more: what went in and what came out stand together."""
    entries = (
        select(CompoundingRecord.id, func.count(StockEntry.id))
        .outerjoin(
            StockEntry,
            and_(
                StockEntry.compounding_record_id == CompoundingRecord.id, StockEntry.purpose == EntryPurpose.COMPOUNDED
            ),
        )
        .group_by(CompoundingRecord.id)
        .having(func.count(StockEntry.id) != 1)
        .order_by(CompoundingRecord.id)
    )
    return [
        Problem(f"Preparation {key} has {count} entries; it needs one.", table="compounding_record", key=str(key))
        for key, count in session.execute(entries)
    ]


def erased_patients_left_nothing(session: Session) -> list[Problem]:
    """Who was erased has no identity and no key; everybody else has a key."""
    has_key = exists().where(PatientKey.patient_id == Patient.id)
    has_identity = or_(
        Patient.clinic_number.is_not(None), exists().where(PatientIdentityVersion.patient_id == Patient.id)
    )
    is_erased = Patient.erased_at.is_not(None)
    rules = {
        "was erased, and something of the identity is left": and_(is_erased, or_(has_key, has_identity)),
        "has no key": and_(~is_erased, ~has_key),
    }
    return [
        Problem(f"Patient {reference} {said}.", table="patient", key=str(key))
        for said, rule in rules.items()
        for key, reference in session.execute(select(Patient.id, Patient.reference).where(rule).order_by(Patient.id))
    ]


def kept_files_are_unaltered(session: Session) -> list[Problem]:
    """The bytes of each attached file have the digest under which they were attached. One file is read at a time."""
    problems = []
    for sha256 in list(session.scalars(select(FileContent.sha256).order_by(FileContent.sha256))):
        size, content = session.execute(
            select(FileContent.size, FileContent.content).where(FileContent.sha256 == sha256)
        ).one()
        if hashlib.sha256(content).digest() != sha256 or len(content) != size:
            ids = select(Attachment.id).where(Attachment.sha256 == sha256).order_by(Attachment.id)
            problems += [
                Problem(
                    f"The file of attachment {key} is not the one that was attached.", table="attachment", key=str(key)
                )
                for key in session.scalars(ids)
            ]
    return problems


def what_nobody_can_read_is_blocked(session: Session) -> list[Problem]:
    """A container under a stand-in lot number is held as unidentified until a correction says which lot it is."""
    held = exists().where(
        Hold.container_id == Container.id, Hold.kind == HoldKind.UNIDENTIFIED, Hold.lifted_at.is_(None)
    )
    query = (
        select(Container.id)
        .join(Lot, Lot.id == Container.lot_id)
        .where(IS_NOT_EMPTY, Lot.lot_number.startswith(STANDIN_BEGINS), ~held)
        .order_by(Container.id)
    )
    return [
        Problem(f"Container {key}: nobody can read its lot, and it is not blocked.", table="container", key=str(key))
        for key in session.scalars(query)
    ]


INVARIANTS: tuple[Callable[[Session], list[Problem]], ...] = (
    guards_are_in_place,
    chains_are_unbroken,
    each_site_has_its_boundary,
    ledger_invariants.containers_match_their_moves,
    ledger_invariants.moves_fit_their_purpose,
    ledger_invariants.reversals_match,
    ledger_invariants.entries_have_their_moves_and_documents,
    ledger_invariants.uses_have_their_record,
    ledger_invariants.preparations_add_up,
    each_preparation_has_its_entry,
    openings_come_before_deadlines,
    uses_after_the_end_are_deviations,
    no_lot_is_made_from_itself,
    held_places_hold_what_is_inside,
    what_nobody_can_read_is_blocked,
    corrected_lots_are_empty,
    erased_patients_left_nothing,
    kept_files_are_unaltered,
)
