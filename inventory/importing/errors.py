"""What importing refuses."""

from dataclasses import dataclass

from inventory.errors import InvalidInput, Refusal


@dataclass(eq=False)
class TableRefused(InvalidInput):
    """A file that is no table we read."""

    file_name: str
    problem: str

    says = "{file_name} cannot be imported: it {problem}."
    do = "Save the table as XLSX, or as CSV in UTF-8, with one row of headings above the entries."
    rule = "IMP-01"


@dataclass(eq=False)
class TextNotUtf8(InvalidInput):
    """Bytes that are no UTF-8. What they mean is for a person to say: a wrong guess would change names."""

    rows: tuple[int, ...]
    others: int
    shown: str

    says = "The file is not in UTF-8: see row {rows} (and {others} more), which may say {shown!r}."
    do = "Save it as CSV in UTF-8, or choose 'Western European' if that is how it was saved, and compare the names."
    rule = "IMP-01"


@dataclass(eq=False)
class TableTooLarge(InvalidInput):
    file_name: str
    problem: str

    says = "{file_name} is too large to import: it {problem}."
    why = "A file that is larger when opened than it looks could take the memory that others need."
    do = "Divide it into smaller files, without empty rows and columns, and import one after the other."
    rule = "IMP-01"


@dataclass(eq=False)
class ColumnsNotMatched(InvalidInput):
    problem: str

    says = "The columns do not fit: {problem}."
    do = "Say for each column what it holds, each only once."


@dataclass(eq=False)
class ImportHasProblems(Refusal):
    problems: int

    says = "Nothing was imported: the file has {problems} problems."
    why = "A file is imported whole or not at all, so that nobody has to find out which half arrived."
    do = "Correct the rows that are listed, and send the file again."
    rule = "IMP-02"


@dataclass(eq=False)
class ImportHasQuestions(Refusal):
    questions: int

    says = "Nothing was imported: {questions} rows need an answer."
    why = "A lot number that differs by one look-alike sign is one lot twice, or really two lots."
    do = "Compare the boxes. If all of them are right, say so and import again."
    rule = "IMP-02"


@dataclass(eq=False)
class ImportOutdated(Refusal):
    """Something that the check rested on has changed."""

    says = "Nothing was imported: the records changed since the file was checked."
    do = "Check the file again; it takes a moment."
    rule = "IMP-02"


@dataclass(eq=False)
class ImportStopped(Refusal):
    """An error of ours, which is in the log."""

    says = "It stopped before the end: nothing was changed."
    do = "Try it once more. If it stops again, tell the person who looks after the installation."


@dataclass(eq=False)
class AlreadyImported(Refusal):
    file_name: str
    imported_on: str

    says = "This very file was imported on {imported_on}, as {file_name}."
    do = "Nothing is left to do. If it was wrong, undo that import first."
    rule = "IMP-03"


@dataclass(eq=False)
class ImportOver(Refusal):
    state: str

    says = "This import is {state}: nothing was changed."
    do = "Open it again to see how it stands, or send the file anew."


@dataclass(eq=False)
class ImportGoneOn(Refusal):
    """`containers` with what was done to each since."""

    containers: tuple[str, ...]
    others: int

    says = "It cannot be undone: {containers} (and {others} more) went on after the import."
    why = "What was taken from a vial came from it, whoever entered it."
    do = "Undo those entries first, or correct single vials on their own pages."
    rule = "IMP-04"
