"""The most that may be given of a substance: entered with its source, replaced, taken off, compared with doses."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from inventory.catalogue import maximum_doses, strengths
from inventory.catalogue.maximum_doses import RemoveMaximumDose, SetMaximumDose
from inventory.catalogue.strengths import SetStrength
from inventory.errors import InvalidAmount, InvalidCount, InvalidText, NotAllowed, RecordNotFound
from inventory.rules.doses import Dose, excessive_doses
from models.catalogue import Product
from models.vocabulary import StrengthUnit


@pytest.fixture
def lidocaine(units, change, pharmacist, make_product):
    """(product, substance)"""
    product_id = make_product("Lidocaine")
    change(pharmacist, strengths.set_strength, SetStrength(product_id, "lidocaine", Decimal(20)))
    with units.reading() as session:
        return product_id, session.get_one(Product, product_id).strengths[0].substance_id


@pytest.fixture
def known(units, lidocaine):
    def maxima():
        with units.reading() as session:
            return maximum_doses.maxima_of(session, product_ids=[lidocaine[0]])

    return maxima


def _most(lidocaine, amount, days=0, source="leaflet 2030"):
    return SetMaximumDose(*lidocaine, Decimal(amount), StrengthUnit.MG, source, days)


def test_a_maximum_is_compared_with_what_is_given(change, pharmacist, lidocaine, known, clock):
    change(pharmacist, maximum_doses.set_maximum_dose, _most(lidocaine, 200))
    change(pharmacist, maximum_doses.set_maximum_dose, _most(lidocaine, 500, days=7))
    session_most, week_most = known()
    assert (session_most.interval, week_most.interval) == (None, timedelta(days=7))
    assert session_most.source == "leaflet 2030"
    given = [Dose(lidocaine[1], Fraction(201), StrengthUnit.MG, clock.at, 1)]
    (finding,) = excessive_doses(known(), given, session_id=1, at=clock.at)
    assert (finding.maximum, finding.total) == (session_most, Fraction(201))


def test_entered_again_it_replaces_the_one_before_and_taken_off_it_is_gone(units, change, pharmacist, lidocaine, known):
    change(pharmacist, maximum_doses.set_maximum_dose, _most(lidocaine, 200))
    change(pharmacist, maximum_doses.set_maximum_dose, _most(lidocaine, 300, source="leaflet 2031"))
    assert [(each.amount, each.source) for each in known()] == [(Decimal(300), "leaflet 2031")]
    with units.reading() as session:
        dose_id = maximum_doses.doses_of(session, product_ids=[lidocaine[0]])[0].id
    change(pharmacist, maximum_doses.remove_maximum_dose, RemoveMaximumDose(lidocaine[0], dose_id))
    assert known() == []
    with pytest.raises(RecordNotFound):
        change(pharmacist, maximum_doses.remove_maximum_dose, RemoveMaximumDose(lidocaine[0], dose_id))
    change(pharmacist, maximum_doses.set_maximum_dose, _most(lidocaine, 100))
    assert [each.amount for each in known()] == [Decimal(100)]


def test_what_is_wrong_in_itself_is_refused(change, pharmacist, assistant, lidocaine, known):
    product_id, substance_id = lidocaine
    for command, refusal in (
        (_most(lidocaine, 0), InvalidAmount),
        (_most(lidocaine, 5, days=400), InvalidCount),
        (_most(lidocaine, 5, source=" "), InvalidText),
        (_most((product_id, substance_id + 100), 5), RecordNotFound),
    ):
        with pytest.raises(refusal):
            change(pharmacist, maximum_doses.set_maximum_dose, command)
    with pytest.raises(NotAllowed):
        change(assistant, maximum_doses.set_maximum_dose, _most(lidocaine, 5))
    assert known() == []
