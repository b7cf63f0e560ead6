"""Expiry: what a printed date means, how long an opened container lasts, and until when one is usable.

- A printed expiry is a calendar date; it ends with the last microsecond of that day in the zone of the
  container's present site. A day of 00 and a month-only date mean the last day of the month.
- The maker's own in-use time wins over the limit of the rule pack; hours are exact, days are calendar days.
- Limits of the rule packs are tables of data. A container without in-use limit may still serve one session
  only (rule BUD-10): the clock then says nothing.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from inventory.errors import BulkPackageNeedsHood, InvalidExpiry, OpenedForAnotherSession
from models.vocabulary import ContainerKind, MixingPlace, RulePack, Storage

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_LONGEST_TEXT = 40
_YYMMDD_LENGTH = 6
_CENTURY = 100
_MOST_HOURS = 24 * 366 * 9999  # beyond the calendar anyway
_YEARS_AHEAD = 50  # 51 years ahead are read as the century before


@dataclass(frozen=True, slots=True)
class PrintedExpiry:
    """`is_month_only`: no day was printed, so the month's last day counts."""

    expires_on: date
    is_month_only: bool


def printed_expiry(yymmdd: str, today: date) -> PrintedExpiry:
    """The date of a scanned expiry `YYMMDD`. Day 00 is the last of the month (rule SCN-03)."""
    if len(yymmdd) != _YYMMDD_LENGTH or not (yymmdd.isascii() and yymmdd.isdigit()):
        raise InvalidExpiry(_short(yymmdd), "is not six digits, YYMMDD")
    year, month, day = full_year(int(yymmdd[:2]), today), int(yymmdd[2:4]), int(yymmdd[4:])
    if day == 0:
        return month_only_expiry(year, month)
    try:
        return PrintedExpiry(date(year, month, day), is_month_only=False)
    except ValueError:
        raise InvalidExpiry(yymmdd, "is not a day of the calendar") from None


def month_only_expiry(year: int, month: int) -> PrintedExpiry:
    """Where only a month is printed, its last day is the last day of use."""
    try:
        return PrintedExpiry(date(year, month, monthrange(year, month)[1]), is_month_only=True)
    except ValueError:
        raise InvalidExpiry(f"{year:04d}-{month:02d}", "is not a month of the calendar") from None


def full_year(two_digits: int, today: date) -> int:
    """The century by a window of 50 years around today (rule SCN-04): in 2026, 76 is 2076 and 77 is 1977."""
    ahead = two_digits - today.year % _CENTURY
    century = today.year - today.year % _CENTURY
    if ahead > _YEARS_AHEAD:
        century -= _CENTURY
    elif ahead <= -_YEARS_AHEAD:
        century += _CENTURY
    return century + two_digits


def is_expired(expires_on: date, today: date) -> bool:
    """A lot may still be used on its expiry day; it is expired from the next (rule BUD-09)."""
    return today > expires_on


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last microsecond of the local day, whatever the clocks do around midnight, in UTC."""
    wanted = datetime.combine(day, time.max)
    try:
        # fold=1: where an hour before midnight comes twice, the day ends with the second.
        ending = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
        exists = ending.astimezone(zone).replace(tzinfo=None) == wanted
        return ending if exists else _last_instant_until(day, zone, ending)
    except OverflowError:  # the calendar's last day, west of Greenwich
        return _END_OF_TIME


def _last_instant_until(day: date, zone: ZoneInfo, before: datetime) -> datetime:
    """The clocks skipped the end of the day: find the last instant before the skip by halving."""
    after = before + timedelta(days=2)
    while after - before > timedelta(microseconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).date() <= day else (before, middle)
    return before


def in_utc(at: datetime) -> datetime:
    """The instant in UTC; a naive one is a programming error."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC)


