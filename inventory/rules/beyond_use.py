"""Beyond use: until when a preparation may be begun to be given, and which limit says so.

The time is the earliest of the pack's own limit, the formula's stability and the limits of the components.
A pack is data: USP <797> has a table (rule LIM-01); where no table is published the limit is 4 hours unless
a product's label or an approved formula says longer, with its reference (rule BUD-00). Where a fact is
missing there is no time at all (rule BUD-08); nothing past its own time may go in (rule BUD-09).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from inventory.errors import (
    BeyondUseDataMissing,
    ComponentPastUse,
    ImmediateUseForOnePatient,
    ImmediateUseNotStored,
    LaneNotAvailable,
    LimitNotPublished,
    StorageNotAllowed,
    TooManyProducts,
)
from inventory.rules import expiry
from models.vocabulary import Lane, Method, MixingPlace, RulePack, Storage

MOST_PRODUCTS_FOR_IMMEDIATE_USE = 3


@dataclass(frozen=True, slots=True)
class Stability:
    """How long the mixture is known to keep, and where that is written. Approved by signature elsewhere."""

    period: timedelta
    reference: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """The facts of one preparation. None is "not known", which a limit may need."""

    started_at: datetime
    zone: ZoneInfo
    pack: RulePack
    lane: Lane
    method: Method | None = None
    storage: Storage | None = None
    is_sterility_tested: bool = False
    has_nonsterile: bool = False
    patients: int = 1
    stability: Stability | None = None
    in_use_caps: bool = True  # BUD-05: with False an in-use limit gates only the withdrawal


@dataclass(frozen=True, slots=True)
class Component:
    """What goes in. A preparation used as component has its own beyond-use time."""

    product_id: int
    name: str
    lot_number: str
    expires_on: date | None
    in_use_until: datetime | None = None
    beyond_use_at: datetime | None = None


class LimitKind(StrEnum):
    LANE = "lane"
    STABILITY = "stability"
    COMPONENT_EXPIRY = "component_expiry"
    COMPONENT_IN_USE = "component_in_use"
    COMPONENT_BEYOND_USE = "component_beyond_use"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that was considered. `subject`: whose it is, such as a lane, a reference or a lot."""

    kind: LimitKind
    at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to acknowledge, which does not stop the work."""

    rule: str
    sentence: str


@dataclass(frozen=True, slots=True)
class BeyondUse:
    """`binding` is the earliest of `limits`; on a tie the one considered first."""

    at: datetime
    binding: Limit
    limits: tuple[Limit, ...]
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A row of the table. None in a condition: either. A storage that is missing is not allowed."""

    lane: Lane
    method: Method | None
    is_sterility_tested: bool | None
    has_nonsterile: bool | None
    periods: Mapping[Storage | None, timedelta]  # by storage; None: not stored


def _days(room: int, refrigerator: int, freezer: int) -> Mapping[Storage | None, timedelta]:
    return {
        Storage.ROOM_TEMPERATURE: timedelta(days=room),
        Storage.REFRIGERATOR: timedelta(days=refrigerator),
        Storage.FREEZER: timedelta(days=freezer),
    }


_FOUR_HOURS = timedelta(hours=4)
_CATEGORY_1: Mapping[Storage | None, timedelta] = {
    Storage.ROOM_TEMPERATURE: timedelta(hours=12),
    Storage.REFRIGERATOR: timedelta(hours=24),
}

_ANY = None
_UNTESTED, _TESTED = False, True
_ALL_STERILE, _SOME_NONSTERILE = False, True

