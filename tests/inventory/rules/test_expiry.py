from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import BulkPackageNeedsHood, InvalidExpiry, OpenedForAnotherSession
from inventory.rules import expiry
from inventory.rules.expiry import Days, Hours, InUseBasis, Opening, PrintedExpiry, UseLimit
from models.vocabulary import ContainerKind, MixingPlace, RulePack, Storage

PARIS = ZoneInfo("Europe/Paris")
NEW_YORK = ZoneInfo("America/New_York")
DAY_ONE = date(2031, 3, 3)
IN_2026 = date(2026, 6, 1)
MICROSECOND = timedelta(microseconds=1)


def paris(*when):
    return datetime(*when, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("scanned", "expires_on", "is_month_only"),
    [
        ("281231", date(2028, 12, 31), False),
        ("280200", date(2028, 2, 29), True),  # G3
        ("270200", date(2027, 2, 28), True),  # G4
        ("300600", date(2030, 6, 30), True),
        ("310303", date(2031, 3, 3), False),
    ],
)
def test_a_day_of_00_is_the_last_of_the_month(scanned, expires_on, is_month_only):
    assert expiry.printed_expiry(scanned, IN_2026) == PrintedExpiry(expires_on, is_month_only)


@pytest.mark.parametrize(
    ("two_digits", "year"), [(75, 2075), (76, 2076), (77, 1977), (99, 1999), (0, 2000), (26, 2026), (27, 2027)]
)
def test_the_century_is_the_nearest(two_digits, year):  # G25
    assert expiry.full_year(two_digits, IN_2026) == year


@pytest.mark.parametrize(
    ("two_digits", "today", "year"),
    [(0, date(2049, 1, 1), 2000), (0, date(2050, 1, 1), 2100), (30, date(2080, 1, 1), 2130), (31, DAY_ONE, 2031)],
)
def test_the_window_moves_with_the_year(two_digits, today, year):
    assert expiry.full_year(two_digits, today) == year


@given(st.integers(0, 99), st.dates(min_value=date(1990, 1, 1), max_value=date(2200, 1, 1)))
def test_the_year_read_ends_in_its_digits_and_is_within_fifty_years(two_digits, today):
    year = expiry.full_year(two_digits, today)
    assert year % 100 == two_digits
    assert -50 < year - today.year <= 50


@pytest.mark.parametrize(
    "scanned",
    [
        "281301",
        "280230",
        "280001",
        "28123",
        "2812311",
        "",
        "ABCDEF",
        "28-1-1",
        "٢٨١٢٣١",
        "280000",
        "9" * 10_000,
        "<b>28",
    ],
)
def test_what_is_no_date_is_refused_in_words(scanned):
    with pytest.raises(InvalidExpiry) as refused:
        expiry.printed_expiry(scanned, IN_2026)
    assert len(refused.value.text) <= 40
    assert str(refused.value)


def test_a_month_without_day_ends_with_its_last():
    assert expiry.month_only_expiry(2031, 4) == PrintedExpiry(date(2031, 4, 30), True)
    for year, month in [(2031, 13), (2031, 0), (0, 1), (10_000, 1)]:
        with pytest.raises(InvalidExpiry):
            expiry.month_only_expiry(year, month)


def test_a_lot_may_still_be_used_on_its_expiry_day():
    assert not expiry.is_expired(DAY_ONE, today=DAY_ONE)
    assert expiry.is_expired(DAY_ONE, today=DAY_ONE + timedelta(days=1))


