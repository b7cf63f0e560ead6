"""What comes in waits until it is checked and signed for, or is rejected and leaves."""

import hashlib
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from inventory import invariants
from inventory.errors import (
    ContainerHeld,
    HeldAsEvidence,
    NotAllowed,
    NotSigned,
    ReasonMissing,
    RecordNotFound,
    WrongSigner,
)
from inventory.evidence import attachments
from inventory.evidence.files import CheckedFile
from inventory.people import memberships
from inventory.stock import containers, holds, lots, receiving, release_checks, release_queue, releasing
from inventory.stock.errors import (
    CheckNotAsked,
    NothingToRelease,
    ReleaseChanged,
    ReleasedBySignature,
    ReleaseLacks,
    ReleaserReceived,
)
from inventory.stock.release_checks import AddReleaseCheck, OfferReleaseCheck
from inventory.stock.release_queue import Lack
from inventory.stock.releasing import (
    AnswerChecks,
    CheckAnswer,
    DisposeOfRejected,
    RejectLine,
    ReleaseLine,
)
from inventory.units import EVERYTHING, ORGANISATION
from models.evidence import Signature
from models.stock import DeliveryLine
from models.vocabulary import (
    AttachmentKind,
    CheckOutcome,
    FileType,
    HoldKind,
    IngredientClass,
    MovePurpose,
    RegulatoryClass,
    RejectedGoes,
    ReleaseVerdict,
    SignatureMeaning,
    WasteReason,
)

CERTIFICATE = CheckedFile("certificate.pdf", FileType.PDF, b"%PDF-1.7\n%%EOF\n")


@pytest.fixture
def responsible(do, clinic, administrator, actor, clock):
    """The pharmacist, who is the responsible person from today on."""
    command = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, clock.at.date(), None)
    do(administrator, memberships.make_responsible, command, scope=ORGANISATION)
    return actor("paula")


@pytest.fixture
def ask(do, administrator):
    """A question on the checklist; its number."""

    def add(question="Undamaged?", **more):
        return do(administrator, release_checks.add_check, AddReleaseCheck(question, **more), scope=ORGANISATION)

    return add


@pytest.fixture
def receive(do, read, change_site, clinic, assistant, supplier_id, product_id):
    """A delivery that waits for release, received by the assistant; the number of its line."""
    change_site(holds_incoming=True)

    def make(lot_number="NEW-1", count=3, *, by=None, **more):
        line = receiving.ReceiveLine(more.pop("product_id", product_id), lot_number, date(2032, 1, 31), count, **more)
        command = receiving.ReceiveDelivery(supplier_id, "DN 9", clinic.places.storage, (line,))
        do(by or assistant, receiving.receive_delivery, command)
        return read(lambda session: session.scalars(select(DeliveryLine.id).order_by(DeliveryLine.id.desc())).first())

    return make


@pytest.fixture
def whole(read):
    """What a check of the records finds, but for the site that the test changed behind the chain."""

    def check():
        found = [problem for invariant in invariants.INVARIANTS for problem in read(invariant)]
        return [problem for problem in found if problem.table != "site"]

    return check


@pytest.fixture
def facts(read, pharmacist):
    return lambda line_id: read(release_queue.release_line_facts, actor=pharmacist, line_id=line_id)


@pytest.fixture
def answer(do, assistant):
    def give(line_id, check_id, outcome=CheckOutcome.PASSED, note=None, *, by=None):
        command = AnswerChecks(line_id, (CheckAnswer(check_id, outcome, note),))
        return do(by or assistant, releasing.answer_checks, command)

    return give


@pytest.fixture
def certify(do, assistant):
    def attach(record_kind, record_id):
        command = attachments.Attach(record_kind, record_id, CERTIFICATE, AttachmentKind.CERTIFICATE)
        return do(assistant, attachments.attach, command)

    return attach


@pytest.fixture
def release(do, responsible, signed):
    def sign(line_id, *, by=None, signed_by="paula", **more):
        return do(by or responsible, releasing.release_line, ReleaseLine(line_id, signed(signed_by), **more))

    return sign


@pytest.fixture
def reject(do, responsible):
    def decide(line_id, goes=RejectedGoes.BACK, reason="broken seals", *, by=None, **more):
        return do(by or responsible, releasing.reject_line, RejectLine(line_id, reason, goes, **more))

    return decide


def _open(do, assistant, code):
    do(assistant, containers.open_container, containers.OpenContainer(code))


# The checklist


