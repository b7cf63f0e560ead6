"""Compounding: containers are poured together, and a new lot with its own containers comes out.

A cocktail is a lot: it has a number, a beyond-use time with the limit that binds, and can itself be an
ingredient. Output containers are new; they start with the theoretical amount, a loss is wasted at once as
dead volume, a surplus is found. Rules: domain 1.2 to 1.6, ING-01, ING-03.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.care import sessions, using
from inventory.errors import (
    AlreadyVerified,
    CheckerPrepared,
    ComponentInWrongUnit,
    NeverMixed,
    NoComponents,
    PlaceHeld,
    RecordNotFound,
    Refusal,
    WrongSigner,
    YieldExceedsContents,
)
from inventory.evidence import audit
from inventory.evidence.canonical import amount_text
from inventory.evidence.signatures import ConfirmedIdentity, sign
from inventory.people import memberships
from inventory.rules.amounts import checked_amount
from inventory.rules.beyond_use import BeyondUse, Component, Preparation, beyond_use, check_lane
from inventory.rules.codes import CodeKind, make_code
from inventory.stock import holds, ledger, opening, places, receiving
from inventory.stock.ledger import Taking
from inventory.stock.usability import ContainerState, Judgement, Use
from models.care import CompoundingComponent, CompoundingRecord
from models.catalogue import Product
from models.organisation import Location, Site
from models.stock import Container, Lot, StockEntry, StockMove
from models.vocabulary import (
    EntryPurpose,
    IdentifiedBy,
    Lane,
    LotOrigin,
    Method,
    MovePurpose,
    RecordKind,
    SignatureMeaning,
    Storage,
    Unit,
    WasteReason,
)


@dataclass(frozen=True)
class Draw:
    """`amount` from one container. `entered`: as the person gave it, where that was another unit."""

    code: str
    amount: Decimal
    identified_by: IdentifiedBy = IdentifiedBy.OUR_CODE
    entered: str | None = None


@dataclass(frozen=True)
class Compound:
    """`syringes`: what each output container really holds; empty: one with everything."""

    draws: tuple[Draw, ...]
    location_id: int
    session_id: int | None = None
    syringes: tuple[Decimal, ...] = ()
    kind: RecordKind = RecordKind.COCKTAIL
    lane: Lane = Lane.IMMEDIATE_USE
    method: Method | None = None
    storage: Storage | None = None
    is_sterility_tested: bool = False
    started_at: datetime | None = None


@dataclass(frozen=True)
class VerifyCompounding:
    """`single_handed_reason`: at a declared single-handed site the preparer checks alone and says why."""

    record_id: int
    signed: ConfirmedIdentity | None
    single_handed_reason: str | None = None


def compound(session: Session, act: Act, command: Compound) -> CompoundingRecord:
    """Mix what is planned. Raises the refusals of every component, of the lane and of the beyond-use time."""
    act.require(Permission.COMPOUND)
    return _compound(session, act, command, Judgement())


def record_past_compounding(session: Session, act: Act, command: Compound) -> CompoundingRecord:
    """Record a mixture that was already made, whatever rule it broke. The unit's scope must be everything."""
    act.require(Permission.RECORD_PAST)
    audit.require_everything(session)
    return _compound(session, act, command, Judgement(is_past=True))


def _compound(session: Session, act: Act, command: Compound, judgement: Judgement) -> CompoundingRecord:
    command = _with_checked_amounts(command)
    started_at = ledger.happened_at(act, command.started_at)
    use = _use(session, act, command, started_at, judgement)
    components = using.states_for_use(session, act, judgement, [draw.code for draw in command.draws])
    for current in {each.container.id: each for each in components}.values():
        _judge_component(session, judgement, current, use, is_mixed=len(components) > 1)
    until = _beyond_use(session, act, command, use, components, judgement)
    record = _record(session, act, command, use, until, sum((draw.amount for draw in command.draws), Decimal(0)))
    entry = ledger.open_entry(
        session,
        act,
        EntryPurpose.COMPOUNDED,
        occurred_at=started_at,
        compounding_record_id=record.id,
    )
    drawn = [(draw, each.container) for draw, each in zip(command.draws, components, strict=True)]
    _take_components(session, entry, record, drawn, judgement)
    place = _place_to_keep(session, act, command.location_id, judgement)
    made = _fill_syringes(session, entry, record, command, use, place)
    holds.hold_arrivals(session, act, made, place)
    judgement.write_deviations(session, act, entry)
    said = "past preparation recorded" if judgement.is_past else "preparation made"
    audit.record(session, act, said, record, record.lot, *made)
    return record