@pytest.mark.parametrize(
    ("day", "zone", "ending"),
    [
        (date(2031, 3, 3), "Europe/Paris", "2031-03-03T22:59:59.999999"),
        (date(2031, 7, 3), "Europe/Paris", "2031-07-03T21:59:59.999999"),
        (date(2026, 3, 29), "Europe/Paris", "2026-03-29T21:59:59.999999"),  # a day of 23 hours
        (date(2026, 10, 25), "Europe/Paris", "2026-10-25T22:59:59.999999"),  # and of 25
        (date(2031, 3, 3), "Pacific/Kiritimati", "2031-03-03T09:59:59.999999"),
        (date(2031, 3, 3), "Pacific/Pago_Pago", "2031-03-04T10:59:59.999999"),
        (date(2018, 11, 3), "America/Sao_Paulo", "2018-11-04T02:59:59.999999"),  # midnight itself was skipped
        (date(2018, 2, 17), "America/Sao_Paulo", "2018-02-18T02:59:59.999999"),  # 23:00 to 24:00 came twice
        (date(2006, 10, 28), "America/St_Johns", "2006-10-29T03:29:59.999999"),  # 00:01 went back to 23:01
        (date(1919, 3, 30), "America/Toronto", "1919-03-31T04:29:59.999999"),  # 23:30 became 00:30
        (date(2011, 12, 30), "Pacific/Apia", "2011-12-30T09:59:59.999999"),  # the day that never was
        (date(9999, 12, 31), "America/New_York", "9999-12-31T23:59:59.999999"),
        (date(9999, 12, 31), "Asia/Tokyo", "9999-12-31T14:59:59.999999"),
    ],
)
def test_the_day_ends_with_its_last_microsecond(day, zone, ending):
    assert expiry.end_of_day(day, ZoneInfo(zone)).isoformat() == ending + "+00:00"


@given(
    st.sampled_from(sorted(available_timezones())),
    st.dates(min_value=date(1900, 1, 2), max_value=date(2100, 1, 1)),
)
def test_in_every_zone_the_next_microsecond_is_another_day(name, day):
    zone = ZoneInfo(name)
    ending = expiry.end_of_day(day, zone)

    assert ending.astimezone(zone).date() <= day
    assert (ending + MICROSECOND).astimezone(zone).date() > day


def test_a_time_without_zone_is_a_programming_error():
    with pytest.raises(ValueError, match="time zone"):
        expiry.in_utc(datetime(2031, 3, 3))  # noqa: DTZ001  # the very thing that is refused


# In-use limits of the packs: kind, place, deadline after an opening on 2031-03-03 09:30 in Paris.

AT_HALF_PAST_NINE = paris(2031, 3, 3, 9, 30)
ROOM, HOOD, CLEAN = MixingPlace.TREATMENT_ROOM, MixingPlace.HOOD, MixingPlace.CLEAN_ROOM
US, EU, UK = RulePack.US_797, RulePack.EU_GENERIC, RulePack.UK_HMR2012
IN_12_H, IN_24_H = paris(2031, 3, 3, 21, 30), paris(2031, 3, 4, 9, 30)
IN_4_H = paris(2031, 3, 3, 13, 30)
IN_28_D = paris(2031, 3, 31, 23, 59, 59, 999999)
K = ContainerKind
ONE_SESSION = {"is_session_only": True, "is_single_patient": False}
FOR_ALL = {"is_session_only": False, "is_single_patient": False}
ONE_PATIENT = {"is_session_only": False, "is_single_patient": True}


def opening(kind, place=ROOM, *, at=AT_HALF_PAST_NINE, label=None, is_preserved=True):
    return Opening(kind, at, place, is_preserved, label)


@pytest.mark.parametrize(
    ("pack", "kind", "place", "deadline", "rule", "serves"),
    [
        *((pack, K.AMPOULE, place, None, "INU-01", ONE_SESSION) for pack in RulePack for place in MixingPlace),
        *(
            (pack, kind, ROOM, None, "INU-03", ONE_SESSION)
            for pack in RulePack
            for kind in (K.SINGLE_DOSE_VIAL, K.PREFILLED_SYRINGE, K.BAG, K.POWDER_VIAL, K.COMPOUNDED_SINGLE, K.KIT)
        ),
        (US, K.SINGLE_DOSE_VIAL, HOOD, IN_12_H, "INU-02", FOR_ALL),
        (US, K.BAG, CLEAN, IN_12_H, "INU-02", FOR_ALL),
        (US, K.COMPOUNDED_SINGLE, HOOD, IN_12_H, "INU-02", FOR_ALL),
        (US, K.MULTI_DOSE_VIAL, HOOD, IN_28_D, "INU-04", FOR_ALL),
        (US, K.MULTI_DOSE_VIAL, ROOM, IN_28_D, "INU-05", ONE_PATIENT),
        (US, K.COMPOUNDED_MULTI, ROOM, IN_28_D, "INU-07", FOR_ALL),
        (US, K.PHARMACY_BULK_PACKAGE, HOOD, IN_4_H, "INU-06", FOR_ALL),
        (EU, K.SINGLE_DOSE_VIAL, HOOD, IN_24_H, "INU-08", FOR_ALL),
        (EU, K.MULTI_DOSE_VIAL, ROOM, IN_28_D, "INU-09", FOR_ALL),
        (UK, K.MULTI_DOSE_VIAL, CLEAN, IN_28_D, "INU-09", FOR_ALL),
        (UK, K.PHARMACY_BULK_PACKAGE, CLEAN, IN_4_H, "INU-06", FOR_ALL),
    ],
)
def test_the_packs_limit_of_an_opened_container(pack, kind, place, deadline, rule, serves):
    in_use = expiry.in_use_deadline(opening(kind, place), pack, PARIS)

    assert in_use.deadline == deadline
    assert in_use.rule == rule
    assert {name: getattr(in_use, name) for name in serves} == serves
    assert in_use.basis == (InUseBasis.NO_STORAGE if deadline is None else InUseBasis.RULE_PACK)
    assert deadline is None or in_use.deadline.tzinfo is UTC


