"""Tables on their way in: the file as it was read, its rows, and what is wrong with them.

A staged file is a working paper, like a delivery in progress: nothing rests on it, so its tables stand apart from the
audit chain. What becomes of it enters the chain with the rows that it makes. `made`: the ids of those, as ranges.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import APART, Base, strict
from models.types import Choice, Count, Digest, Flag, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import ImportKind


class ImportFile(Base):
    """`headings` and `columns` are lists in JSON: what stands above each column, and the field it holds."""

    __tablename__ = "import_file"
    __table_args__ = (
        Index(None, "site_id", "sha256"),
        choice_check("kind", ImportKind),
        CheckConstraint("discarded_at IS NULL OR applied_at IS NULL", name="ended_once"),
        CheckConstraint("undone_at IS NULL OR applied_at IS NOT NULL", name="undone_when_applied"),
        CheckConstraint("(applied_at IS NULL) = (made IS NULL)", name="applied_made_something"),
        strict(APART),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[ImportKind] = mapped_column(Choice(ImportKind))
    file_name: Mapped[str] = mapped_column(Words)
    sha256: Mapped[bytes] = mapped_column(Digest)
    headings: Mapped[str] = mapped_column(Words)
    columns: Mapped[str] = mapped_column(Words)
    rows: Mapped[int] = mapped_column(Count)
    problems: Mapped[int] = mapped_column(Count)
    questions: Mapped[int] = mapped_column(Count)
    version: Mapped[int] = mapped_column(Count, default=1)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made: Mapped[str | None] = mapped_column(Words)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it as a class attribute


class ImportRow(Base):
    """`cells`: the texts of a row, a list in JSON. `number`: as a spreadsheet counts."""

    __tablename__ = "import_row"
    __table_args__ = (strict(APART),)

    import_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Count, primary_key=True)
    cells: Mapped[str] = mapped_column(Words)


class ImportProblem(Base):
    """What is wrong in a row, or to be asked about it. `heading` is that of the column, where there is one."""

    __tablename__ = "import_problem"
    __table_args__ = (Index(None, "import_id", "is_question", "row_number"), strict(APART))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import_file.id"))
    row_number: Mapped[int] = mapped_column(Count)
    heading: Mapped[str | None] = mapped_column(Words)
    sentence: Mapped[str] = mapped_column(Words)
    is_question: Mapped[bool] = mapped_column(Flag)