def test_a_question_is_asked_of_everything_or_of_a_class(ask, receive, facts, make_product, product_id):
    everything = ask()
    medicine = ask("Leaflet?", regulatory_class=RegulatoryClass.MEDICINE_AUTHORISED)
    ask("Mark?", regulatory_class=RegulatoryClass.DEVICE_III)
    toxin = ask("Cold?", ingredient_class=IngredientClass.TOXIN)
    other = make_product("Toxin", ingredient_class=IngredientClass.TOXIN, regulatory_class=RegulatoryClass.COSMETIC)
    assert [check.id for check in facts(receive()).checks] == [everything, medicine]
    assert [check.id for check in facts(receive("T1", product_id=other)).checks] == [everything, toxin]


def test_a_hidden_question_is_asked_no_more_and_its_answers_stay(ask, receive, facts, answer, do, administrator):
    kept, hidden, unanswered = ask("A?"), ask("B?"), ask("C?")
    line = receive()
    answer(line, hidden, CheckOutcome.FAILED, "no")
    for check in (hidden, unanswered):
        do(administrator, release_checks.offer_check, OfferReleaseCheck(check, is_active=False), scope=ORGANISATION)
    found = facts(line)
    assert [(check.id, check.lack) for check in found.checks] == [(kept, Lack.ANSWER), (hidden, Lack.PASS)]


def test_the_latest_answer_counts_and_each_is_kept(ask, receive, facts, answer, clock, read, whole):
    check, line = ask(), receive()
    assert facts(line).checks[0].lack is Lack.ANSWER
    answer(line, check, CheckOutcome.FAILED, "one is cloudy")
    (state,) = facts(line).checks
    assert (state.lack, state.outcome, state.note) == (Lack.PASS, CheckOutcome.FAILED, "one is cloudy")
    answer(line, check)
    (state,) = facts(line).checks
    assert (state.lack, state.answered_by, state.answered_at) == (None, "Anna Assistant", clock.at)
    answer(line, check, CheckOutcome.NOT_APPLICABLE, "a sample")
    assert facts(line).checks[0].lack is None
    assert whole() == []


@pytest.mark.parametrize("record_kind", ["lot", "delivery", "delivery_line"])
def test_a_certificate_counts_wherever_it_is_attached_until_it_is_withdrawn(
    record_kind, ask, receive, facts, answer, certify, do, pharmacist
):
    check, line = ask("Certificate?", needs_certificate=True), receive()
    answer(line, check)
    assert facts(line).checks[0].lack is Lack.CERTIFICATE
    found = facts(line)
    ids = {"lot": found.lot_id, "delivery": found.delivery_id, "delivery_line": line}
    attachment_id = certify(record_kind, ids[record_kind])
    assert facts(line).is_ready
    assert (
        f"Certificate certificate.pdf, SHA-256 {hashlib.sha256(CERTIFICATE.content).hexdigest()}." in facts(line).text
    )
    withdrawn = attachments.WithdrawAttachment(attachment_id, "another lot's")
    do(pharmacist, attachments.withdraw_attachment, withdrawn)
    assert facts(line).checks[0].lack is Lack.CERTIFICATE


def test_what_did_not_pass_says_why_and_only_what_is_asked_is_answered(ask, receive, answer, refused, auditor):
    check, line = ask(), receive()
    strange = ask("Mark?", regulatory_class=RegulatoryClass.DEVICE_III)
    with refused(ReasonMissing):
        answer(line, check, CheckOutcome.FAILED)
    with refused(CheckNotAsked, check_id=strange):
        answer(line, strange)
    with refused(NotAllowed, permission="receive_stock"):
        answer(line, check, by=auditor)


def test_a_stranger_neither_sees_nor_decides(ask, receive, answer, refused, stranger, read, reject):
    check, line = ask(), receive()
    assert read(release_queue.waiting_lines, site_id=stranger.site_id) == []
    with refused(RecordNotFound):
        read(release_queue.release_line_facts, actor=stranger, line_id=line)
    with refused(RecordNotFound):
        answer(line, check, by=stranger)


# Release


def test_what_is_complete_is_released_by_signature_and_can_be_used(
    ask, receive, facts, answer, release, do, assistant, refused, look, read, clock, whole
):
    check, line = ask(), receive()
    codes = facts(line).free
    with refused(ContainerHeld):
        _open(do, assistant, codes[0])
    answer(line, check)
    text = facts(line).text

    decision_id = release(line, note="fine")

    found = facts(line)
    assert (found.free, found.waiting) == ((), 0)
    (decided,) = found.decisions
    assert (decided.id, decided.verdict, decided.containers) == (decision_id, ReleaseVerdict.RELEASED, 3)
    assert (decided.signed_text, decided.reason, decided.decided_at) == (text, "fine", clock.at)
    signature = read(lambda session: session.scalars(select(Signature)).one())
    assert (signature.meaning, signature.record_kind, signature.record_id) == (
        SignatureMeaning.RELEASED,
        "delivery_line",
        line,
    )
    assert "Undamaged? Passed, Anna Assistant" in signature.text
    assert all(code in signature.text for code in codes)
    assert [look(code).causes for code in codes] == [()] * 3
    _open(do, assistant, codes[0])
    assert whole() == []


