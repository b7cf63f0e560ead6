"""What was altered behind the application is found, with the first number where it was.

The intruder has the rights of the tables' owner and takes the guards away first. An export was kept
elsewhere before.
"""

import json
from datetime import date
from decimal import Decimal

import pytest

from inventory.care import patients
from inventory.evidence import access_log, audit
from inventory.evidence.audit import FIRST_HASH, entry_hash
from inventory.evidence.checkpoints import export_checkpoint, take_checkpoint
from inventory.evidence.verifying import verify
from inventory.stock import containers
from inventory.units import EVERYTHING, ORGANISATION
from models.stock import Container
from models.vocabulary import WasteReason

HARBOUR = 1  # the chain of the first site


@pytest.fixture
def export(units, history, clock):
    with units.reading() as session:
        return json.loads(json.dumps(export_checkpoint(session, exported_at=clock.at)))


@pytest.fixture
def verified(units):
    def run(export=None):
        with units.reading() as session:
            return verify(session, export)

    return run


@pytest.fixture
def body_of(intruder):
    def read(chain, seq):
        rows = intruder.do("SELECT body FROM audit_entry WHERE chain_id = :c AND seq = :s", c=chain, s=seq)
        return rows[0].body

    return read


@pytest.fixture
def entry_about(intruder):
    """The number of the first or last entry whose body holds a text."""

    def find(text, chain=HARBOUR, *, last=False):
        rows = intruder.do(
            "SELECT seq FROM audit_entry WHERE chain_id = :c AND body LIKE :text ORDER BY seq",
            c=chain,
            text=f"%{text}%",
        )
        return rows[-1 if last else 0].seq

    return find


def places(problems):
    return [(problem.chain, problem.seq) for problem in problems]


def rows(problems):
    return [(problem.table, problem.key) for problem in problems]


def test_untouched_records_verify(verified, history, export):
    assert verified() == []
    assert verified(export) == []


def test_records_go_on_after_an_export(verified, history, export, do, pharmacist):
    command = containers.DiscardContainer(history.vial_codes[0], WasteReason.TRAINING, Decimal(1))
    do(pharmacist, containers.discard, command)
    assert verified(export) == []


# The six alterations


def test_an_edited_body(verified, history, export, intruder, body_of):
    body = body_of(HARBOUR, 3)
    assert "Cloudy" in body
    intruder.do(
        "UPDATE audit_entry SET body = :body WHERE chain_id = 1 AND seq = 3", body=body.replace("Cloudy", "Clear")
    )
    for problems in (verified(), verified(export)):
        assert places(problems)[0] == (HARBOUR, 3)
        assert "hash" in problems[0].sentence


def test_a_deleted_entry(verified, history, export, intruder):
    intruder.do(
        "DELETE FROM audit_subject WHERE entry_id = (SELECT id FROM audit_entry WHERE chain_id = 1 AND seq = 5)"
    )
    intruder.do("DELETE FROM audit_entry WHERE chain_id = 1 AND seq = 5")
    for problems in (verified(), verified(export)):
        assert places(problems)[0] == (HARBOUR, 5)
        assert problems[0].sentence == "Entry 5 is missing."


def test_several_deleted_entries_are_one_gap(verified, history, intruder):
    intruder.do(
        "DELETE FROM audit_subject WHERE entry_id IN (SELECT id FROM audit_entry WHERE chain_id = 1 AND seq IN (5, 6))"
    )
    intruder.do("DELETE FROM audit_entry WHERE chain_id = 1 AND seq IN (5, 6)")
    assert verified()[0].sentence == "Entries 5 to 6 are missing."


def test_two_entries_swapped_by_their_bodies(verified, history, export, intruder, body_of):
    third, fourth = body_of(HARBOUR, 3), body_of(HARBOUR, 4)
    intruder.do("UPDATE audit_entry SET body = :body WHERE chain_id = 1 AND seq = 3", body=fourth)
    intruder.do("UPDATE audit_entry SET body = :body WHERE chain_id = 1 AND seq = 4", body=third)
    for problems in (verified(), verified(export)):
        assert places(problems)[0] == (HARBOUR, 3)


def test_two_entries_swapped_by_their_numbers(verified, history, export, intruder):
    for before, after in ((3, 1000), (4, 3), (1000, 4)):
        intruder.do(
            "UPDATE audit_entry SET seq = :after WHERE chain_id = 1 AND seq = :before", before=before, after=after
        )
    for problems in (verified(), verified(export)):
        assert places(problems)[0] == (HARBOUR, 3)
        assert any("written before" in problem.sentence for problem in problems)


