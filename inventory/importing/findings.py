"""What is found in the rows of a table: every problem with its row and its column, and every question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from inventory.errors import Refusal

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """`heading` is the file's own, where one column is to blame. A question can be answered; a problem is corrected."""

    row_number: int
    heading: str | None
    sentence: str
    is_question: bool = False


@dataclass
class Findings:
    """`headings`: the heading in the file of each field."""

    headings: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    bad_rows: set[int] = field(default_factory=set)

    def read(self, row_number: int, name: str, ask: Callable[[], T]) -> T | None:
        """The answer, or none and the refusal noted in the words of the single command."""
        try:
            return ask()
        except Refusal as refusal:
            self.refuse(row_number, name, refusal.what)
            return None

    def refuse(self, row_number: int, name: str, sentence: str) -> None:
        self.bad_rows.add(row_number)
        self.problems.append(Problem(row_number, self.headings.get(name), sentence))

    def ask(self, row_number: int, name: str, sentence: str) -> None:
        self.problems.append(Problem(row_number, self.headings.get(name), sentence, is_question=True))