def test_without_any_question_it_is_still_released_by_signature(receive, facts, release):
    line = receive()
    assert facts(line).is_ready
    release(line)
    assert "No question is on the list for it." in facts(line).decisions[0].signed_text


def test_what_lacks_something_is_not_released(ask, receive, answer, release, refused):
    ask("Certificate?", needs_certificate=True)
    check, line = ask(), receive()
    lacking = ("Certificate? (no certificate attached)", "Undamaged? (not answered)")
    with refused(ReleaseLacks, lot_number="NEW-1", lacking=lacking):
        release(line)
    answer(line, check, CheckOutcome.FAILED, "cloudy")
    with refused(ReleaseLacks, lacking=(lacking[0], "Undamaged? (not passed)")):
        release(line)


def test_the_damaged_ones_stay_until_their_own_block_is_lifted(receive, facts, release, do, pharmacist, look, refused):
    line = receive(damaged=1)
    found = facts(line)
    (damaged,) = found.aside
    assert len(found.free) == 2
    release(line)
    assert look(damaged).causes == ("waiting for release", "damaged on arrival")
    with refused(NothingToRelease):
        release(line)

    hold_id = _hold_id(do, pharmacist, damaged, "damaged on arrival")
    do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "only the box"))
    release(line)
    assert look(damaged).causes == ()
    assert [decided.containers for decided in facts(line).decisions] == [2, 1]


def _hold_id(do, pharmacist, code, cause):
    from models.stock import Container, Hold  # noqa: PLC0415

    query = select(Hold.id).join(Container, Container.id == Hold.container_id)
    query = query.where(Container.code == code, Hold.cause == cause)
    return do(pharmacist, lambda session, _act: session.scalars(query).one())


def test_only_the_responsible_person_decides_and_signs_for_themselves(
    receive, release, reject, do, pharmacist, assistant, responsible, refused, signed
):
    line = receive()
    for person in (assistant, pharmacist):  # the pharmacist as they stood before
        with refused(NotAllowed, permission="responsible_person"):
            release(line, by=person)
        with refused(NotAllowed, permission="responsible_person"):
            reject(line, by=person)
    with refused(WrongSigner):
        release(line, signed_by="peter")
    with refused(NotSigned):
        do(responsible, releasing.release_line, ReleaseLine(line, None))


def test_responsibility_ends_with_its_last_day(receive, refused, actor, do, administrator, clinic, clock, signed):
    today = clock.at.date()
    command = memberships.MakeResponsible(clinic.user_ids["peter"], clinic.site_id, today, today)
    do(administrator, memberships.make_responsible, command, scope=ORGANISATION)
    line = receive()
    clock.pass_time(timedelta(days=1))
    with refused(NotAllowed, permission="responsible_person"):
        do(actor("peter"), releasing.release_line, ReleaseLine(line, signed("peter")))


def test_nobody_signs_another_text_than_they_read(ask, receive, facts, answer, release, refused, do, pharmacist):
    check, line = ask(), receive()
    answer(line, check)
    read_before = facts(line).version
    do(pharmacist, containers.discard, containers.DiscardContainer(facts(line).free[0], WasteReason.BROKEN))
    with refused(ReleaseChanged):
        release(line, version=read_before)
    release(line, version=facts(line).version)


def test_where_two_are_asked_for_who_received_does_not_release(
    receive, release, refused, change_site, pharmacist, facts
):
    line = receive(by=pharmacist)
    change_site(demands_second_person=True)
    with refused(ReleaserReceived):
        release(line)
    with refused(ReleaserReceived):
        release(line, single_handed_reason="alone today")
    change_site(is_single_handed=True)
    with refused(ReleaserReceived):
        release(line)
    release(line, single_handed_reason="alone today")
    (decided,) = facts(line).decisions
    assert decided.is_single_handed


def test_what_waits_is_not_lifted_like_another_hold(receive, facts, do, pharmacist, refused):
    line = receive()
    hold_id = _hold_id(do, pharmacist, facts(line).free[0], "waiting for release")
    with refused(ReleasedBySignature):
        do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "in a hurry"))
    with refused(ReleasedBySignature):
        do(pharmacist, releasing.lift_together, releasing.LiftTogether(hold_id, "in a hurry"))


# Rejection