def later(at: datetime, period: timedelta) -> datetime:
    """`period` of elapsed time after `at`, in UTC: the local clock may shift meanwhile (rule BUD-07)."""
    try:
        return in_utc(at) + period
    except OverflowError:
        return _END_OF_TIME


@dataclass(frozen=True, slots=True)
class Hours:
    """An in-use time of elapsed hours."""

    count: int

    def after(self, opened_at: datetime, zone: ZoneInfo) -> datetime:  # noqa: ARG002  # asked as `Days` is
        """Exactly `count` hours after opening."""
        return later(opened_at, timedelta(hours=min(self.count, _MOST_HOURS)))

    def __str__(self) -> str:
        return f"{self.count} h"


@dataclass(frozen=True, slots=True)
class Days:
    """An in-use time of calendar days: opened 15 March, 28 days, last day of use 12 April."""

    count: int

    def after(self, opened_at: datetime, zone: ZoneInfo) -> datetime:
        """The end of the local day `count` days after the day of opening."""
        try:
            return end_of_day(in_utc(opened_at).astimezone(zone).date() + timedelta(days=self.count), zone)
        except OverflowError:
            return _END_OF_TIME

    def __str__(self) -> str:
        return f"{self.count} d"


Period = Hours | Days


def label_period(hours: int | None, days: int | None) -> Period | None:
    """The maker's in-use statement as a product keeps it: hours, or days, or none."""
    if hours is not None:
        return Hours(hours)
    return None if days is None else Days(days)


@dataclass(frozen=True, slots=True)
class InUseRule:
    """One row of a rule pack. Without `period` nothing of the container is kept."""

    kinds: frozenset[ContainerKind]
    places: frozenset[MixingPlace]
    period: Period | None
    rule: str
    is_session_only: bool = False
    is_single_patient: bool = False
    is_preserved: bool | None = None  # None: either
    storage: Storage | None = None  # where the period demands it


_AMPOULE = frozenset({ContainerKind.AMPOULE})
_SINGLE_DOSE = frozenset(
    {
        ContainerKind.SINGLE_DOSE_VIAL,
        ContainerKind.PREFILLED_SYRINGE,
        ContainerKind.BAG,
        ContainerKind.POWDER_VIAL,
        ContainerKind.COMPOUNDED_SINGLE,
        ContainerKind.KIT,
    }
)
_MULTI_DOSE = frozenset({ContainerKind.MULTI_DOSE_VIAL})
_COMPOUNDED_MULTI = frozenset({ContainerKind.COMPOUNDED_MULTI})
_BULK = frozenset({ContainerKind.PHARMACY_BULK_PACKAGE})

_ANYWHERE = frozenset(MixingPlace)
_TREATMENT_ROOM = frozenset({MixingPlace.TREATMENT_ROOM})
_ISO_5 = _ANYWHERE - _TREATMENT_ROOM

_ALL_PACKS = (
    InUseRule(_AMPOULE, _ANYWHERE, None, "INU-01", is_session_only=True),
    InUseRule(_SINGLE_DOSE, _TREATMENT_ROOM, None, "INU-03", is_session_only=True),
    InUseRule(_BULK, _ISO_5, Hours(4), "INU-06"),
)
_US_797 = (
    *_ALL_PACKS,
    InUseRule(_SINGLE_DOSE, _ISO_5, Hours(12), "INU-02"),
    InUseRule(_MULTI_DOSE, _ISO_5, Days(28), "INU-04"),
    InUseRule(_MULTI_DOSE, _TREATMENT_ROOM, Days(28), "INU-05", is_single_patient=True),
    InUseRule(_COMPOUNDED_MULTI, _ANYWHERE, Days(28), "INU-07"),
)
_EUROPE = (
    *_ALL_PACKS,
    InUseRule(_SINGLE_DOSE, _ISO_5, Hours(24), "INU-08", storage=Storage.REFRIGERATOR),
    InUseRule(_MULTI_DOSE | _COMPOUNDED_MULTI, _ANYWHERE, Days(28), "INU-09", is_preserved=True),
    InUseRule(
        _MULTI_DOSE | _COMPOUNDED_MULTI,
        _ANYWHERE,
        Hours(24),
        "INU-08",
        is_preserved=False,
        storage=Storage.REFRIGERATOR,
    ),
)
IN_USE_RULES: Mapping[RulePack, tuple[InUseRule, ...]] = MappingProxyType(
    {RulePack.US_797: _US_797, RulePack.EU_GENERIC: _EUROPE, RulePack.UK_HMR2012: _EUROPE}
)


