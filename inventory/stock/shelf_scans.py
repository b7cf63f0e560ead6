"""What a maker's code on the shelf says of the line to be recorded. Nothing changes; a person confirms the line."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from inventory.catalogue.recognising import find_by_scan
from inventory.rules.barcodes import Scan, ScanWarning, Scheme, merge, read_second_code
from inventory.stock import usability
from inventory.stock.errors import ScannedOurOwn, SymbolsDiffer


@dataclass(frozen=True)
class ScannedLine:
    """`product_id` is empty where no product has learnt the code. `containers`: how many are in the box.

    `is_together`: put together from two codes of one box; `raw` then has both, a line each.
    """

    raw: str
    product_id: int | None
    product_name: str | None
    containers: int
    lot_number: str | None
    expires_on: date | None
    is_month_only: bool
    gtin: str | None
    serial: str | None
    warnings: tuple[str, ...]
    is_together: bool


def read_shelf_code(session: Session, *, text: str, before: str | None, today: date) -> ScannedLine:
    """A code alone, or with the one scanned before where one says what the other leaves out (SCN-15).

    A person sees the whole line before it is recorded. Raises the code's refusals, `ScannedOurOwn`, `SymbolsDiffer`.
    """
    scan = read_second_code(text, today)
    if scan.scheme is Scheme.OURS:
        _refuse_ours(session, scan)
    first = None if before is None else read_second_code(before, today)
    is_together = first is not None and _completes(first, scan)
    if first is not None and is_together:
        scan = _together(first, scan)
    found = find_by_scan(session, scan)
    is_whole = ScanWarning.LOST_SEPARATOR not in scan.warnings  # else a person types it from the print (SCN-08)
    return ScannedLine(
        raw=scan.raw,
        product_id=found[0].id if found else None,
        product_name=found[0].name if found else None,
        containers=found[1].containers_per_pack if found else 1,
        lot_number=scan.lot_number if is_whole else None,
        expires_on=scan.expires_on if is_whole else None,
        is_month_only=scan.is_month_only,
        gtin=scan.gtin,
        serial=scan.serial if is_whole else None,
        warnings=tuple(warning.sentence for warning in scan.warnings),
        is_together=is_together,
    )


def _completes(first: Scan, second: Scan) -> bool:
    """Whether the second says what the first leaves out. A first one that is complete is another box."""
    if not first.names_product:
        return second.names_product
    is_same = not second.names_product or (second.gtin is not None and second.gtin == first.gtin)
    return first.lot_number is None and second.lot_number is not None and is_same


def _together(first: Scan, second: Scan) -> Scan:
    merged = merge(first, second)
    if merged.conflicts:
        conflict = merged.conflicts[0]
        raise SymbolsDiffer(conflict.field.replace("_", " "), str(conflict.first), str(conflict.second))
    return merged.scan


def _refuse_ours(session: Session, scan: Scan) -> None:
    """What bears a code of ours is in the books already; a code never given is refused as such."""
    container = usability.get_container_anywhere(session, scan.code or "")
    raise ScannedOurOwn(container.code, container.lot.product.name, container.location.name)