def test_every_container_kind_has_a_row_in_every_pack_and_place():
    for pack in RulePack:
        for kind in ContainerKind:
            for place in MixingPlace:
                for is_preserved in (True, False):
                    if kind == K.PHARMACY_BULK_PACKAGE and place == ROOM:
                        continue
                    assert expiry.in_use_deadline(opening(kind, place, is_preserved=is_preserved), pack, PARIS)


@pytest.mark.parametrize("pack", RulePack)
def test_a_bulk_package_is_opened_only_under_a_hood(pack):
    with pytest.raises(BulkPackageNeedsHood) as refused:
        expiry.in_use_deadline(opening(K.PHARMACY_BULK_PACKAGE, label=Hours(4)), pack, PARIS)
    assert "treatment room" in refused.value.what


def test_in_europe_an_unpreserved_vial_keeps_a_day_in_the_refrigerator():
    in_use = expiry.in_use_deadline(opening(K.MULTI_DOSE_VIAL, is_preserved=False), EU, PARIS)
    assert (in_use.deadline, in_use.storage) == (IN_24_H, Storage.REFRIGERATOR)


@pytest.mark.parametrize("pack", RulePack)
@pytest.mark.parametrize(
    ("label", "deadline"),
    [
        (Hours(4), IN_4_H),
        (Hours(48), paris(2031, 3, 5, 9, 30)),
        (Days(7), paris(2031, 3, 10, 23, 59, 59, 999999)),
        (Days(42), paris(2031, 4, 14, 23, 59, 59, 999999)),  # longer than 28 days: the maker may
    ],
)
def test_the_makers_statement_wins_shorter_or_longer(pack, label, deadline):
    in_use = expiry.in_use_deadline(opening(K.MULTI_DOSE_VIAL, HOOD, label=label), pack, PARIS)

    assert in_use.deadline == deadline
    assert (in_use.basis, in_use.rule, in_use.storage) == (InUseBasis.LABEL, "INU-10", None)


def test_a_label_gives_an_ampoule_a_deadline_and_still_one_session():
    in_use = expiry.in_use_deadline(opening(K.AMPOULE, HOOD, label=Hours(4)), US, PARIS)
    assert in_use.deadline == IN_4_H
    assert in_use.is_session_only


@pytest.mark.parametrize(
    ("opened_at", "period", "deadline"),
    [
        (paris(2031, 3, 15, 8, 0), Days(28), paris(2031, 4, 12, 23, 59, 59, 999999)),  # B20
        (paris(2031, 3, 15, 23, 59), Days(28), paris(2031, 4, 12, 23, 59, 59, 999999)),
        (paris(2026, 3, 28, 20, 0), Hours(12), paris(2026, 3, 29, 9, 0)),  # B19: the clock went forward
        (paris(2026, 10, 24, 20, 0), Hours(12), paris(2026, 10, 25, 7, 0)),  # and back
        # 23:30 in UTC is the next day in Paris: calendar days are the clinic's.
        (datetime(2031, 3, 3, 23, 30, tzinfo=UTC), Days(1), paris(2031, 3, 5, 23, 59, 59, 999999)),
        (datetime(2031, 3, 3, 9, tzinfo=timezone(timedelta(hours=-5))), Hours(1), paris(2031, 3, 3, 16, 0)),
    ],
)
def test_hours_are_exact_and_days_are_calendar_days_of_the_clinic(opened_at, period, deadline):
    assert period.after(opened_at, PARIS) == deadline