# USP <797> 2023, beyond-use limits at room temperature, in the refrigerator, in the freezer (docs/rules.md,
# LIM-01). 1 day is 24 hours (BUD-03).
TABLE_797: tuple[LimitRow, ...] = (
    LimitRow(Lane.IMMEDIATE_USE, _ANY, _ANY, _ALL_STERILE, {None: _FOUR_HOURS}),
    LimitRow(Lane.CATEGORY_1, _ANY, _ANY, _ANY, _CATEGORY_1),
    LimitRow(Lane.CATEGORY_2, Method.ASEPTIC, _UNTESTED, _SOME_NONSTERILE, _days(1, 4, 45)),
    LimitRow(Lane.CATEGORY_2, Method.ASEPTIC, _UNTESTED, _ALL_STERILE, _days(4, 10, 45)),
    LimitRow(Lane.CATEGORY_2, Method.ASEPTIC, _TESTED, _ANY, _days(30, 45, 60)),
    LimitRow(Lane.CATEGORY_2, Method.TERMINAL, _UNTESTED, _ANY, _days(14, 28, 45)),
    LimitRow(Lane.CATEGORY_2, Method.TERMINAL, _TESTED, _ANY, _days(45, 60, 90)),
    LimitRow(Lane.CATEGORY_3, Method.ASEPTIC, _TESTED, _ANY, _days(60, 90, 120)),
    LimitRow(Lane.CATEGORY_3, Method.TERMINAL, _TESTED, _ANY, _days(90, 120, 180)),
)
# The conditions under which a lane has no row, as a refusal says them.
_NO_ROW = MappingProxyType(
    {
        Lane.IMMEDIATE_USE: "has a nonsterile component",
        Lane.CATEGORY_3: "has not passed a sterility test",
    }
)


@dataclass(frozen=True, slots=True)
class PackRules:
    """What a rule pack asks of a preparation: a table, or one limit where none is published."""

    table: tuple[LimitRow, ...]
    unpublished: timedelta | None
    is_immediate_use_strict: bool
    lanes: Mapping[MixingPlace, frozenset[Lane]]


_WITHOUT_HOOD = frozenset({Lane.ADMINISTER_ONLY, Lane.IMMEDIATE_USE})
_LANES_797 = MappingProxyType(
    {
        MixingPlace.TREATMENT_ROOM: _WITHOUT_HOOD,
        MixingPlace.HOOD: _WITHOUT_HOOD | {Lane.CATEGORY_1},
        MixingPlace.CLEAN_ROOM: frozenset(Lane),
    }
)
_ALL_LANES = MappingProxyType(dict.fromkeys(MixingPlace, frozenset(Lane)))
_EUROPE = PackRules((), _FOUR_HOURS, is_immediate_use_strict=False, lanes=_ALL_LANES)
PACK_RULES: Mapping[RulePack, PackRules] = MappingProxyType(
    {
        RulePack.US_797: PackRules(TABLE_797, None, is_immediate_use_strict=True, lanes=_LANES_797),
        RulePack.EU_GENERIC: _EUROPE,
        RulePack.UK_HMR2012: _EUROPE,
    }
)


def check_lane(lane: Lane, place: MixingPlace, pack: RulePack) -> None:
    """Refuse a lane that the place of mixing cannot claim (rule LAN-01)."""
    if lane not in PACK_RULES[pack].lanes[place]:
        raise LaneNotAvailable(lane=lane, place=place)


def beyond_use(preparation: Preparation, components: Sequence[Component]) -> BeyondUse:
    """The beyond-use time with the limit that binds, or the refusal of what cannot be prepared."""
    rules = PACK_RULES[preparation.pack]
    cautions = _check_immediate_use(preparation, components, rules)
    _check_complete(preparation, components, rules)
    own = _own_limits(preparation, rules)
    of_components = [limit for component in components for limit in _component_limits(component, preparation)]
    capping = [limit for limit in of_components if preparation.in_use_caps or limit.kind != LimitKind.COMPONENT_IN_USE]
    limits = (*own, *capping)
    binding = min(limits, key=lambda limit: limit.at)
    return BeyondUse(binding.at, binding, limits, cautions)


def _check_immediate_use(
    preparation: Preparation, components: Sequence[Component], rules: PackRules
) -> tuple[Caution, ...]:
    if preparation.lane != Lane.IMMEDIATE_USE:
        return ()
    products = len({component.product_id for component in components})
    too_many = products > MOST_PRODUCTS_FOR_IMMEDIATE_USE
    if not rules.is_immediate_use_strict:
        return (_many_products(products),) if too_many else ()
    if too_many:
        raise TooManyProducts(products=products, most=MOST_PRODUCTS_FOR_IMMEDIATE_USE)
    if preparation.storage is not None:
        raise ImmediateUseNotStored(storage=preparation.storage)
    if preparation.patients != 1:
        raise ImmediateUseForOnePatient(patients=preparation.patients)
    return ()


