"""Refusals: what the clinic's software will not do, why, and what the person can do now.

Every refusal is a class whose fields are the facts of the case, so that page, API and command line
say the same thing. A refusal knows nothing of HTTP. Its three sentences are:

- `what`: what was refused, with the facts;
- `why`: the rule behind it; `rule` names its entry in docs/rules.md where there is one;
- `remedy`: what the person can do now.
"""

import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar


class Refusal(Exception):
    """A command or a question that cannot be served as asked. The database is unchanged."""

    why: ClassVar[str] = ""
    rule: ClassVar[str | None] = None

    @property
    def what(self) -> str:
        raise NotImplementedError

    @property
    def remedy(self) -> str:
        raise NotImplementedError

    @property
    def code(self) -> str:
        """The class name in snake case, as the API says it."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    @property
    def facts(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # every refusal is a dataclass

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.remedy) if part)


class InvalidInput(Refusal):
    """A value that is wrong in itself, whatever the stock says. The form is shown again."""


@dataclass(eq=False)
class InvalidAmount(InvalidInput):
    """`text` is the amount as it was given."""

    text: str
    problem: str

    @property
    def what(self) -> str:
        return f"The amount {self.text!r} {self.problem}."

    @property
    def remedy(self) -> str:
        return "Enter an amount greater than 0 with at most 6 decimals."