@pytest.mark.parametrize("period", [Hours(10**12), Days(10**12), Days(3_000_000)])
def test_an_absurd_in_use_time_ends_with_the_calendar(period):
    assert period.after(AT_HALF_PAST_NINE, PARIS) == datetime.max.replace(tzinfo=UTC)


def test_the_products_label_fields_become_a_period():
    assert expiry.label_period(4, None) == Hours(4)
    assert expiry.label_period(None, 28) == Days(28)
    assert expiry.label_period(None, None) is None
    assert (str(Hours(4)), str(Days(28))) == ("4 h", "28 d")


# BUD-10


@pytest.mark.parametrize(
    ("opened_for", "session", "is_refused"),
    [(7, 7, False), (7, 8, True), (7, None, True), (None, 7, True), (None, None, True)],
)
def test_a_single_dose_serves_only_the_session_it_was_opened_for(opened_for, session, is_refused):
    in_use = expiry.in_use_deadline(opening(K.SINGLE_DOSE_VIAL), EU, PARIS)
    checked = {"opened_for_session_id": opened_for, "session_id": session}
    if not is_refused:
        expiry.check_same_session("C00000001X", in_use, **checked)
        return
    with pytest.raises(OpenedForAnotherSession) as refused:
        expiry.check_same_session("C00000001X", in_use, **checked)
    assert refused.value.rule == "BUD-10"


def test_a_multi_dose_vial_and_a_vial_opened_under_the_hood_serve_many():
    for kind, place in [(K.MULTI_DOSE_VIAL, ROOM), (K.SINGLE_DOSE_VIAL, HOOD)]:
        in_use = expiry.in_use_deadline(opening(kind, place), US, PARIS)
        expiry.check_same_session("C00000001X", in_use, opened_for_session_id=7, session_id=8)


# Usable until

EXPIRY = date(2031, 3, 10)
END_OF_EXPIRY = paris(2031, 3, 10, 23, 59, 59, 999999)


@pytest.mark.parametrize(
    ("expires_on", "in_use", "beyond_use", "at", "limit"),
    [
        (EXPIRY, None, None, END_OF_EXPIRY, UseLimit.PRINTED_EXPIRY),
        (EXPIRY, IN_4_H, None, IN_4_H, UseLimit.IN_USE),
        (EXPIRY, IN_28_D, None, END_OF_EXPIRY, UseLimit.PRINTED_EXPIRY),  # a ceiling, whatever the label allows
        (EXPIRY, IN_12_H, IN_4_H, IN_4_H, UseLimit.BEYOND_USE),
        (None, None, IN_4_H, IN_4_H, UseLimit.BEYOND_USE),
        (EXPIRY, END_OF_EXPIRY, END_OF_EXPIRY, END_OF_EXPIRY, UseLimit.PRINTED_EXPIRY),
        (None, IN_4_H, IN_4_H, IN_4_H, UseLimit.IN_USE),
    ],
)
def test_the_earliest_limit_binds_and_is_named(expires_on, in_use, beyond_use, at, limit):
    usable = expiry.usable_until(expires_on, PARIS, in_use_until=in_use, beyond_use_at=beyond_use)
    assert (usable.at, usable.limit) == (at, limit)
    assert usable.at.tzinfo is UTC


def test_without_any_limit_nothing_is_claimed():
    assert expiry.usable_until(None, PARIS, in_use_until=None, beyond_use_at=None) is None


def test_the_same_date_ends_later_further_west():
    in_paris = expiry.usable_until(EXPIRY, PARIS, in_use_until=None, beyond_use_at=None)
    in_new_york = expiry.usable_until(EXPIRY, NEW_YORK, in_use_until=None, beyond_use_at=None)
    assert in_new_york.at - in_paris.at == timedelta(hours=5)  # New York is already on summer time