@pytest.fixture
def cut_tail(intruder):
    """Takes the last entries of a chain away and sets its head to what is left."""

    def cut(chain, left):
        intruder.do("DELETE FROM audit_checkpoint WHERE chain_id = :c AND seq > :left", c=chain, left=left)
        intruder.do(
            "DELETE FROM audit_subject WHERE entry_id IN"
            " (SELECT id FROM audit_entry WHERE chain_id = :c AND seq > :left)",
            c=chain,
            left=left,
        )
        intruder.do("DELETE FROM audit_entry WHERE chain_id = :c AND seq > :left", c=chain, left=left)
        (row,) = intruder.do("SELECT hash FROM audit_entry WHERE chain_id = :c AND seq = :left", c=chain, left=left)
        intruder.do("UPDATE audit_chain SET seq = :left, hash = :hash WHERE id = :c", c=chain, left=left, hash=row.hash)

    return cut


def test_a_cut_tail(verified, history, export, intruder, cut_tail):
    (head,) = intruder.do("SELECT seq FROM audit_chain WHERE id = 1")
    cut_tail(HARBOUR, head.seq - 2)
    problems = verified(export)
    assert places(problems)[0] == (HARBOUR, head.seq - 1)
    assert problems[0].sentence == f"Entries {head.seq - 1} to {head.seq} are missing. The export has them."
    # What the cut entries had written stands there without an entry.
    assert ("stock_entry", None) in [(table, None) for table, _ in rows(verified())]


def test_a_cut_tail_that_changed_no_row_is_seen_only_by_the_export(verified, history, export, intruder, cut_tail):
    # The last entry of the second site is the echo of the checkpoint, told whole in chain 0.
    (head,) = intruder.do("SELECT seq FROM audit_chain WHERE id = 2")
    cut_tail(2, head.seq - 1)
    assert verified() == []
    assert places(verified(export)) == [(2, head.seq)]


def test_an_entry_edited_and_hashed_anew_to_the_end(verified, history, export, intruder, body_of):
    intruder.do(
        "UPDATE audit_entry SET body = :body WHERE chain_id = 1 AND seq = 4",
        body=body_of(HARBOUR, 4).replace("Paula Pharmacist", "Peter Practitioner"),
    )
    intruder.hash_anew(HARBOUR, 4)
    assert verified() == []  # such a chain fits itself and the tables
    problems = verified(export)
    assert places(problems) == [(HARBOUR, 4)]
    assert "exported" in problems[0].sentence


def test_a_replaced_beginning(verified, history, export, intruder, body_of):
    intruder.do(
        "UPDATE audit_entry SET body = :body WHERE chain_id = 0 AND seq = 1",
        body=body_of(0, 1).replace("installation set up", "installation made"),
    )
    intruder.do("UPDATE audit_entry SET action = 'installation made; site added; person added' WHERE id = 1")
    intruder.hash_anew(0, 1)
    assert places(verified(export))[0] == (0, 1)


def _millionths(intruder, amount):
    return int(Decimal(amount) * 10**6) if intruder.engine.dialect.name == "sqlite" else Decimal(amount)


ALTERATIONS = [  # each alters another row; what the entry says that last recorded it
    ("UPDATE stock_move SET amount = :two WHERE purpose = 'administered'", None, '"action":"administered"'),
    ("UPDATE stock_entry SET reason = 'None' WHERE purpose = 'moved'", None, "container moved"),
    ("DELETE FROM compounding_component WHERE position = 2", "compounding_component", "preparation made"),
    ("UPDATE delivery_line SET raw_scan = '010'", None, "delivery received"),
    ("UPDATE container SET code = 'C0000000000' WHERE id = 1", "container", "delivery received"),
    ("UPDATE container SET content = :two WHERE id = 5", "container", "delivery received"),
    ("UPDATE container SET kept_for_patient_id = 1 WHERE id = 2", "container", "delivery received"),
    ("UPDATE lot SET lot_number = 'LOT-X' WHERE id = 2", "lot", "delivery received"),
    ("UPDATE hold SET cause = 'None at all'", "hold", "hold placed"),
    ("UPDATE hold SET lift_reason = 'Because'", "hold", "hold lifted"),
    ("UPDATE treatment_session SET ended_at = started_at", "treatment_session", "session ended"),
    ("UPDATE compounding_record SET yield_amount = :two", "compounding_record", "preparation made"),
]