def _many_products(products: int) -> Caution:
    most = MOST_PRODUCTS_FOR_IMMEDIATE_USE
    return Caution("BUD-01", f"{products} different products are mixed; USP <797> stops at {most} without a hood.")


def _check_complete(preparation: Preparation, components: Sequence[Component], rules: PackRules) -> None:
    missing = [] if components else ["what goes in"]
    missing += [
        f"the expiry of {component.name}, lot {component.lot_number}"
        for component in components
        if component.expires_on is None and component.beyond_use_at is None
    ]
    if rules.table:
        missing += _missing_for_table(preparation)
    if missing:
        raise BeyondUseDataMissing(missing=tuple(missing))


def _missing_for_table(preparation: Preparation) -> list[str]:
    if preparation.lane == Lane.IMMEDIATE_USE:
        return []
    if preparation.lane == Lane.ADMINISTER_ONLY:
        return [] if preparation.stability else ["how long the label allows"]
    missing = [] if preparation.storage else ["the storage"]
    if preparation.lane != Lane.CATEGORY_1 and preparation.method is None:
        missing.append("whether the method is aseptic or terminal")
    return missing


def _own_limits(preparation: Preparation, rules: PackRules) -> list[Limit]:
    """The pack's limit and the formula's stability: a longer stability never extends a table (BUD-06)."""
    period, stability = _lane_period(preparation, rules), preparation.stability
    limits = [] if period is None else [_limit(preparation, LimitKind.LANE, period, preparation.lane)]
    if stability is not None:
        limits.append(_limit(preparation, LimitKind.STABILITY, stability.period, stability.reference))
    return limits


def _limit(preparation: Preparation, kind: LimitKind, period: timedelta, subject: str) -> Limit:
    return Limit(kind, expiry.later(preparation.started_at, period), subject)


def _lane_period(preparation: Preparation, rules: PackRules) -> timedelta | None:
    """None where another limit takes its place: the label's, or a stability with its reference."""
    if not rules.table:
        has_reference = preparation.stability is not None and preparation.stability.reference.strip()
        return None if has_reference else rules.unpublished
    if preparation.lane == Lane.ADMINISTER_ONLY:
        return None
    row = next((row for row in rules.table if _applies(row, preparation)), None)
    if row is None:
        raise LimitNotPublished(lane=preparation.lane, problem=_NO_ROW[preparation.lane])
    period = row.periods.get(preparation.storage)
    if period is None and preparation.storage is not None:
        raise StorageNotAllowed(lane=preparation.lane, storage=preparation.storage)
    return period


def _applies(row: LimitRow, preparation: Preparation) -> bool:
    return (
        row.lane == preparation.lane
        and row.method in (None, preparation.method)
        and row.is_sterility_tested in (None, preparation.is_sterility_tested)
        and row.has_nonsterile in (None, preparation.has_nonsterile)
    )


def _component_limits(component: Component, preparation: Preparation) -> list[Limit]:
    """The component's own ends. Refuse one that is past any of them, capping or not (BUD-04, BUD-09)."""
    subject = f"{component.name}, lot {component.lot_number}"
    printed = None if component.expires_on is None else expiry.end_of_day(component.expires_on, preparation.zone)
    ends = {
        LimitKind.COMPONENT_EXPIRY: printed,
        LimitKind.COMPONENT_IN_USE: component.in_use_until,
        LimitKind.COMPONENT_BEYOND_USE: component.beyond_use_at,
    }
    limits = [Limit(kind, expiry.in_utc(at), subject) for kind, at in ends.items() if at]
    for limit in limits:
        if limit.at < preparation.started_at:
            raise ComponentPastUse(
                component=component.name,
                lot_number=component.lot_number,
                limit=limit.kind,
                ended_at=limit.at.astimezone(preparation.zone),
            )
    return limits
