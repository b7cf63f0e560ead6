"""What pages and API of imports share: a file is read and checked before its unit begins, so that the lock is short."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TypeVar

from flask import Response
from sqlalchemy.orm import Session

from blueprints.background import Progress, background
from blueprints.exports import Column, FileKind, as_file, handed_out
from blueprints.frame import units
from blueprints.schemas.importing import ApplyAsked, MatchAsked, UndoAsked, Upload
from blueprints.unit_of_work import at_site, in_unit, request_key
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act
from inventory.importing import applying, staging, undoing
from inventory.importing.applying import ApplyImport
from inventory.importing.checking import template
from inventory.importing.findings import Problem
from inventory.importing.limits import LIMITS
from inventory.importing.staging import DiscardImport
from inventory.importing.tables import read_table
from inventory.importing.undoing import UndoImport
from inventory.units import ORGANISATION, Answer, one_site
from models.importing import ImportFile
from models.vocabulary import ImportKind

T = TypeVar("T")


def stage(upload: Upload, answer: Callable[[ImportFile], Answer]) -> Answer:
    table = read_table(upload.file.name, upload.file.content, upload.encoding)
    command = _asked(lambda session, act: staging.checked_file(session, act, upload.kind, table))
    return at_site(lambda session, act: _flushed(session, staging.stage_file(session, act, command), answer))


def stage_apart(upload: Upload, answer: Callable[[ImportFile], Answer]) -> Answer:
    """As `stage`; a large table is kept first and checked while its page says how far it is."""
    table = read_table(upload.file.name, upload.file.content, upload.encoding)
    if len(table.rows) <= LIMITS.at_once:
        return stage(upload, answer)
    command = staging.not_checked_file(table, upload.kind)

    def keep(session: Session, act: Act) -> Answer:
        file = staging.stage_file(session, act, command)
        session.flush()  # the check names this very version
        return replace(answer(file), ids={"import_id": file.id, "version": file.version})

    kept = at_site(keep)
    if not kept.is_replay:
        _check_apart(int(kept.ids["import_id"]), int(kept.ids["version"]), len(table.rows))
    return kept


def _check_apart(import_id: int, version: int, rows: int) -> None:
    run, actor, scope = units(), current_actor(), one_site(current_site_id())

    def work(progress: Progress) -> None:
        with run.reading() as session:
            act = Act(actor, run.clock.now(), "check")
            command = staging.rematched(session, act, import_id, version, None, progress.reach)
        run.run(actor, scope, lambda session, act: staging.match_columns(session, act, command).id)

    background().start(import_id, Progress("Checking", rows, version), work)


def apply_apart(asked: ApplyAsked, answer: Callable[[ImportFile], Answer]) -> Answer | None:
    """As `apply`; none where the table is large and its page says how far it is."""
    with units().reading() as session:
        file = staging.get_import(session, current_actor(), asked.import_id)
        rows, kind, done = file.rows, file.kind, answer(file)
    if rows <= LIMITS.at_once:
        return apply(asked, answer)
    run, actor, key = units(), current_actor(), request_key()
    scope = one_site(current_site_id()) if kind is ImportKind.OPENING_STOCK else ORGANISATION

    def write(session: Session, act: Act, command: ApplyImport) -> Answer:
        applying.apply_import(session, act, command)
        return done

    def work(progress: Progress) -> None:
        with run.reading() as session:
            act, sure = Act(actor, run.clock.now(), "check"), asked.are_questions_answered
            command = applying.prepared(
                session, act, asked.import_id, asked.version, are_questions_answered=sure, reach=progress.reach
            )
        progress.reach(rows)
        run.in_unit(actor, scope, key, lambda session, act: write(session, act, command))

    background().start(asked.import_id, Progress("Importing", rows, asked.version), work)
    return None


def match(asked: MatchAsked, answer: Callable[[ImportFile], Answer]) -> Answer:
    columns = None if asked.columns is None else tuple(asked.columns)
    command = _asked(lambda session, act: staging.rematched(session, act, asked.import_id, asked.version, columns))
    return at_site(lambda session, act: _flushed(session, staging.match_columns(session, act, command), answer))


def apply(asked: ApplyAsked, answer: Callable[[ImportFile], Answer]) -> Answer:
    command = _asked(
        lambda session, act: applying.prepared(
            session, act, asked.import_id, asked.version, are_questions_answered=asked.are_questions_answered
        )
    )
    return _in_scope(
        asked.import_id,
        lambda session, act: _flushed(session, applying.apply_import(session, act, command), answer),
    )


def undo(asked: UndoAsked, answer: Callable[[ImportFile], Answer]) -> Answer:
    command = UndoImport(asked.import_id, asked.reason)
    return _in_scope(
        asked.import_id,
        lambda session, act: _flushed(session, undoing.undo_import(session, act, command), answer),
    )


def discard(command: DiscardImport, answer: Callable[[ImportFile], Answer]) -> Answer:
    return at_site(lambda session, act: _flushed(session, staging.discard_import(session, act, command), answer))


def _in_scope(import_id: int, work: Callable[[Session, Act], Answer]) -> Answer:
    """Stock belongs to the site, the catalogue to all."""
    with units().reading() as session:
        kind = staging.get_import(session, current_actor(), import_id).kind
    return at_site(work) if kind is ImportKind.OPENING_STOCK else in_unit(ORGANISATION, work)


def _asked(question: Callable[[Session, Act], T]) -> T:
    with units().reading() as session:
        return question(session, Act(current_actor(), units().clock.now(), "check"))


def _flushed(session: Session, file: ImportFile, answer: Callable[[ImportFile], Answer]) -> Answer:
    session.flush()  # the answer names the file
    return answer(file)


def template_file(kind: ImportKind, file_kind: FileKind) -> Response:
    """A table to fill in, with one row as an example."""
    headings, example = template(kind)
    columns = [
        Column[Sequence[str]](heading, itemgetter(place), width=len(heading) + 4)
        for place, heading in enumerate(headings)
    ]
    return as_file(kind.value.replace("_", "-"), columns, [example], file_kind)


def problems_file(import_id: int) -> Response:
    """Every problem and every question, a row each."""
    with units().reading() as session:
        file = staging.get_import(session, current_actor(), import_id)
        found = [problem for _, problem in staging.problems_of(session, import_id=file.id)]
    return handed_out(f"problems-{import_id}", _PROBLEM_COLUMNS, found, FileKind.CSV_EXCEL)


_PROBLEM_COLUMNS = [
    Column[Problem]("Row", lambda problem: problem.row_number),
    Column[Problem]("Column", lambda problem: problem.heading),
    Column[Problem]("What", lambda problem: "question" if problem.is_question else "problem"),
    Column[Problem]("Sentence", lambda problem: problem.sentence),
]