def test_only_rows_of_the_business_changed(verified, history, export, intruder, entry_about):
    two = 2_000_000 if intruder.engine.dialect.name == "sqlite" else Decimal(2)
    for statement, _, _ in ALTERATIONS:
        intruder.do(statement, **({"two": two} if ":two" in statement else {}))
    for problems in (verified(), verified(export)):
        found = {(problem.chain, problem.seq, problem.table) for problem in problems}
        assert found >= {(HARBOUR, entry_about(said), table) for _, table, said in ALTERATIONS if table}
        sentences = {problem.sentence for problem in problems if problem.table is None}
        for table in ("stock_move", "stock_entry", "delivery_line"):
            assert any("not what was recorded: " in said and table in said for said in sentences)


def test_a_row_of_the_organisation_changed(verified, history, intruder, entry_about):
    intruder.do("UPDATE product SET name = 'Vitamin C 20 %' WHERE name = 'Vitamin C 10 %'")
    (problem,) = verified()
    assert (problem.chain, problem.seq) == (0, entry_about("catalogue filled", 0))
    assert problem.sentence == "name is 'Vitamin C 20 %'; recorded was 'Vitamin C 10 %'."


# Further alterations


def test_a_row_that_no_entry_made(verified, history, intruder):
    intruder.do("INSERT INTO supplier (name, is_active, version) VALUES ('Nobody', true, 1)")
    (problem,) = verified()
    assert problem.sentence == "No audit entry made this row."
    assert (problem.chain, problem.table) == (None, "supplier")


def test_what_was_emptied_is_missed(verified, history, intruder):
    intruder.do("UPDATE container SET opened_at = NULL, discard_at = NULL WHERE id = 1")
    problems = verified()
    assert rows(problems) == [("container", "1")] * 2
    assert {problem.sentence.split()[0] for problem in problems} == {"opened_at", "discard_at"}


def test_a_change_that_was_overwritten_since_is_found_by_the_entry_that_came_upon_it(
    verified, history, intruder, do, pharmacist
):
    intruder.do("UPDATE container SET opened_at = received_at WHERE id = 1")
    do(pharmacist, _say_again_when_it_was_opened)
    (problem,) = [problem for problem in verified() if "before this one" in problem.sentence]
    assert problem.key == "1"


def _say_again_when_it_was_opened(session, act):
    container = session.get_one(Container, 1)
    container.opened_at = act.now
    container.discard_at = act.now
    audit.record(session, act, "opening said again", container)


def test_a_column_of_an_entry_edited(verified, history, intruder):
    intruder.do("UPDATE audit_entry SET action = 'nothing' WHERE chain_id = 1 AND seq = 4")
    (problem,) = verified()
    assert (problem.chain, problem.seq, problem.sentence) == (HARBOUR, 4, "Its action differs from its body.")


def test_the_person_of_an_entry_edited(verified, history, intruder):
    intruder.do("UPDATE audit_entry SET user_id = NULL WHERE chain_id = 1 AND seq = 4")
    (problem,) = verified()
    assert problem.sentence == "Its user differs from its body."


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_subject WHERE kind = 'hold'",
        "UPDATE audit_subject SET record_id = 99 WHERE kind = 'hold'",
        "UPDATE audit_subject SET kind = 'lot' WHERE kind = 'hold'",
    ],
)
def test_an_entry_taken_out_of_a_records_history(verified, history, intruder, entry_about, statement):
    intruder.do(statement)
    problems = verified()
    assert {problem.sentence for problem in problems} == {"It is not about the records it was about."}
    assert places(problems)[0] == (HARBOUR, entry_about("hold placed"))


def test_a_head_set_back(verified, history, intruder):
    intruder.do("UPDATE audit_chain SET seq = seq - 1 WHERE id = 1")
    (problem,) = verified()
    assert "head" in problem.sentence


def test_the_head_of_a_chain_hashed_otherwise(verified, history, intruder):
    intruder.do("UPDATE audit_chain SET hash = :hash WHERE id = 1", hash=FIRST_HASH)
    (problem,) = verified()
    assert problem.sentence == "The head of the chain has another hash than the last entry."


def test_a_checkpoint_in_the_database_edited(verified, history, intruder):
    intruder.do("UPDATE audit_checkpoint SET hash = :hash WHERE chain_id = 1", hash=FIRST_HASH)
    (problem,) = verified()
    assert "checkpoint" in problem.sentence


