from fractions import Fraction

import pytest

from inventory.tracing.elsewhere import restricted_to_site
from inventory.tracing.graph import trace_forward
from models.catalogue import Product


@pytest.fixture
def two_sites(tell):
    """One lot used at both sites; the other site also mixes it, and has some left."""

    def at_the_first(story):
        vial = story.vial(story.product("HA"), "HA-1")
        patient = story.patient()
        story.give(vial, patient, "1")
        return vial.lot_id, vial.lot.product_id, patient.reference

    lot_id, product_id, ours = tell(at_the_first)

    def at_the_second(story):

        vial = story.vial(story.session.get_one(Product, product_id), "HA-1")
        _, (syringe,) = story.mix((vial, "4"))
        patient = story.patient()
        story.give(syringe, patient, "3")
        wrong = story.give(syringe, story.patient(), "1")
        story.correct(wrong.entry_id, wrong.move_id)
        return patient.reference

    return lot_id, ours, tell(at_the_second, at_other_site=True)


def test_the_organisation_sees_all_sites(two_sites, units):
    lot_id, ours, theirs = two_sites
    with units.reading() as session:
        trace = trace_forward(session, lot_ids=[lot_id])
    assert {found.reference for found in trace.patients.values()} == {ours, theirs}
    assert len(trace.apart) == 1
    assert not trace.elsewhere


def test_a_site_sees_its_own_and_the_figures_of_others(two_sites, units, clinic):
    lot_id, ours, theirs = two_sites
    with units.reading() as session:
        trace = restricted_to_site(trace_forward(session, lot_ids=[lot_id]), clinic.site_id)

    assert [found.reference for found in trace.patients.values()] == [ours]
    assert theirs not in str(trace)
    assert {found.site_id for found in trace.containers.values()} == {clinic.site_id}
    assert not any((trace.records, trace.draws, trace.apart))
    assert list(trace.lots) == [lot_id]
    (other,) = trace.elsewhere
    assert (other.site, other.containers, other.preparations, other.sessions, other.patients) == (
        "Hillside",
        2,
        1,
        1,
        1,
    )
    assert other.on_hand == ((lot_id, Fraction(997)),)
    assert other.received == ((lot_id, Fraction(3)),)


def test_the_other_site_sees_the_mirror_image(two_sites, units, clinic):
    lot_id, ours, theirs = two_sites
    with units.reading() as session:
        trace = restricted_to_site(trace_forward(session, lot_ids=[lot_id]), clinic.other_site_id)

    assert [found.reference for found in trace.patients.values()] == [theirs]
    assert ours not in str(trace)
    assert len(trace.apart) == 1
    assert len(trace.lots) == 2
    assert trace.elsewhere[0].received == ((lot_id, Fraction(1)),)
