"""The lines of a delivery in progress: typed, completed, changed, removed.

- Only the number of a lot is needed to know more: a known lot has its expiry already (LOT-01).
- A lot that looks like a known one is asked about (LOT-04); one with another expiry than known is refused (LOT-01).
- A line carries the version at which it was last changed, so that the second of two people is told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act
from inventory.catalogue.finding import WantedProducts, find_products
from inventory.errors import ExpiryDiffers, InvalidCount, ProductMadeHere, RecordNotFound
from inventory.rules.typed_expiry import typed_expiry
from inventory.stock import dating, draft_files, drafts, lots, receiving
from inventory.stock.errors import DraftChanged, FewerPacksThanSerials, NothingToCount, SeveralProducts
from inventory.stock.lots import LONGEST_LOT_NUMBER
from models.catalogue import Product
from models.receiving import DeliveryDraft, DraftLine
from models.vocabulary import ContainerKind, DeliveryLineKind, DraftScanState, RegulatoryClass, Tracking

NO_EXPIRY = frozenset({"none", "no", "-", "–"})
MOST_PACKS = 1_000
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class LineContent:
    """`expires`: as typed, or `none` where no date is printed. `is_another_lot`: it only looks like a known one."""

    lot_number: str | None = None
    expires: str | None = None
    packs: int = 1
    per_pack: int = 1
    kind: DeliveryLineKind = DeliveryLineKind.BOUGHT
    damaged: int = 0
    damage_reason: str | None = None
    unit_cost: Decimal | None = None
    is_another_lot: bool = False


@dataclass(frozen=True)
class AddLine(LineContent):
    """`product`: its name, or words that only one product has."""

    draft_id: int
    product: str


@dataclass(frozen=True)
class ChangeLine(LineContent):
    draft_id: int
    line_id: int
    version: int


@dataclass(frozen=True)
class RemoveLine:
    draft_id: int
    line_id: int
    version: int


def add_line(session: Session, act: Act, command: AddLine) -> DraftLine:
    """A line without a scan. Raises `LotLooksLike`, `ExpiryDiffers`, `SeveralProducts`."""
    draft = drafts.draft_to_change(session, act, command.draft_id)
    product = find_product(session, command.product)
    line = DraftLine(draft_id=draft.id, product_id=product.id, product=product, version=draft.version + 1)
    _fill(session, act, line, command)
    session.add(line)
    session.flush()  # what is noted names the line
    drafts.note(session, act, draft, f"typed: {words(line)}", line.id)
    return line


def change_line(session: Session, act: Act, command: ChangeLine) -> DraftLine:
    """The whole line as it should be. Raises `DraftChanged` where somebody else changed it meanwhile."""
    draft, line = line_to_change(session, act, command.draft_id, command.line_id, command.version)
    _fill(session, act, line, command)
    line.version = drafts.note(session, act, draft, f"changed: {words(line)}", line.id)
    return line


def set_packs(session: Session, act: Act, draft: DeliveryDraft, packs: int) -> DraftLine:
    """How many boxes the line has that was changed last: a plain number typed where scans go."""
    line = last_line(session, draft.id)
    if line is None:
        raise NothingToCount(packs)
    line.packs = packs
    refuse_counts(session, line)
    line.version = drafts.note(session, act, draft, f"changed: {words(line)}", line.id)
    return line


def remove_line(session: Session, act: Act, command: RemoveLine) -> DeliveryDraft:
    """The line goes, with the scans that made it. Its files stay with the delivery."""
    draft, line = line_to_change(session, act, command.draft_id, command.line_id, command.version)
    drafts.note(session, act, draft, f"removed: {words(line)}", line.id)
    for scan in drafts.scans_of(session, draft.id):
        if scan.line_id == line.id:
            scan.state, scan.line_id, scan.version = DraftScanState.UNDONE, None, draft.version
    draft_files.let_go_of_line(session, line.id)
    session.flush()  # the scans let go of the line before it goes
    session.delete(line)
    return draft


def line_to_change(
    session: Session, act: Act, draft_id: int, line_id: int, version: int
) -> tuple[DeliveryDraft, DraftLine]:
    draft = drafts.draft_to_change(session, act, draft_id)
    line = session.get(DraftLine, line_id)
    if line is None or line.draft_id != draft.id:
        changes = drafts.changes_since(session, draft.id, version, line_id)
        if changes:
            raise DraftChanged(changes)
        raise RecordNotFound("line", str(line_id))
    if line.version != version:
        raise DraftChanged(drafts.changes_since(session, draft.id, version, line_id))
    return draft, line


def last_line(session: Session, draft_id: int) -> DraftLine | None:
    """The line that was changed last."""
    query = select(DraftLine).where(DraftLine.draft_id == draft_id).order_by(DraftLine.version.desc()).limit(1)
    return session.scalars(query).one_or_none()


def find_product(session: Session, text: str) -> Product:
    """By its whole name, or by words that one product alone has. Raises `SeveralProducts`, `RecordNotFound`."""
    name = texts.line("Product", text)
    found = session.scalars(select(Product).where(Product.name == name, Product.is_active)).one_or_none()
    if found is None:
        some, following = find_products(session, wanted=WantedProducts(name), most=_NAMED)
        if len(some) > 1 or following:
            raise SeveralProducts(name, tuple(each.name for each in some))
        if not some:
            raise RecordNotFound("product", name)
        found = session.get_one(Product, some[0].id)
    refuse_made_here(found)
    return found


def refuse_made_here(product: Product) -> None:
    if product.regulatory_class is RegulatoryClass.COMPOUNDED_HERE:
        raise ProductMadeHere(product.name)


def _fill(session: Session, act: Act, line: DraftLine, given: LineContent) -> None:
    line.lot_number = texts.line("Lot number", given.lot_number, LONGEST_LOT_NUMBER) if given.lot_number else None
    if given.is_another_lot:
        line.confirmed_number = line.lot_number
    if line.lot_number is not None and line.lot_number != line.confirmed_number:
        lots.refuse_lookalike(line.lot_number, known_numbers(session, line.draft_id, line.product_id, line.id))
    _date(session, act, line, given.expires)
    line.kind = given.kind
    line.packs, line.per_pack = given.packs, given.per_pack
    line.damaged = given.damaged
    line.damage_reason = texts.line("What is damaged", given.damage_reason) if given.damage_reason else None
    line.unit_cost = receiving.checked_cost(given.unit_cost)
    refuse_counts(session, line)


def _date(session: Session, act: Act, line: DraftLine, typed: str | None) -> None:
    line.expires_on, line.is_month_only, line.has_no_expiry = None, False, False
    if typed is not None and typed.strip().lower() in NO_EXPIRY:
        line.has_no_expiry = True
    elif typed is not None and typed.strip():
        printed = typed_expiry(typed, dating.today_at(session, act))
        line.expires_on, line.is_month_only = printed.expires_on, printed.is_month_only
    known = known_expiry(session, line.draft_id, line.product_id, line.lot_number, line.id)
    if known is None:
        return
    if line.expires_on is None and not line.has_no_expiry:
        take_known(line, known)
    elif known.expires_on != line.expires_on:
        raise ExpiryDiffers(line.lot_number or "", shown(known.expires_on), shown(line.expires_on))


def refuse_counts(session: Session, line: DraftLine) -> None:
    for counted, count, least, most in (
        ("Boxes", line.packs, 1, MOST_PACKS),
        ("Vials in a box", line.per_pack, 1, receiving.MOST_CONTAINERS),
        ("Containers", line.packs * line.per_pack, 1, receiving.MOST_CONTAINERS),
        ("Damaged", line.damaged, 0, line.packs * line.per_pack),
    ):
        if not least <= count <= most:
            raise InvalidCount(counted, count, least, most)
    if line.id is not None:
        serials = sum(scan.serial is not None for scan in drafts.scans_of_line(session, line.id))
        if line.packs < serials:
            raise FewerPacksThanSerials(line.packs, serials)


@dataclass(frozen=True)
class KnownExpiry:
    """`lot_id`: the lot on file that has it; none where only another line of the draft says so."""

    expires_on: date | None
    is_month_only: bool
    lot_id: int | None


def known_expiry(
    session: Session, draft_id: int, product_id: int, lot_number: str | None, but_line_id: int | None = None
) -> KnownExpiry | None:
    """The expiry that a lot has on file, else on another line of the draft."""
    if lot_number is None:
        return None
    lot = lots.find_lot(session, product_id=product_id, lot_number=lot_number)
    if lot is not None:
        return KnownExpiry(lot.expires_on, lot.is_month_only, lot.id)
    for line in _others(session, draft_id, product_id, but_line_id):
        if line.lot_number == lot_number and (line.expires_on is not None or line.has_no_expiry):
            return KnownExpiry(line.expires_on, line.is_month_only, None)
    return None


def take_known(line: DraftLine, known: KnownExpiry) -> None:
    line.expires_on, line.is_month_only = known.expires_on, known.is_month_only
    line.has_no_expiry = known.expires_on is None


def known_numbers(session: Session, draft_id: int, product_id: int, but_line_id: int | None = None) -> list[str]:
    """The lot numbers of a product, on file and in the draft. Spellings that were corrected are not offered."""
    on_file = lots.numbers_on_file(session, product_id)
    in_draft = [line.lot_number for line in _others(session, draft_id, product_id, but_line_id) if line.lot_number]
    return [*on_file, *in_draft]


def _others(session: Session, draft_id: int, product_id: int, but_line_id: int | None) -> Iterator[DraftLine]:
    with session.no_autoflush:  # a line that is being filled is not to be written yet
        lines = drafts.lines_of(session, draft_id)
    return (line for line in lines if line.product_id == product_id and line.id != but_line_id)


def shown(day: date | None) -> str:
    return "none" if day is None else day.isoformat()


def words(line: DraftLine) -> str:
    """What a line means, as it is said to the person who scanned it."""
    parts = [line.product.name, f"lot {line.lot_number}" if line.lot_number else "lot not known yet"]
    if line.expires_on is not None:
        parts.append(f"use by {line.expires_on.isoformat()}" + (" (month only)" if line.is_month_only else ""))
    else:
        parts.append("no expiry date" if line.has_no_expiry else "expiry not known yet")
    parts.append(count_words(line))
    return ", ".join(parts)


def count_words(line: DraftLine) -> str:
    one = container_word(line.product)
    if line.per_pack > 1:
        box = f"box of {line.per_pack}"
        return box if line.packs == 1 else f"{line.packs} boxes of {line.per_pack}"
    return f"1 {one}" if line.packs == 1 else f"{line.packs} {one}s" if not one.endswith("x") else f"{line.packs} boxes"


def container_word(product: Product) -> str:
    """What one container of a product is called."""
    if product.tracking is Tracking.PACK:
        return "box"
    kinds = {
        ContainerKind.AMPOULE: "ampoule",
        ContainerKind.PREFILLED_SYRINGE: "syringe",
        ContainerKind.BAG: "bag",
        ContainerKind.KIT: "kit",
    }
    return kinds.get(product.container_kind, "vial")


def is_quantity(text: str) -> bool:
    """A plain number of at most four digits: no maker's code is that short."""
    return re.fullmatch(r"[0-9]{1,4}", text) is not None


def may_be_quantity(text: str) -> bool:
    """A number too short for a GTIN: a slip of the finger, unless it was learnt as a code."""
    return re.fullmatch(r"-?[0-9]{1,7}", text) is not None
