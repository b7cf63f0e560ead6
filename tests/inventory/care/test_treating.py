"""A whole treatment is recorded at once, or nothing of it is."""

from decimal import Decimal

import pytest

from inventory.care import compounding, sessions, treating
from inventory.errors import ContainerHeld, NotAllowed, NotEnoughInContainer
from inventory.stock import holds
from models.care import TreatmentSession
from models.vocabulary import HoldKind, SessionEnding


@pytest.fixture
def treat(do, practitioner, make_patient, clinic):
    def record(*parts, by=practitioner, syringes=()):
        command = treating.RecordTreatment(
            sessions.StartSession(make_patient()),
            compounding.Compound(
                tuple(compounding.Draw(code, Decimal(amount)) for code, amount in parts),
                clinic.places.room,
                syringes=tuple(map(Decimal, syringes)),
            ),
            area="full face",
            technique="nappage",
        )
        return do(by, treating.record_treatment, command)

    return record


def test_a_treatment_mixes_gives_and_ends(treat, make_lot, product_id, look, read):
    one, two = make_lot(product_id, count=2)
    done = treat((one, "1"), (two, "2"), syringes=("1.5", "1.4"))
    assert [look(code).remaining for code in (one, two, *done.container_codes)] == [9, 8, 0, 0]
    session = read(lambda session: session.get_one(TreatmentSession, done.session_id))
    assert session.ending is SessionEnding.COMPLETED
    assert done.lot_number == look(done.container_codes[0]).lot_number


def test_a_treatment_that_cannot_be_given_leaves_nothing(
    treat, make_lot, product_id, refused, do, pharmacist, assistant, make_patient
):
    one, two = make_lot(product_id, count=2)
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=two))
    reference = make_patient()
    assert reference
    command = treating.RecordTreatment(
        sessions.StartSession(reference),
        compounding.Compound((compounding.Draw(one, Decimal(1)), compounding.Draw(two, Decimal(1))), 3),
        area="face",
    )
    with refused(ContainerHeld, code_scanned=two):
        do(assistant, treating.record_treatment, command)
    good = compounding.Compound((compounding.Draw(one, Decimal(1)),), 3)
    with refused(NotAllowed, permission="administer"):
        do(assistant, treating.record_treatment, treating.RecordTreatment(command.start, good, "face"))
    much = compounding.Compound((compounding.Draw(one, Decimal(11)),), 3)
    with refused(NotEnoughInContainer, code_scanned=one):
        do(assistant, treating.record_treatment, treating.RecordTreatment(command.start, much, "face"))
