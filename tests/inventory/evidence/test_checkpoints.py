"""Checkpoints leave the machine; a file that is not whole is refused in words."""

import copy
import json

import pytest
from sqlalchemy import select

from inventory.errors import NotAllowed
from inventory.evidence.access_log import log_access
from inventory.evidence.canonical import canonical
from inventory.evidence.checkpoints import (
    ChainIncomplete,
    ExportUnreadable,
    _digest,
    checked_export,
    export_checkpoint,
    read_export,
    take_checkpoint,
)
from inventory.evidence.verifying import verify
from inventory.units import EVERYTHING
from models.evidence import AuditCheckpoint, AuditEntry


@pytest.fixture
def export(units, history, clock):
    with units.reading() as session:
        return export_checkpoint(session, exported_at=clock.at)


def test_a_checkpoint_holds_each_head_as_it_was_before(units, history, administrator, practitioner):
    row = log_access(units, practitioner, "patient 1", 1)
    heads = {}

    def take(session, act):
        taken = take_checkpoint(session, act)
        heads.update({each.chain_id: (each.seq, each.hash) for each in taken})
        return taken[0].access_log_hash

    digest = units.run(administrator, EVERYTHING, take)
    with units.reading() as session:
        assert sorted(heads) == [0, 1, 2]
        for chain, (seq, found) in heads.items():
            entry = select(AuditEntry).where(AuditEntry.chain_id == chain)
            assert session.scalars(entry.where(AuditEntry.seq == seq)).one().hash == found
            last = session.scalars(entry.order_by(AuditEntry.seq.desc()).limit(1)).one()
            assert last.seq == seq + 1
            assert last.action == "checkpoint taken"
        told = session.scalars(select(AuditEntry.body).where(AuditEntry.chain_id == 0)).all()[-1]
        assert json.loads(told)["facts"] == {"access_log_id": row, "access_log_digest": digest.hex()}


def test_a_second_checkpoint_goes_on_from_the_first(units, history, administrator, practitioner):
    log_access(units, practitioner, "patient 1", 1)
    for _ in range(2):
        units.run(administrator, EVERYTHING, lambda session, act: len(take_checkpoint(session, act)))
    with units.reading() as session:
        digests = session.scalars(select(AuditCheckpoint.access_log_hash).order_by(AuditCheckpoint.id)).all()
        assert len(set(digests)) == 3  # also a checkpoint without new rows moves the digest on
        assert verify(session, None) == []


def test_taking_one_needs_permission(units, history, pharmacist):
    with pytest.raises(NotAllowed):
        units.run(pharmacist, EVERYTHING, take_checkpoint)


def test_an_export_has_every_hash_and_no_person(units, history, export):
    assert export["installation"] == "Clinic of the Harbour"
    assert [chain["chain"] for chain in export["chains"]] == [0, 1, 2]
    with units.reading() as session:
        for chain in export["chains"]:
            query = select(AuditEntry.hash).where(AuditEntry.chain_id == chain["chain"]).order_by(AuditEntry.seq)
            hashes = [found.hex() for found in session.scalars(query)]
            assert chain["seq"] == len(hashes)
            assert chain["hash"] == hashes[-1]
            assert chain["trail"] == "".join(found[:16] for found in hashes)
    text = json.dumps(export)
    for word in ("Muster", "Paula", "maria", history.patient_reference):
        assert word not in text


def test_a_broken_chain_is_not_exported(units, history, intruder, clock):
    intruder.do("UPDATE audit_chain SET seq = seq + 1 WHERE id = 1")
    with units.reading() as session, pytest.raises(ChainIncomplete) as refused:
        export_checkpoint(session, exported_at=clock.at)
    assert refused.value.chain == 1


def test_an_export_is_read_back_from_its_file(export):
    content = json.dumps(export, indent=2).encode()
    assert checked_export(read_export(content)).chains[2].seq == export["chains"][2]["seq"]


def test_a_file_cut_anywhere_is_refused(export):
    content = canonical(export).encode()
    for length in range(0, len(content), 97):
        with pytest.raises(ExportUnreadable) as refused:
            read_export(content[:length])
        assert "not a whole checkpoint export" in refused.value.what


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"{}",
        b"[" * 100_000,
        b'{"format": "vialtrace-checkpoint"}',
    ],
)
def test_another_file_is_refused(content):
    with pytest.raises(ExportUnreadable):
        read_export(content)


def _garbled(document):
    yield {**document, "chains": [{**document["chains"][0], "seq": 1}]}
    yield {**document, "chains": [{**document["chains"][0], "hash": "0" * 64}]}
    yield {**document, "installation": "Another clinic"}
    yield {name: value for name, value in document.items() if name != "digest"}
    yield {**document, "version": 2}


def test_a_garbled_file_is_refused(export):
    for document in _garbled(export):
        content = json.dumps(document).encode()
        with pytest.raises(ExportUnreadable):
            read_export(content)


def test_a_document_of_another_shape_is_refused_even_with_a_digest(export):
    chain = export["chains"][1]
    shapes = [
        {"exported_at": "\x1b[2J"},
        {"exported_at": 5},
        {"chains": 5},
        {"chains": [5]},
        {"chains": [{}]},
        {"chains": [{**chain, "seq": True}]},
        {"chains": [{**chain, "seq": -1}]},
        {"chains": [{**chain, "chain": "1"}]},
        {"chains": [{**chain, "hash": 5}]},
        {"chains": [{**chain, "hash": "zz"}]},
        {"chains": [{**chain, "trail": chain["trail"][:-1]}]},
        {"chains": [{**chain, "trail": None}]},
        {"chains": [chain, copy.copy(chain)]},
    ]
    for shape in shapes:
        document = {**export, **shape}
        document["digest"] = _digest(document)
        with pytest.raises(ExportUnreadable):
            checked_export(document)


def test_an_export_of_another_installation_is_said(units, history, export):
    document = {**export, "installation": "Clinic of the Hill"}
    document["digest"] = _digest(document)
    with units.reading() as session:
        (problem,) = verify(session, document)
    assert problem.sentence == "The export is of 'Clinic of the Hill'; this installation is 'Clinic of the Harbour'."
