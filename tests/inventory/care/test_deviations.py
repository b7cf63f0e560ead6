"""What was done against a rule waits for a responsible person's review and signature."""

import pytest

from inventory.care import administering, deviations
from inventory.care.deviations import ReviewDeviation
from inventory.errors import (
    DeviationReviewed,
    InvalidText,
    NotAllowed,
    NotSigned,
    ReasonMissing,
    RecordNotFound,
    WrongSigner,
)
from inventory.units import EVERYTHING
from models.evidence import Signature


@pytest.fixture
def deviation(give, make_product, make_lot, start_session, read, clinic):
    """One that waits: a cream was injected."""
    cream = make_lot(make_product("Cream", is_injectable=False))[0]
    give(start_session(), cream, "1", service=administering.record_past_administration, scope=EVERYTHING)
    (found,) = read(deviations.list_open_deviations, site_id=clinic.site_id)
    return found


@pytest.fixture
def review(do, pharmacist, signed):
    def say(deviation_id, text="patient told", by=pharmacist, sign="paula"):
        command = ReviewDeviation(deviation_id, text, sign and signed(sign))
        return do(by, deviations.review_deviation, command)

    return say


def test_a_deviation_is_reviewed_once_under_signature(deviation, review, read, refused, clinic, clock):
    assert deviation.rule == "not_injectable"
    review(deviation.id, "patient told,\nnothing seen")
    row = read(lambda session: session.get_one(type(deviation), deviation.id))
    assert (row.review, row.reviewed_at) == ("patient told,\nnothing seen", clock.at)
    signature = read(lambda session: session.get_one(Signature, row.signature_id))
    assert signature.text == f"{deviation.facts} patient told,\nnothing seen"
    assert read(deviations.list_open_deviations, site_id=clinic.site_id) == []
    with refused(DeviationReviewed, deviation_id=deviation.id) as refusal:
        review(deviation.id)
    assert refusal.said.remedy == "Nothing is left to do."


def test_a_review_that_cannot_be_is_refused(deviation, review, refused, practitioner, stranger, clinic, read):
    with refused(NotAllowed, permission="review_deviation"):
        review(deviation.id, by=practitioner, sign="peter")
    with refused(RecordNotFound, kind="deviation", key="99"):
        review(99)
    with refused(RecordNotFound, kind="deviation", key=str(deviation.id)):
        review(deviation.id, by=stranger, sign="stella")
    with refused(NotSigned, meaning="reviewed"):
        review(deviation.id, sign=None)
    with refused(WrongSigner, problem="the password is that of another person"):
        review(deviation.id, sign="peter")
    with refused(ReasonMissing):
        review(deviation.id, " ")
    with refused(InvalidText, field="Reason"):
        review(deviation.id, "x" * 10_000)
    assert read(deviations.list_open_deviations, site_id=clinic.other_site_id) == []
