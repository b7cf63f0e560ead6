from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from inventory.errors import InvalidAmount, UnitsNotConvertible
from inventory.rules import amounts, doses
from inventory.rules.amounts import Strength
from inventory.rules.doses import Dose, DoseFinding, MaximumDose
from models.vocabulary import StrengthUnit

D = Decimal
F = Fraction
MG, MCG, G, IU = StrengthUnit.MG, StrengthUnit.MCG, StrengthUnit.G, StrengthUnit.IU
LIDOCAINE, HYALURONIDASE = 1, 2
NOW = datetime(2031, 3, 3, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "strength", "held"),
    [
        (D("0.5"), Strength(F(20), MG), F(10)),
        (F(8, 9), Strength(F(15), MG), F(40, 3)),
        (D("0.02"), Strength(F(150), IU), F(3)),  # the test dose of hyaluronidase
        (D(2), amounts.ratio_strength(D(100_000)), F(20)),
        (D("0.3"), amounts.percent_strength(D("0.3")), F(9, 10)),
    ],
)
def test_a_dose_is_amount_times_strength_exactly(amount, strength, held):
    assert doses.substance_amount(amount, strength) == held


def test_a_reconstituted_vial_doses_by_the_volume_that_resulted():
    strength = amounts.reconstituted_strength(D(600), MG, D("4.3"))
    assert doses.substance_amount(D("4.3"), strength) == 600


@pytest.mark.parametrize(
    ("dose", "unit", "strength", "amount"),
    [
        ("10", MG, Strength(F(20), MG), "0.5"),
        ("500", MCG, Strength(F(3), MG), "0.167"),
        ("3", IU, Strength(F(150), IU), "0.02"),
    ],
)
def test_the_amount_for_a_dose_is_rounded_to_a_thousandth(dose, unit, strength, amount):
    assert doses.amount_for(D(dose), unit, strength) == D(amount)


def test_a_dose_that_the_product_does_not_state_is_refused():
    with pytest.raises(UnitsNotConvertible):
        doses.amount_for(D(3), IU, Strength(F(20), MG))
    for dose in (D(0), D("0.000001")):  # the second would round to nothing
        with pytest.raises(InvalidAmount):
            doses.amount_for(dose, MG, Strength(F(20), MG))


def test_dilution_keeps_the_substance():
    diluted = doses.diluted_strength(Strength(F(20), MG), D("0.5"), D("4.5"))
    assert diluted == Strength(F(20, 9), MG)
    with pytest.raises(InvalidAmount):
        doses.diluted_strength(diluted, D(1), D(0))


def given_dose(amount, unit=MG, *, ago=timedelta(0), session=7, substance=LIDOCAINE):
    return Dose(substance, F(amount), unit, NOW - ago, session)


PER_SESSION = MaximumDose(LIDOCAINE, D(200), MG, "SmPC 4.2", is_from_label=True)
PER_DAY = MaximumDose(LIDOCAINE, D(300), MG, "SmPC 4.2", interval=timedelta(hours=24))


def findings(maximum, *given):
    return doses.excessive_doses([maximum], given, session_id=7, at=NOW)


@pytest.mark.parametrize(
    ("maximum", "given", "total"),
    [
        (PER_SESSION, [given_dose(200)], None),
        (PER_SESSION, [given_dose("200.001")], F("200.001")),
        (PER_SESSION, [given_dose(150), given_dose("50000.5", MCG)], F("200.0005")),
        (PER_SESSION, [given_dose("0.3", G)], F(300)),
        (PER_SESSION, [given_dose(150), given_dose(150, session=8)], None),
        (PER_SESSION, [given_dose(500, substance=HYALURONIDASE)], None),
        (PER_DAY, [given_dose(150), given_dose(151, session=8, ago=timedelta(hours=23))], F(301)),
        (PER_DAY, [given_dose(150), given_dose(151, session=None, ago=timedelta(hours=23))], F(301)),
        (PER_DAY, [given_dose(150), given_dose(151, session=8, ago=timedelta(hours=24))], None),
        (PER_DAY, [given_dose(150), given_dose(151, session=8, ago=-timedelta(hours=1))], None),
        (PER_DAY, [], None),
    ],
)
def test_a_maximum_is_exceeded_by_the_session_or_the_interval(maximum, given, total):
    expected = () if total is None else (DoseFinding(maximum, total),)
    assert findings(maximum, *given) == expected


def test_doses_that_cannot_be_compared_are_a_finding_too():
    assert findings(PER_SESSION, given_dose(150, IU)) == (DoseFinding(PER_SESSION, None),)


def test_each_maximum_is_judged_by_itself():
    given = [given_dose(250), given_dose(100, session=8, ago=timedelta(hours=2))]
    found = doses.excessive_doses([PER_SESSION, PER_DAY], given, session_id=7, at=NOW)
    assert [(finding.maximum, finding.total) for finding in found] == [(PER_SESSION, 250), (PER_DAY, 350)]


def test_an_interval_is_elapsed_time_not_the_clock_on_the_wall():
    """From 01:30 to 03:30 in Paris passed three hours when the clocks went back."""
    paris = ZoneInfo("Europe/Paris")
    given = Dose(LIDOCAINE, F(101), MG, datetime(2030, 10, 27, 1, 30, tzinfo=paris), 8)
    now = datetime(2030, 10, 27, 3, 30, tzinfo=paris)
    for interval, is_counted in [(timedelta(hours=2, minutes=30), False), (timedelta(hours=3, minutes=1), True)]:
        maximum = MaximumDose(LIDOCAINE, D(100), MG, "SmPC", interval)
        assert bool(doses.excessive_doses([maximum], [given], session_id=7, at=now)) is is_counted
