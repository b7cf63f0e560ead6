"""The history of a container as its page shows it: each move with the page of what it rests on."""

from dataclasses import dataclass

from flask import url_for

from inventory.stock.container_facts import ContainerFacts
from inventory.stock.history import Document, DocumentKind, MoveLine


@dataclass(frozen=True)
class HistoryRow:
    line: MoveLine
    document: str | None
    document_url: str | None
    correct_url: str | None


_CALLED = {
    DocumentKind.DELIVERY: "delivery",
    DocumentKind.PREPARATION: "cocktail",
    DocumentKind.SESSION: "session",
    DocumentKind.ENTRY: "correction of entry",
}


def history_rows(facts: ContainerFacts, correctable: list[MoveLine]) -> list[HistoryRow]:
    may_correct = {move.id for move in correctable}
    return [
        HistoryRow(
            line=move,
            document=None if move.document is None else f"{_CALLED[move.document.kind]} {move.document.label}",
            document_url=_page(move.document),
            correct_url=url_for("containers.show", code=facts.code, correct=move.id, _anchor="correction")
            if move.id in may_correct
            else None,
        )
        for move in facts.moves
    ]


def _page(document: Document | None) -> str | None:
    if document is None or document.lot_id is None:
        return None
    return url_for("lots.show", lot_id=document.lot_id)
