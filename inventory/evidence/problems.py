"""What a check of the records finds: a sentence, and where to look.

`chain` and `seq` name the audit entry where the records first part from what they should be; `table` and
`key` name the row. A problem never holds a patient's identity.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    sentence: str
    chain: int | None = None
    seq: int | None = None
    table: str | None = None
    key: str | None = None

    @property
    def place(self) -> str:
        """Where to look: `chain 1, entry 42; container 7`; empty where there is no such place."""
        entry = None if self.chain is None else f"chain {self.chain}" + (f", entry {self.seq}" if self.seq else "")
        row = None if self.table is None else " ".join(filter(None, (self.table, self.key)))
        return "; ".join(filter(None, (entry, row)))


_OF_THE_CHAIN = ("audit_chain", "audit_entry")


def in_order(problems: list[Problem]) -> list[Problem]:
    """What is wrong with the chains themselves comes first: differences in the tables may only follow from it.

    Then by chain and number; what belongs to no chain comes last, by table and key.
    """
    return sorted(problems, key=_order)


def _order(problem: Problem) -> tuple[bool, bool, int, bool, int, str, int, str]:
    key = problem.key or ""
    return (
        problem.table not in _OF_THE_CHAIN,
        problem.chain is None,
        problem.chain or 0,
        problem.seq is None,
        problem.seq or 0,
        problem.table or "",
        int(key) if key.isascii() and key.isdigit() else 0,
        key,
    )