def _with_checked_amounts(command: Compound) -> Compound:
    """Before anything is added up: a sum hides a negative part, and not every Decimal can be added."""
    if not command.draws:
        raise NoComponents
    draws = tuple(replace(draw, amount=checked_amount(draw.amount)) for draw in command.draws)
    return replace(command, draws=draws, syringes=tuple(map(checked_amount, command.syringes)))


def _use(session: Session, act: Act, command: Compound, at: datetime, judgement: Judgement) -> Use:
    if command.session_id is None:
        return Use(at=at)
    find = sessions.get_session if judgement.is_past else sessions.get_open_session
    treatment = find(session, act, command.session_id)
    return Use(at=at, patient_id=treatment.patient_id, session_id=treatment.id)


def _judge_component(
    session: Session, judgement: Judgement, current: ContainerState, use: Use, *, is_mixed: bool
) -> None:
    container, product = current.container, current.container.lot.product
    if product.unit is not Unit.ML:
        raise ComponentInWrongUnit(product.name, product.unit.value)
    if product.is_mix_never and is_mixed:
        judgement.against(NeverMixed(product.name), container)
    using.judge_use(session, judgement, current, use)
    opening.mark_first_use(judgement, container, use)


def _beyond_use(  # the algorithm of domain 1.6 needs the site, the command and the components
    session: Session,
    act: Act,
    command: Compound,
    use: Use,
    components: Sequence[ContainerState],
    judgement: Judgement,
) -> BeyondUse | None:
    """The beyond-use time. For a deed that no rule allows there is none, and the mixture stays unusable."""
    site = session.get_one(Site, act.site_id)
    preparation = Preparation(
        started_at=use.at,
        zone=ZoneInfo(site.time_zone),
        pack=site.rule_pack,
        lane=command.lane,
        method=command.method,
        storage=command.storage,
        is_sterility_tested=command.is_sterility_tested,
        has_nonsterile=any(not each.container.lot.product.is_sterile for each in components),
        patients=0 if use.patient_id is None else 1,
        in_use_caps=site.in_use_caps_beyond_use,
    )
    try:
        check_lane(command.lane, site.mixing_place, site.rule_pack)
        return beyond_use(preparation, [_component(each) for each in components])
    except Refusal as refusal:
        judgement.against(refusal)
        return None


def _component(current: ContainerState) -> Component:
    lot = current.container.lot
    return Component(
        product_id=lot.product_id,
        name=lot.product.name,
        lot_number=lot.lot_number,
        expires_on=lot.expires_on,
        in_use_until=current.container.discard_at,
        beyond_use_at=current.beyond_use_at,
    )


def _record(  # the record is these facts
    session: Session, act: Act, command: Compound, use: Use, until: BeyondUse | None, theoretical: Decimal
) -> CompoundingRecord:
    product = session.scalars(select(Product).where(Product.is_free_cocktail)).one()
    lot = Lot(
        product=product,
        product_id=product.id,
        lot_number=make_code(CodeKind.RECORD, secrets.randbits),
        origin=LotOrigin.COMPOUNDED,
        is_month_only=False,
    )
    session.add(lot)
    session.flush()  # the record names its lot
    record = CompoundingRecord(
        site_id=act.site_id,
        lot=lot,
        lot_id=lot.id,
        kind=command.kind,
        lane=command.lane,
        method=command.method,
        storage=command.storage,
        is_sterility_tested=command.is_sterility_tested,
        patient_id=use.patient_id,
        treatment_session_id=use.session_id,
        started_at=use.at,
        beyond_use_at=None if until is None else until.at,
        binding_limit="" if until is None else f"{until.binding.kind.value}: {until.binding.subject}",
        theoretical_amount=checked_amount(theoretical),
        yield_amount=sum(command.syringes, Decimal(0)) if command.syringes else theoretical,
        prepared_by_id=act.user_id,
    )
    session.add(record)
    session.flush()  # the entry names its record
    return record


