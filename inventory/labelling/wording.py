"""What each label says, read from the records: the facts of `labels.contents` in ready texts.

- The deadline on a label is until when the thing may be used: the earliest of expiry, in-use time and beyond-use.
- A patient's name is put on only for who may reveal identities; the caller has recorded the access before anything
  is sent. Otherwise the reference stands for the person.
- What a mixture contains that a patient may not tolerate is gathered through mixtures of mixtures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from inventory import setting_up
from inventory.access import Actor, Permission
from inventory.care import patients
from inventory.labelling import selecting
from inventory.labelling.errors import NoSuchLabel
from inventory.labelling.selecting import LabelsAsked
from inventory.rules.amounts import format_amount, format_number
from inventory.stock import usability
from inventory.stock.usability import ContainerState
from labels.contents import (
    BatchLabel,
    ContainerLabel,
    Content,
    HoldLabel,
    Ingredient,
    OpenedLabel,
    PlaceLabel,
    RecallLabel,
    SyringeLabel,
)
from models.care import CompoundingComponent, CompoundingRecord, Patient
from models.catalogue import ProductFlag
from models.evidence import AuditEntry, AuditSubject
from models.organisation import Location, Site
from models.people import User
from models.printing import SiteLabels
from models.stock import Container, Hold, Lot, StockMove
from models.vocabulary import HoldKind, LabelKind, LabelLanguage, LotOrigin, RulePack, Storage, Tracking, Unit

_DEEPEST = 20  # mixtures of mixtures; deeper than any clinic pours


@dataclass(frozen=True)
class Labelled:
    """One label and what it is stuck on: exactly one of the three ids. `patient_id`: whom it is for."""

    kind: LabelKind
    content: Content
    container_id: int | None = None
    lot_id: int | None = None
    location_id: int | None = None
    patient_id: int | None = None
    shows_identity: bool = False


@dataclass(frozen=True)
class _Wording:
    """What all labels of one question share."""

    site: Site
    language: str
    is_demo: bool
    may_reveal: bool

    def moment(self, at: datetime) -> str:
        """`2031-03-03 13:30` on the site's clock (LBL-06)."""
        return f"{at.astimezone(ZoneInfo(self.site.time_zone)):%Y-%m-%d %H:%M}"


def labels_asked(session: Session, actor: Actor, asked: LabelsAsked) -> list[Labelled]:
    """What would be printed now. Raises the refusals of `selecting`, and `NoSuchLabel` where a kind does not fit."""
    wording = _wording(session, actor)
    if asked.kind is LabelKind.PLACE:
        return [_place(wording, place) for place in selecting.places_asked(session, actor, asked)]
    if asked.kind is LabelKind.BATCH:
        records = selecting.records_asked(session, actor, asked)
        return [_batch(session, wording, record) for record in records]
    return of_containers(session, actor, asked.kind, selecting.containers_asked(session, actor, asked))


def of_containers(session: Session, actor: Actor, kind: LabelKind, containers: Sequence[Container]) -> list[Labelled]:
    """The labels of one kind on these containers. `CONTAINER`: as each stands."""
    wording = _wording(session, actor)
    if kind in (LabelKind.HOLD, LabelKind.RECALL):
        return _blocked(session, wording, kind, containers)
    found = usability.states(session, containers)
    context = _Context(session, wording, containers)
    return [context.label(kind, current) for current in found]


def language_of(session: Session, site_id: int) -> LabelLanguage:
    chosen = session.scalar(select(SiteLabels.language).where(SiteLabels.site_id == site_id))
    return chosen or LabelLanguage.ENGLISH


def _wording(session: Session, actor: Actor) -> _Wording:
    site = session.get_one(Site, actor.site_id)
    installation = setting_up.find_installation(session)
    is_demo = installation is not None and installation.is_demo
    return _Wording(site, language_of(session, site.id).value, is_demo, Permission.REVEAL_IDENTITY in actor.permissions)


def _place(wording: _Wording, place: Location) -> Labelled:
    content = PlaceLabel(place.name, wording.site.name, place.code, wording.language, wording.is_demo)
    return Labelled(LabelKind.PLACE, content, location_id=place.id)


