"""A signature is a person's word on the very text they saw."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from inventory.errors import NotSigned, WrongSigner
from inventory.evidence import audit
from inventory.evidence.signatures import ConfirmedIdentity, sign, signatures_of
from inventory.units import one_site
from models.evidence import Signature
from models.stock import Lot
from models.vocabulary import SignatureMeaning

TEXT = 'Lot "L<1>" was looked at; ½ mL is left. =1+1'


@pytest.fixture
def sign_lot(units, clinic, history, pharmacist):
    def run(confirmed, **more):
        def work(session, act):
            lot = session.get_one(Lot, 1)
            audit.record(session, act, "lot signed", lot)
            return sign(session, act, confirmed, SignatureMeaning.REVIEWED, lot, TEXT, **more).id

        return units.run(pharmacist, one_site(clinic.site_id), work)

    return run


@pytest.fixture
def confirmed(clinic, clock):
    return ConfirmedIdentity(clinic.user_ids["peter"], "Peter Practitioner", clock.at)


def test_the_very_text_is_kept_with_who_when_and_meaning(units, sign_lot, confirmed, clock):
    clock.pass_time(timedelta(minutes=10))
    signature_id = sign_lot(confirmed)
    with units.reading() as session:
        (signature,) = signatures_of(session, record_kind="lot", record_id=1)
        assert signature.id == signature_id
        assert (signature.user_id, signature.printed_name) == (confirmed.user_id, "Peter Practitioner")
        assert (signature.text, signature.meaning) == (TEXT, SignatureMeaning.REVIEWED)
        assert signature.signed_at == clock.at
        assert not signature.is_single_handed


def test_one_person_in_place_of_two_says_why(units, sign_lot, confirmed):
    sign_lot(confirmed, single_handed_reason="Nobody else was there")
    with units.reading() as session:
        (signature,) = session.scalars(select(Signature))
        assert signature.is_single_handed
        assert signature.reason == "Nobody else was there"


def test_without_a_password_nothing_is_signed(units, sign_lot):
    with pytest.raises(NotSigned):
        sign_lot(None)
    with units.reading() as session:
        assert session.scalars(select(Signature)).all() == []


@pytest.mark.parametrize("off", [timedelta(minutes=10, seconds=1), -timedelta(seconds=1)])
def test_a_password_confirmed_long_ago_or_later_is_refused(units, sign_lot, confirmed, clock, off):
    clock.pass_time(timedelta(hours=1))
    identity = ConfirmedIdentity(confirmed.user_id, confirmed.printed_name, clock.at - off)
    with pytest.raises(WrongSigner):
        sign_lot(identity)
