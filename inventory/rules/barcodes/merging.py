"""Two symbols of one box: what they say together (rule SCN-15).

Nothing is merged by itself: a person is shown the line and confirms it. What one symbol does not say never
overwrites what the other says, and where both say something else the first stays and the conflict is named.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from inventory.rules.barcodes import hibc
from inventory.rules.barcodes.scans import Scan, ScanWarning, Scheme

Value = str | int | date | datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both symbols say something of `field`, and not the same."""

    field: str
    first: Value
    second: Value


@dataclass(frozen=True, slots=True)
class Merged:
    """The line that would be, and what speaks against it. `raws`: both texts as they were scanned."""

    scan: Scan
    conflicts: tuple[Conflict, ...]
    raws: tuple[str, str]


def merge(first: Scan, second: Scan) -> Merged:
    """The first scan, completed by what only the second says. Its `raw` has both texts, a line each."""
    kept, added = (first, second) if first.names_product or not second.names_product else (second, first)
    expiry = kept if kept.expires_on else added
    merged = replace(
        kept,
        raw=f"{first.raw}\n{second.raw}",
        gtin=kept.gtin or added.gtin,
        code=kept.code or added.code,
        lot_number=kept.lot_number or added.lot_number,
        serial=kept.serial or added.serial,
        expires_on=expiry.expires_on,
        is_month_only=expiry.is_month_only,
        expires_at=expiry.expires_at,
        manufactured_on=kept.manufactured_on or added.manufactured_on,
        count=kept.count if kept.count is not None else added.count,
        elements=first.elements + tuple(element for element in second.elements if not _says(first, element.id)),
    )
    return Merged(
        replace(merged, warnings=_warnings(first, second, merged)), _conflicts(first, second), (first.raw, second.raw)
    )


_COMPARED: dict[str, Callable[[Scan], Value | None]] = {
    "gtin": lambda scan: scan.gtin,
    "lot_number": lambda scan: scan.lot_number,
    "serial": lambda scan: scan.serial,
    "expires_on": lambda scan: scan.expires_on,
    "expires_at": lambda scan: scan.expires_at,
    "manufactured_on": lambda scan: scan.manufactured_on,
    "count": lambda scan: scan.count,
}


def _conflicts(first: Scan, second: Scan) -> tuple[Conflict, ...]:
    found = [Conflict(field, *values) for field, value in _COMPARED.items() if (values := _two(value, first, second))]
    # A box may bear a GTIN and a HIBC number: codes of two schemes are two names of one thing.
    if first.scheme == second.scheme and (values := _two(lambda scan: scan.code, first, second)):
        found.append(Conflict("code", *values))
    if link := _broken_link(first, second) or _broken_link(second, first):
        found.append(Conflict("link", *link))
    return tuple(found)


def _two(value: Callable[[Scan], Value | None], first: Scan, second: Scan) -> tuple[Value, Value] | None:
    one, other = value(first), value(second)
    return None if one is None or other is None or one == other else (one, other)


def _broken_link(primary: Scan, secondary: Scan) -> tuple[str, str] | None:
    """The second symbol of a HIBC ends with the check character of its first."""
    if {primary.scheme, secondary.scheme} != {Scheme.HIBC} or primary.code is None:
        return None
    check, link = primary.element(hibc.CHECK), secondary.element(hibc.LINK)
    return None if check is None or link is None or check == link else (check, link)


def _says(scan: Scan, identifier: str) -> bool:
    return scan.element(identifier) is not None


def _warnings(first: Scan, second: Scan, merged: Scan) -> tuple[ScanWarning, ...]:
    told = dict.fromkeys(first.warnings + second.warnings)
    if merged.lot_number:
        told.pop(ScanWarning.NO_LOT, None)
    return tuple(told)