def test_what_is_rejected_stays_blocked_until_it_is_returned(
    receive, facts, reject, release, do, pharmacist, look, read, refused, moves_of, whole
):
    line = receive()
    codes = facts(line).free
    decision_id = reject(line)
    assert facts(line).rejected == codes
    assert look(codes[0]).causes == ("waiting for release", "rejected: broken seals")
    with refused(NothingToRelease):
        release(line)
    with refused(NothingToRelease):
        reject(line)
    assert [found.rejected for found in read(release_queue.waiting_lines, site_id=pharmacist.site_id)] == [codes]

    entry_id = do(pharmacist, releasing.return_rejected, DisposeOfRejected(decision_id))

    assert [move.purpose for move in moves_of(entry_id)] == [MovePurpose.RETURNED] * 3
    assert [look(code).remaining for code in codes] == [0, 0, 0]
    assert look(codes[0]).causes == ("waiting for release", "rejected: broken seals")
    assert read(release_queue.waiting_lines, site_id=pharmacist.site_id) == []
    assert read(holds.active_holds, site_id=pharmacist.site_id) == []
    assert facts(line).decisions[0].still_here == 0
    with refused(NothingToRelease):
        do(pharmacist, releasing.return_rejected, DisposeOfRejected(decision_id))
    assert whole() == []


def test_only_what_is_damaged_is_rejected_and_the_rest_released(receive, facts, reject, release, do, pharmacist, look):
    line = receive(damaged=1)
    (damaged,), free = facts(line).aside, facts(line).free
    decision_id = reject(line, RejectedGoes.DESTRUCTION, only_aside=True)
    assert (facts(line).rejected, facts(line).free) == ((damaged,), free)
    release(line)
    entry = do(pharmacist, releasing.destroy_rejected, DisposeOfRejected(decision_id, "handed over"))
    assert entry
    assert (look(damaged).closed_why, look(free[0]).causes) == (MovePurpose.DESTROYED, ())


def test_evidence_is_not_disposed_of(receive, facts, reject, do, pharmacist, refused):
    line = receive()
    kept = facts(line).free[0]
    decision_id = reject(line)
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EVIDENCE, "police", container_code=kept))
    with refused(HeldAsEvidence):
        do(pharmacist, releasing.destroy_rejected, DisposeOfRejected(decision_id))


def test_a_rejection_is_taken_back_only_by_who_decides(
    receive, facts, reject, release, do, pharmacist, responsible, refused
):
    line = receive(count=1)
    (code,) = facts(line).free
    reject(line)
    hold_id = _hold_id(do, pharmacist, code, "rejected: broken seals")
    with refused(NotAllowed, permission="responsible_person"):
        do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "it was fine"))
    do(responsible, holds.lift_hold, holds.LiftHold(hold_id, "it was fine"))
    assert facts(line).free == (code,)
    release(line)


def test_a_rejection_says_why_and_is_of_this_site(receive, reject, refused, do, stranger, pharmacist, release):
    line = receive()
    with refused(ReasonMissing):
        reject(line, reason=" ")
    decision_id = reject(line)
    with refused(RecordNotFound):
        do(stranger, releasing.return_rejected, DisposeOfRejected(decision_id))
    with refused(RecordNotFound, kind="rejection"):
        do(pharmacist, releasing.return_rejected, DisposeOfRejected(999))


# The queue as a whole


def test_a_lot_that_was_corrected_is_released_under_its_right_number(receive, facts, release, do, pharmacist, signed):
    line = receive()
    command = lots.CorrectLot(facts(line).lot_id, "NEW-7", date(2032, 1, 31), "read wrong", signed("paula"))
    do(pharmacist, lots.correct_lot, command, scope=EVERYTHING)
    assert facts(line).lot_number == "NEW-7"
    release(line)
    assert "lot NEW-7, expiring 2032-01-31." in facts(line).decisions[0].signed_text


def test_the_queue_takes_as_many_statements_whatever_waits(ask, receive, certify, answer, read, pharmacist, database):
    check = ask("Certificate?", needs_certificate=True)

    def statements() -> int:
        sent: list[str] = []

        def count(_connection, _cursor, statement, *_):
            sent.append(statement)

        event.listen(database.reading_engine, "before_cursor_execute", count)
        try:
            read(release_queue.waiting_lines, site_id=pharmacist.site_id)
        finally:
            event.remove(database.reading_engine, "before_cursor_execute", count)
        return len(sent)

    counts = []
    for number in range(3):
        for part in range(2):
            line = receive(f"N-{number}-{part}", count=4, damaged=1)
            certify("delivery_line", line)
            answer(line, check)
        counts.append(statements())
    assert counts == [counts[0]] * 3
