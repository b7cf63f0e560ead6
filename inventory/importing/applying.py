"""Importing a file, whole or not at all.

What was checked and prepared before the lock is written under it by a few statements, if the records it rests on are
still the same (rule IMP-02).
"""

import json
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.evidence import audit
from inventory.importing.checking import PERMISSIONS, Checked, Reach, check, followed, state_now
from inventory.importing.errors import ImportHasProblems, ImportHasQuestions, ImportOutdated
from inventory.importing.staging import ImportState, get_import, open_import, rows_of, state_of
from inventory.importing.writing import PREPARERS, Written
from models.importing import ImportFile
from models.vocabulary import ImportKind

_DONE = {
    ImportKind.SUPPLIERS: "suppliers imported",
    ImportKind.PRODUCTS: "products imported",
    ImportKind.OPENING_STOCK: "opening stock imported",
}


@dataclass(frozen=True)
class ApplyImport:
    """`written`: none where the file cannot be imported.

    `are_questions_answered`: a person looked at what is asked, and it is right as it stands.
    """

    import_id: int
    version: int
    checked: Checked
    written: Written | None
    are_questions_answered: bool = False


def prepared(
    session: Session,
    act: Act,
    import_id: int,
    version: int,
    *,
    are_questions_answered: bool = False,
    reach: Reach | None = None,
) -> ApplyImport:
    """The file as it was previewed, checked anew without the lock. Whether it is still open is asked under it."""
    file = get_import(session, act.actor, import_id)
    if state_of(file) is not ImportState.CHECKED:
        return ApplyImport(file.id, version, Checked((), (), None), None, are_questions_answered)
    columns, headings = tuple(json.loads(file.columns)), json.loads(file.headings)
    checked = check(session, act, file.kind, headings, columns, followed(rows_of(session, import_id=file.id), reach))
    written = made_ready(session, act, file.kind, checked)
    return ApplyImport(file.id, version, checked, written, are_questions_answered)


def made_ready(session: Session, act: Act, kind: ImportKind, checked: Checked) -> Written | None:
    """All that does not need the lock: rows in the form of the database, codes, texts for the chain."""
    return None if checked.problem_count else PREPARERS[kind](session, act, checked)


def apply_import(session: Session, act: Act, command: ApplyImport) -> ImportFile:
    """Raises `ImportHasProblems`, `ImportHasQuestions`, `ImportOutdated`, and what `open_import` does."""
    file = open_import(session, act, command.import_id, command.version)
    act.require(PERMISSIONS[file.kind])
    checked = command.checked
    if checked.problem_count:
        raise ImportHasProblems(checked.problem_count)
    if checked.question_count and not command.are_questions_answered:
        raise ImportHasQuestions(checked.question_count)
    if command.written is None or state_now(session, act, file.kind) != checked.state:
        raise ImportOutdated
    made = command.written.write(session, act)
    file.applied_at, file.applied_by_id = act.now, act.user_id
    file.made = audit.id_ranges(made)
    audit.record(session, act, _DONE[file.kind], file=file.file_name, sha256=file.sha256, rows=file.rows)
    return file
