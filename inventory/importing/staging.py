"""Files on their way in: kept as they were read, matched, checked, put away. Nothing of the clinic changes here.

A file is read and checked before a unit begins; the unit only keeps what came of it, so that the lock is short. The
same file sent again is the one that is there (rule IMP-03).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from inventory.access import Act, Actor
from inventory.errors import RecordChanged, RecordNotFound
from inventory.importing.checking import PERMISSIONS, Checked, Reach, check, followed
from inventory.importing.columns import checked_columns, guess_columns
from inventory.importing.errors import AlreadyImported, ImportOver
from inventory.importing.findings import Problem
from inventory.importing.tables import TableFile, TableRow
from models.importing import ImportFile, ImportProblem, ImportRow
from models.people import User
from models.vocabulary import ImportKind

PROBLEMS_A_PAGE = 200
FILES_LISTED = 50


class ImportState(StrEnum):
    CHECKED = "checked"
    IMPORTED = "imported"
    UNDONE = "undone"
    PUT_AWAY = "put away"


@dataclass(frozen=True)
class StageFile:
    kind: ImportKind
    table: TableFile
    columns: tuple[str, ...]
    checked: Checked


@dataclass(frozen=True)
class MatchColumns:
    """`columns`: the field of each column; those not used are empty."""

    import_id: int
    version: int
    columns: tuple[str, ...]
    checked: Checked


@dataclass(frozen=True)
class DiscardImport:
    import_id: int


@dataclass(frozen=True)
class ImportFacts:
    """A file as its page shows it. `problems`: the first of them, from `after` on."""

    id: int
    kind: ImportKind
    file_name: str
    sha256: str
    state: ImportState
    version: int
    rows: int
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]
    problem_count: int
    question_count: int
    problems: tuple[Problem, ...]
    next_after: int | None
    sent_at: datetime
    sent_by: str
    checked_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None


def checked_file(
    session: Session, act: Act, kind: ImportKind, table: TableFile, columns: Sequence[str] | None = None
) -> StageFile:
    """The file with its columns as guessed, or as said, and what is wrong with it."""
    fields = guess_columns(kind, table.headings)
    if columns is not None:
        fields = checked_columns(kind, columns, len(table.headings))
    return StageFile(kind, table, fields, check(session, act, kind, table.headings, fields, table.rows))


def stage_file(session: Session, act: Act, command: StageFile) -> ImportFile:
    """Keep a file to be looked at and imported. Raises `AlreadyImported`."""
    act.require(PERMISSIONS[command.kind])
    known = _known(session, act, command)
    if known is not None:
        _check_anew(session, act, known, command.columns, command.checked)
        return known
    table = command.table
    file = ImportFile(
        site_id=act.site_id,
        kind=command.kind,
        file_name=table.file_name,
        sha256=table.sha256,
        headings=json.dumps(table.headings),
        columns=json.dumps(command.columns),
        rows=len(table.rows),
        problems=command.checked.problem_count,
        questions=command.checked.question_count,
        sent_at=act.now,
        sent_by_id=act.user_id,
        checked_at=act.now,
    )
    session.add(file)
    session.flush()  # its rows name it
    rows = [{"import_id": file.id, "number": row.number, "cells": json.dumps(row.cells)} for row in table.rows]
    session.execute(insert(ImportRow), rows)
    _keep_problems(session, file, command.checked)
    return file


def _known(session: Session, act: Act, command: StageFile) -> ImportFile | None:
    query = select(ImportFile).where(
        ImportFile.site_id == act.site_id,
        ImportFile.sha256 == command.table.sha256,
        ImportFile.kind == command.kind,
        ImportFile.discarded_at.is_(None),
        ImportFile.undone_at.is_(None),
    )
    known = session.scalars(query.order_by(ImportFile.id.desc()).limit(1)).one_or_none()
    if known is not None and known.applied_at is not None:
        raise AlreadyImported(known.file_name, f"{known.applied_at:%Y-%m-%d}")
    return known


def not_checked_file(table: TableFile, kind: ImportKind) -> StageFile:
    """To be kept at once and checked after that. Until then it says so, and cannot be imported."""
    columns = guess_columns(kind, table.headings)
    return StageFile(kind, table, columns, Checked((Problem(1, None, "The rows are not checked yet."),), (), None))


def rematched(
    session: Session,
    act: Act,
    import_id: int,
    version: int,
    columns: Sequence[str] | None,
    reach: Reach | None = None,
) -> MatchColumns:
    """The same file, checked anew: with other columns, or against the records as they are by now."""
    file = get_import(session, act.actor, import_id)
    headings = json.loads(file.headings)
    fields = tuple(json.loads(file.columns))
    if columns is not None:
        fields = checked_columns(file.kind, columns, len(headings))
    checked = check(session, act, file.kind, headings, fields, followed(rows_of(session, import_id=file.id), reach))
    return MatchColumns(file.id, version, fields, checked)


def match_columns(session: Session, act: Act, command: MatchColumns) -> ImportFile:
    """Raises `RecordChanged`, `ImportOver`."""
    file = open_import(session, act, command.import_id, command.version)
    _check_anew(session, act, file, command.columns, command.checked)
    return file


def discard_import(session: Session, act: Act, command: DiscardImport) -> ImportFile:
    """Put a file away that is not imported. Its rows go; that it was there stays."""
    file = open_import(session, act, command.import_id)
    file.discarded_at = act.now
    session.execute(delete(ImportRow).where(ImportRow.import_id == file.id))
    session.execute(delete(ImportProblem).where(ImportProblem.import_id == file.id))
    return file


def open_import(session: Session, act: Act, import_id: int, version: int | None = None) -> ImportFile:
    """The file, if it can still be imported. Raises `ImportOver`, `RecordChanged`."""
    file = get_import(session, act.actor, import_id)
    state = state_of(file)
    if state is not ImportState.CHECKED:
        raise ImportOver(state.value)
    if version is not None and file.version != version:
        raise RecordChanged("import", file.file_name)
    return file


def get_import(session: Session, actor: Actor, import_id: int) -> ImportFile:
    """A file of this site whose kind the person may import. Raises `RecordNotFound`."""
    file = session.get(ImportFile, import_id)
    if file is None or file.site_id != actor.site_id or PERMISSIONS[file.kind] not in actor.permissions:
        raise RecordNotFound("import", str(import_id))
    return file


def state_of(file: ImportFile) -> ImportState:
    if file.discarded_at is not None:
        return ImportState.PUT_AWAY
    if file.undone_at is not None:
        return ImportState.UNDONE
    return ImportState.CHECKED if file.applied_at is None else ImportState.IMPORTED


def rows_of(session: Session, *, import_id: int, limit: int | None = None) -> list[TableRow]:
    query = select(ImportRow.number, ImportRow.cells).where(ImportRow.import_id == import_id)
    found = session.execute(query.order_by(ImportRow.number).limit(limit))
    return [TableRow(number, tuple(json.loads(cells))) for number, cells in found]


def problems_of(
    session: Session, *, import_id: int, after: int = 0, limit: int | None = None
) -> list[tuple[int, Problem]]:
    """With their ids, problems before questions, by row."""
    query = select(ImportProblem).where(ImportProblem.import_id == import_id, ImportProblem.id > after)
    found = session.scalars(query.order_by(ImportProblem.id).limit(limit))
    return [(each.id, Problem(each.row_number, each.heading, each.sentence, each.is_question)) for each in found]


def import_facts(session: Session, *, actor: Actor, import_id: int, after: int = 0) -> ImportFacts:
    file = get_import(session, actor, import_id)
    found = problems_of(session, import_id=file.id, after=after, limit=PROBLEMS_A_PAGE + 1)
    shown = found[:PROBLEMS_A_PAGE]
    return ImportFacts(
        id=file.id,
        kind=file.kind,
        file_name=file.file_name,
        sha256=file.sha256.hex(),
        state=state_of(file),
        version=file.version,
        rows=file.rows,
        headings=tuple(json.loads(file.headings)),
        columns=tuple(json.loads(file.columns)),
        examples=tuple(row.cells for row in rows_of(session, import_id=file.id, limit=3)),
        problem_count=file.problems,
        question_count=file.questions,
        problems=tuple(problem for _, problem in shown),
        next_after=shown[-1][0] if len(found) > len(shown) else None,
        sent_at=file.sent_at,
        sent_by=session.get_one(User, file.sent_by_id).full_name,
        checked_at=file.checked_at,
        applied_at=file.applied_at,
        undone_at=file.undone_at,
    )


def list_imports(session: Session, *, actor: Actor) -> list[tuple[ImportFile, ImportState]]:
    """The newest first, of the kinds that the person may import."""
    kinds = [kind for kind, permission in PERMISSIONS.items() if permission in actor.permissions]
    query = select(ImportFile).where(ImportFile.site_id == actor.site_id, ImportFile.kind.in_(kinds))
    found = session.scalars(query.order_by(ImportFile.id.desc()).limit(FILES_LISTED))
    return [(file, state_of(file)) for file in found]


def _check_anew(session: Session, act: Act, file: ImportFile, columns: tuple[str, ...], checked: Checked) -> None:
    file.columns = json.dumps(columns)
    file.problems, file.questions = checked.problem_count, checked.question_count
    file.checked_at = act.now
    session.execute(delete(ImportProblem).where(ImportProblem.import_id == file.id))
    _keep_problems(session, file, checked)


def _keep_problems(session: Session, file: ImportFile, checked: Checked) -> None:
    in_order = sorted(checked.problems, key=lambda problem: problem.is_question)
    kept = [
        {
            "import_id": file.id,
            "row_number": problem.row_number,
            "heading": problem.heading,
            "sentence": problem.sentence,
            "is_question": problem.is_question,
        }
        for problem in in_order
    ]
    if kept:
        session.execute(insert(ImportProblem), kept)