class _Context:
    """What the labels of several containers need beside their states, asked once for all."""

    def __init__(self, session: Session, wording: _Wording, containers: Sequence[Container]) -> None:
        self.session = session
        self.wording = wording
        self.openers = _openers(session, [each.id for each in containers if each.opened_at is not None])
        self.mixtures = _mixtures(session, {each.lot_id for each in containers if _is_prepared(each.lot)})

    def label(self, kind: LabelKind, current: ContainerState) -> Labelled:
        container = current.container
        if kind is LabelKind.CONTAINER:
            kind = _as_it_stands(container)
        if kind is LabelKind.SYRINGE:
            return self._syringe(current)
        content = self._opened(current) if kind is LabelKind.OPENED else self._sealed(container)
        return Labelled(kind, content, container_id=container.id)

    def _sealed(self, container: Container) -> ContainerLabel:
        lot = container.lot
        return ContainerLabel(
            product=lot.product.name,
            content=self._amount(container),
            lot_number=lot.lot_number,
            expires=None if lot.expires_on is None else lot.expires_on.isoformat(),
            code=container.code,
            language=self.wording.language,
            is_demo=self.wording.is_demo,
        )

    def _opened(self, current: ContainerState) -> OpenedLabel:
        container = current.container
        if container.opened_at is None:
            raise NoSuchLabel(container.code, "is not opened")
        until = current.usable_until
        return OpenedLabel(
            product=container.lot.product.name,
            discard_after=None if until is None else self.wording.moment(until.at),
            opened=self.wording.moment(container.opened_at),
            opened_by=self.openers.get(container.id),
            lot_number=container.lot.lot_number,
            code=container.code,
            kept_for=_reference(self.session, container.kept_for_patient_id),
            is_session_only=container.opened_for_session_id is not None,
            language=self.wording.language,
            is_demo=self.wording.is_demo,
        )

    def _syringe(self, current: ContainerState) -> Labelled:
        container = current.container
        mixture = self.mixtures.get(container.lot_id)
        if mixture is None:
            raise NoSuchLabel(container.code, "was not prepared here")
        patient_id = container.kept_for_patient_id or mixture.record.patient_id
        identity = None
        if patient_id is not None and self.wording.may_reveal:
            identity = patients.find_identity(self.session, patient_id=patient_id)
        until = current.usable_until
        content = SyringeLabel(
            patient_reference=_reference(self.session, patient_id),
            patient_name=None if identity is None else identity.full_name,
            born=None if identity is None or identity.born_on is None else identity.born_on.isoformat(),
            name=container.lot.product.name,
            ingredients=_ingredients(mixture, self.wording),
            amount=_in_unit(self.wording, container, container.remaining),
            use_before=None if until is None else self.wording.moment(until.at),
            prepared=self.wording.moment(mixture.record.started_at),
            prepared_by=mixture.prepared_by,
            checked_by=mixture.checked_by,
            record=container.lot.lot_number,
            code=container.code,
            allergens=mixture.allergens,
            storage=_storage(mixture.record.storage),
            language=self.wording.language,
            is_demo=self.wording.is_demo,
        )
        return Labelled(
            LabelKind.SYRINGE,
            content,
            container_id=container.id,
            patient_id=patient_id,
            shows_identity=identity is not None,
        )

    def _amount(self, container: Container) -> str:
        """Of a pack the pieces in it now, of anything else what the maker filled in."""
        is_pack = container.lot.product.tracking is Tracking.PACK
        return _in_unit(self.wording, container, container.remaining if is_pack else container.content)


def _as_it_stands(container: Container) -> LabelKind:
    if _is_prepared(container.lot):
        return LabelKind.SYRINGE
    return LabelKind.CONTAINER if container.opened_at is None else LabelKind.OPENED


def _is_prepared(lot: Lot) -> bool:
    return lot.origin is LotOrigin.COMPOUNDED


def _in_unit(wording: _Wording, container: Container, amount: Decimal) -> str:
    unit = container.lot.product.unit
    if unit is Unit.PIECE:
        return f"{format_number(amount)} ×"
    return format_amount(amount, unit.value, wording.site.rule_pack)


def _reference(session: Session, patient_id: int | None) -> str | None:
    return None if patient_id is None else session.get_one(Patient, patient_id).reference


def _storage(storage: Storage | None) -> str | None:
    """Room temperature need not be said (USP <797>, label of the immediate container)."""
    return None if storage in (None, Storage.ROOM_TEMPERATURE) else storage.value


def _openers(session: Session, container_ids: Sequence[int]) -> Mapping[int, str]:
    """Who opened each on purpose. What was opened by its first use names nobody."""
    query = (
        select(AuditSubject.record_id, User.full_name)
        .join(AuditEntry, AuditEntry.id == AuditSubject.entry_id)
        .join(User, User.id == AuditEntry.user_id)
        .where(
            AuditSubject.kind == "container",
            AuditSubject.record_id.in_(container_ids),
            AuditEntry.action == "container opened",
        )
    )
    return dict(list(session.execute(query))) if container_ids else {}


@dataclass(frozen=True)
class _Mixture:
    record: CompoundingRecord
    parts: tuple[tuple[str, str, str], ...]  # product, amount as entered, lot
    allergens: tuple[str, ...]
    prepared_by: str
    checked_by: str | None


def _mixtures(session: Session, lot_ids: Iterable[int]) -> dict[int, _Mixture]:
    return {lot_id: _mixture(session, lot_id) for lot_id in lot_ids}


def _mixture(session: Session, lot_id: int) -> _Mixture:
    record = session.scalars(select(CompoundingRecord).where(CompoundingRecord.lot_id == lot_id)).one()
    lots = _components(session, [lot_id])
    checked_by = None if record.checked_by_id is None else session.get_one(User, record.checked_by_id).full_name
    return _Mixture(
        record,
        tuple((lot.product.name, entered, lot.lot_number) for lot, entered in lots),
        _allergens(session, [lot for lot, _ in lots]),
        session.get_one(User, record.prepared_by_id).full_name,
        checked_by,
    )


