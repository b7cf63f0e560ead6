"""What a table would make, and what is wrong with it. Asks the records and changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.importing import catalogue_rows, stock_rows
from inventory.importing.cells import Cells
from inventory.importing.columns import COLUMNS, NOT_USED, missing_columns
from inventory.importing.findings import Findings, Problem
from inventory.importing.tables import TableRow
from models.vocabulary import ImportKind

PERMISSIONS: Mapping[ImportKind, Permission] = MappingProxyType(
    {
        ImportKind.SUPPLIERS: Permission.MANAGE_CATALOGUE,
        ImportKind.PRODUCTS: Permission.MANAGE_CATALOGUE,
        ImportKind.OPENING_STOCK: Permission.RECEIVE_STOCK,
    }
)
_HEADINGS_ROW = 1
_TOLD_EACH = 200
Reach = Callable[[int], None]


@dataclass(frozen=True)
class Checked:
    """`made`: what is ready to be written. `state`: the records that the check rests on, to be compared again."""

    problems: tuple[Problem, ...]
    made: tuple[Any, ...]
    state: Any

    @property
    def problem_count(self) -> int:
        return sum(not each.is_question for each in self.problems)

    @property
    def question_count(self) -> int:
        return sum(each.is_question for each in self.problems)


def check(
    session: Session,
    act: Act,
    kind: ImportKind,
    headings: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[TableRow],
) -> Checked:
    """Every problem by row and column. `columns`: the field of each column."""
    act.require(PERMISSIONS[kind])
    named = {name: heading for name, heading in zip(columns, headings, strict=True) if name != NOT_USED}
    findings = Findings(named)
    missing = missing_columns(kind, columns)
    for heading in missing:
        findings.refuse(_HEADINGS_ROW, "", f"No column is matched with {heading!r}.")
    if missing:
        return Checked(tuple(findings.problems), (), None)
    made, state = _judged(session, act, kind, _cells(columns, rows), findings)
    in_order = sorted(findings.problems, key=lambda problem: problem.row_number)
    return Checked(tuple(in_order), tuple(made), state)


def _judged(
    session: Session, act: Act, kind: ImportKind, rows: Iterator[tuple[int, Cells]], findings: Findings
) -> tuple[Sequence[Any], Any]:
    if kind is ImportKind.SUPPLIERS:
        supplier_facts = catalogue_rows.supplier_facts(session)
        return catalogue_rows.check_suppliers(rows, supplier_facts, findings), supplier_facts
    if kind is ImportKind.PRODUCTS:
        product_facts = catalogue_rows.product_facts(session)
        return catalogue_rows.check_products(rows, product_facts, findings), product_facts
    facts = stock_rows.stock_facts(session, act)
    return stock_rows.check_stock(rows, facts, act, findings), facts.state


def state_now(session: Session, act: Act, kind: ImportKind) -> Any:
    """As `Checked.state`, at this moment."""
    if kind is ImportKind.SUPPLIERS:
        return catalogue_rows.supplier_facts(session)
    if kind is ImportKind.PRODUCTS:
        return catalogue_rows.product_facts(session)
    return stock_rows.stock_facts(session, act).state


def followed(rows: Iterable[TableRow], reach: Reach | None) -> Iterator[TableRow]:
    """The same rows; `reach` is told now and then how many are done."""
    for done, row in enumerate(rows):
        if reach is not None and done % _TOLD_EACH == 0:
            reach(done)
        yield row


def _cells(columns: Sequence[str], rows: Iterable[TableRow]) -> Iterator[tuple[int, Cells]]:
    for row in rows:
        yield row.number, Cells({name: cell for name, cell in zip(columns, row.cells, strict=True) if name != NOT_USED})


def template(kind: ImportKind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The headings of a table to fill in, and one row as an example."""
    return (
        tuple(column.heading for column in COLUMNS[kind]),
        tuple(column.example for column in COLUMNS[kind]),
    )