@dataclass(frozen=True, slots=True)
class Opening:
    """The facts of a container's opening: what it is, when and where, and what its label says."""

    kind: ContainerKind
    opened_at: datetime
    opened_in: MixingPlace
    is_preserved: bool
    label: Period | None = None


class InUseBasis(StrEnum):
    LABEL = "label"
    RULE_PACK = "rule_pack"
    NO_STORAGE = "no_storage"


@dataclass(frozen=True, slots=True)
class InUse:
    """How long an opened container lasts. No `deadline`: nothing is kept, this session only."""

    deadline: datetime | None
    period: Period | None
    basis: InUseBasis
    rule: str
    is_session_only: bool
    is_single_patient: bool
    storage: Storage | None


def in_use_deadline(opening: Opening, pack: RulePack, zone: ZoneInfo) -> InUse:
    """The label's in-use time, else the pack's. Refuse a bulk package opened outside a hood.

    A label never turns an ampoule or a single dose opened in the treatment room into stock for others.
    """
    row = _in_use_rule(opening, pack)
    period = opening.label or row.period
    return InUse(
        deadline=period.after(opening.opened_at, zone) if period else None,
        period=period,
        basis=InUseBasis.LABEL if opening.label else InUseBasis.RULE_PACK if period else InUseBasis.NO_STORAGE,
        rule="INU-10" if opening.label else row.rule,
        is_session_only=row.is_session_only,
        is_single_patient=row.is_single_patient,
        storage=None if opening.label else row.storage,
    )


def _in_use_rule(opening: Opening, pack: RulePack) -> InUseRule:
    for row in IN_USE_RULES[pack]:
        applies = opening.kind in row.kinds and opening.opened_in in row.places
        if applies and row.is_preserved in (None, opening.is_preserved):
            return row
    raise BulkPackageNeedsHood(place=opening.opened_in)


def check_same_session(
    container: str, in_use: InUse, *, opened_for_session_id: int | None, session_id: int | None
) -> None:
    """Refuse to plan what serves one session only into another, or into none (rule BUD-10)."""
    if in_use.is_session_only and (session_id is None or session_id != opened_for_session_id):
        raise OpenedForAnotherSession(code_scanned=container)


class UseLimit(StrEnum):
    """What ends the use of a container. On a tie the first named binds."""

    PRINTED_EXPIRY = "printed_expiry"
    IN_USE = "in_use"
    BEYOND_USE = "beyond_use"


@dataclass(frozen=True, slots=True)
class UsableUntil:
    """The last instant of use, and the limit that sets it."""

    at: datetime
    limit: UseLimit


def usable_until(
    expires_on: date | None, zone: ZoneInfo, *, in_use_until: datetime | None, beyond_use_at: datetime | None
) -> UsableUntil | None:
    """The earliest of the three limits; None where there is none (no expiry printed, not opened)."""
    limits = {
        UseLimit.PRINTED_EXPIRY: None if expires_on is None else end_of_day(expires_on, zone),
        UseLimit.IN_USE: None if in_use_until is None else in_utc(in_use_until),
        UseLimit.BEYOND_USE: None if beyond_use_at is None else in_utc(beyond_use_at),
    }
    known = [UsableUntil(at, limit) for limit, at in limits.items() if at is not None]
    return min(known, key=lambda usable: usable.at, default=None)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