def _components(session: Session, lot_ids: Sequence[int]) -> list[tuple[Lot, str]]:
    """The lots that went into these mixtures, with the amounts as they were entered."""
    query = (
        select(Lot, CompoundingComponent.entered)
        .join(Container, Container.lot_id == Lot.id)
        .join(StockMove, StockMove.container_id == Container.id)
        .join(CompoundingComponent, CompoundingComponent.move_id == StockMove.id)
        .join(CompoundingRecord, CompoundingRecord.id == CompoundingComponent.record_id)
        .where(CompoundingRecord.lot_id.in_(lot_ids))
        .order_by(CompoundingRecord.id, CompoundingComponent.position)
        .options(joinedload(Lot.product))
    )
    return [(lot, entered) for lot, entered in session.execute(query)]


def _allergens(session: Session, lots: Sequence[Lot]) -> tuple[str, ...]:
    products, waiting, seen = set(), list(lots), set[int]()
    for _ in range(_DEEPEST):
        products |= {lot.product_id for lot in waiting}
        prepared = [lot.id for lot in waiting if _is_prepared(lot) and lot.id not in seen]
        if not prepared:
            break
        seen |= set(prepared)
        waiting = [lot for lot, _ in _components(session, prepared)]
    kinds = session.scalars(
        select(ProductFlag.kind).where(ProductFlag.product_id.in_(products), ProductFlag.removed_at.is_(None))
    )
    return tuple(sorted({kind.value for kind in kinds if not kind.is_about_mixing}))


def _ingredients(mixture: _Mixture, wording: _Wording) -> tuple[Ingredient, ...]:
    return tuple(Ingredient(name, _entered(entered, wording), lot) for name, entered, lot in mixture.parts)


def _entered(entered: str, wording: _Wording) -> str:
    """As the person gave it; the USA write IU as units (LBL-05)."""
    number, _, unit = entered.partition(" ")
    is_american = wording.site.rule_pack is RulePack.US_797
    return f"{number} units" if unit == Unit.IU.value and is_american else entered


def _batch(session: Session, wording: _Wording, record: CompoundingRecord) -> Labelled:
    mixture = _mixture(session, record.lot_id)
    count = session.scalar(select(func.count()).where(Container.lot_id == record.lot_id)) or 0
    content = BatchLabel(
        name=record.lot.product.name,
        amount=format_amount(record.yield_amount, Unit.ML.value, wording.site.rule_pack),
        record=record.lot.lot_number,
        prepared=wording.moment(record.started_at),
        prepared_by=mixture.prepared_by,
        checked_by=mixture.checked_by,
        use_before=None if record.beyond_use_at is None else wording.moment(record.beyond_use_at),
        containers=count,
        ingredients=_ingredients(mixture, wording),
        facility=wording.site.name,
        allergens=mixture.allergens,
        storage=_storage(record.storage),
        language=wording.language,
        is_demo=wording.is_demo,
    )
    return Labelled(LabelKind.BATCH, content, lot_id=record.lot_id)


# The gravest first: a sticker says one reason.
GRAVEST = (
    HoldKind.EVIDENCE,
    HoldKind.RECALL,
    HoldKind.QUALITY,
    HoldKind.UNIDENTIFIED,
    HoldKind.EXCURSION,
    HoldKind.INCOMING,
)


def _blocked(session: Session, wording: _Wording, kind: LabelKind, containers: Sequence[Container]) -> list[Labelled]:
    found = []
    for current in usability.states(session, containers):
        holds = [each for each in current.holds if kind is LabelKind.HOLD or each.kind is HoldKind.RECALL]
        if not holds:
            needed = "is not blocked" if kind is LabelKind.HOLD else "is not recalled"
            raise NoSuchLabel(current.container.code, needed)
        gravest = min(holds, key=lambda each: GRAVEST.index(each.kind))
        hold = session.get_one(Hold, gravest.hold_id)
        content = _hold_content(session, wording, kind, current.container, hold)
        found.append(Labelled(kind, content, container_id=current.container.id))
    return found


def _hold_content(
    session: Session, wording: _Wording, kind: LabelKind, container: Container, hold: Hold
) -> HoldLabel | RecallLabel:
    lot = container.lot
    if kind is LabelKind.RECALL:
        return RecallLabel(
            hold.cause,
            lot.product.name,
            lot.lot_number,
            wording.moment(hold.placed_at),
            container.code,
            wording.language,
            wording.is_demo,
        )
    return HoldLabel(
        hold.kind.value,
        hold.cause,
        lot.product.name,
        lot.lot_number,
        wording.moment(hold.placed_at),
        session.get_one(User, hold.placed_by_id).full_name,
        container.code,
        wording.language,
        wording.is_demo,
    )