def _take_components(
    session: Session,
    entry: StockEntry,
    record: CompoundingRecord,
    drawn: Sequence[tuple[Draw, Container]],
    judgement: Judgement,
) -> None:
    moves: list[tuple[Draw, StockMove]] = [
        (
            draw,
            using.take_for_use(
                session, entry, judgement, container, Taking(draw.amount, MovePurpose.COMPOUNDED, draw.identified_by)
            ),
        )
        for draw, container in drawn
    ]
    session.flush()  # the components name their moves
    for position, (draw, move) in enumerate(moves, start=1):
        entered = draw.entered or f"{amount_text(draw.amount)} {Unit.ML.value}"
        session.add(
            CompoundingComponent(
                record_id=record.id,
                position=position,
                move_id=move.id,
                entered=texts.line("Amount as entered", entered),
            )
        )


def _place_to_keep(session: Session, act: Act, location_id: int, judgement: Judgement) -> Location:
    """Where the syringes are put. Nothing is planned into a held place."""
    place = places.get_place(session, act.site_id, location_id)
    causes = holds.causes_at_place(session, place)
    if causes:
        judgement.against(PlaceHeld(place.name, "; ".join(causes)))
    return place


def _fill_syringes(
    session: Session, entry: StockEntry, record: CompoundingRecord, command: Compound, use: Use, place: Location
) -> list[Container]:
    """Theoretical amounts first; the difference to the yield leaves or enters through the fullest syringe."""
    yields = list(command.syringes) or [record.theoretical_amount]
    loss = record.theoretical_amount - sum(yields)
    fullest = yields.index(max(yields))
    if yields[fullest] + loss <= 0:
        raise YieldExceedsContents(sum(yields, Decimal(0)), record.theoretical_amount)
    made = receiving.make_containers(session, entry, record.lot, place, len(yields))
    for index, (container, amount) in enumerate(zip(made, yields, strict=True)):
        container.kept_for_patient_id = use.patient_id
        container.content = amount + loss if index == fullest else amount
        ledger.bring_in(session, entry, container, container.content, MovePurpose.PREPARED)
    _book_difference(session, entry, made[fullest], loss)
    return made


def _book_difference(session: Session, entry: StockEntry, container: Container, loss: Decimal) -> None:
    if loss > 0:
        wasted = Taking(loss, MovePurpose.WASTED, IdentifiedBy.OUR_CODE, WasteReason.DEAD_VOLUME)
        ledger.take(session, entry, container, wasted)
    elif loss < 0:
        ledger.add_found(session, entry, container, -loss)


def verify_compounding(session: Session, act: Act, command: VerifyCompounding) -> CompoundingRecord:
    """The second person's check, signed. Raises `CheckerPrepared` unless the site is single-handed and says why."""
    act.require(Permission.VERIFY_COMPOUNDING)
    record = get_record(session, act, command.record_id)
    if record.checked_at is not None:
        raise AlreadyVerified(record.id)
    checker_id = act.user_id if command.signed is None else command.signed.user_id
    _refuse_unfit_checker(session, act, checker_id)
    is_alone = checker_id == record.prepared_by_id
    may_be_alone = session.get_one(Site, act.site_id).is_single_handed and bool(command.single_handed_reason)
    if is_alone and not may_be_alone:
        raise CheckerPrepared
    sign(
        session,
        act,
        command.signed,
        SignatureMeaning.CHECKED,
        record,
        f"Preparation {record.lot.lot_number} of {amount_text(record.yield_amount)} mL was checked.",
        single_handed_reason=texts.reason(command.single_handed_reason) if is_alone else None,
    )
    record.checked_by_id = checker_id
    record.checked_at = act.now
    audit.record(session, act, "preparation checked", record)
    return record


def _refuse_unfit_checker(session: Session, act: Act, checker_id: int) -> None:
    """Who signs as the second person must hold the permission here, whoever is signed in at the screen."""
    roles = memberships.roles_at(session, checker_id, act.site_id)
    if Permission.VERIFY_COMPOUNDING not in memberships.permissions_of(roles, is_responsible=False):
        raise WrongSigner(SignatureMeaning.CHECKED, "this person may not check preparations at this site")


def get_record(session: Session, act: Act, record_id: int) -> CompoundingRecord:
    record = session.get(CompoundingRecord, record_id)
    if record is None or record.site_id != act.site_id:
        raise RecordNotFound("preparation", str(record_id))
    return record


def find_record_of_lot(session: Session, *, lot_id: int) -> CompoundingRecord | None:
    return session.scalars(select(CompoundingRecord).where(CompoundingRecord.lot_id == lot_id)).one_or_none()