def test_the_access_log_edited(verified, units, history, intruder, do, practitioner, administrator):
    for page in ("patient 1", "session 1"):
        access_log.log_access(units, practitioner, page, 1)
    do(administrator, take_checkpoint, scope=EVERYTHING)
    access_log.log_access(units, practitioner, "patient 1", 1)
    do(administrator, take_checkpoint, scope=EVERYTHING)
    assert verified() == []
    intruder.do("DELETE FROM access_log WHERE id = 1")
    (problem,) = verified()
    assert problem.sentence == "The access log from row 1 to 2 is not what the checkpoint recorded."
    assert (problem.chain, problem.seq) == (0, history.checkpointed_at + 2)


def test_a_hostile_body_is_a_problem_and_no_error(verified, history, intruder):
    intruder.do('UPDATE audit_entry SET body = \'{"made": {"lot": {"1": 5}}}\' WHERE chain_id = 1 AND seq = 4')
    intruder.hash_anew(HARBOUR, 4)
    problems = verified()
    assert places(problems)[0] == (HARBOUR, 4)
    assert problems[0].sentence == "Its body cannot be read: made of lot is not as it is written."


def test_a_forged_entry_that_makes_a_row_twice(verified, history, intruder, body_of):
    (head,) = intruder.do("SELECT seq, hash, at FROM audit_chain WHERE id = 1")
    body = json.loads(body_of(HARBOUR, 1)) | {"seq": head.seq + 1}
    text = json.dumps(body)
    hashed = entry_hash(bytes(head.hash), text)
    intruder.do(
        "INSERT INTO audit_entry (chain_id, seq, at, user_id, action, body, hash)"
        " SELECT chain_id, :seq, at, user_id, action, :body, :hash FROM audit_entry WHERE chain_id = 1 AND seq = 1",
        seq=head.seq + 1,
        body=text,
        hash=hashed,
    )
    intruder.do("UPDATE audit_chain SET seq = :seq, hash = :hash WHERE id = 1", seq=head.seq + 1, hash=hashed)
    assert "The row was made twice." in {problem.sentence for problem in verified()}


# Identity and secrets


def test_an_altered_name_of_a_patient_is_found_and_not_shown(verified, history, intruder, entry_about):
    intruder.do("UPDATE patient_identity_version SET full_name = 'Erika Muster'")
    (problem,) = verified()
    assert problem.sentence == "full_name is not what was recorded."
    assert (problem.chain, problem.seq) == (0, entry_about("patient registered", 0))


def test_a_patients_key_taken_away(verified, history, intruder):
    intruder.do("DELETE FROM patient_key")
    assert "full_name is there, but the patient's key is gone." in [problem.sentence for problem in verified()]


def test_erasing_an_identity_leaves_everything_verifying(verified, history, export, do, administrator, intruder):
    command = patients.EraseIdentity(history.patient_reference, "At the patient's wish")
    do(administrator, patients.erase_identity, command, scope=ORGANISATION)
    assert verified(export) == []
    bodies = " ".join(row.body for row in intruder.do("SELECT body FROM audit_entry"))
    for word in ("Maria", "Muster", "maria@example.org", "1980-02-29", "C-77"):
        assert word not in bodies
    assert not intruder.do("SELECT 1 FROM patient_key")


def test_an_erased_identity_put_back_is_found(verified, history, do, administrator, intruder):
    command = patients.EraseIdentity(history.patient_reference, "At the patient's wish")
    do(administrator, patients.erase_identity, command, scope=ORGANISATION)
    intruder.do(
        "INSERT INTO patient_identity_version (patient_id, version, full_name, recorded_at)"
        " SELECT id, 1, 'Maria Muster', erased_at FROM patient"
    )
    assert [problem.sentence for problem in verified()] == ["No audit entry made this row."]


def test_a_password_taken_away_is_found(verified, history, intruder):
    intruder.do("UPDATE user_account SET password_hash = NULL WHERE sign_in_name = 'paula'")
    (problem,) = verified()
    assert problem.sentence == "password_hash is not what was recorded."


def test_an_identity_changed_in_the_application_verifies(verified, history, do, practitioner):
    identity = patients.Identity("Maria Meier", date(1980, 2, 29))
    command = patients.ChangeIdentity(history.patient_reference, identity, 1)
    do(practitioner, patients.change_identity, command, scope=ORGANISATION)
    assert verified() == []
