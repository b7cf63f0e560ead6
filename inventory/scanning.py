"""What a scan, or what was typed into the scan box, means at a site: one question, one frozen answer.

- Our own codes come first, then makers' codes, then words: a lot number, a product by any of its names.
- A code of another site is never unknown: the answer names the site.
- A maker's code that no product has learnt yet is told apart from words, so that it can be learnt
  (`inventory/catalogue/recognising.py`). A code that contradicts itself, or has a slip in it, is refused with the
  place, unless it is the very number of a lot that is on file.
- Nothing changes. What the code says is told beside what the books say, and where they differ that is told too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, joinedload

from inventory import searching
from inventory.catalogue import recognising
from inventory.catalogue.finding import FoundProduct
from inventory.catalogue.recognising import CodeOnBox, KnownProduct
from inventory.errors import InvalidCode, RecordNotFound, Refusal, StrangeCharacter, WrongCheckCharacter
from inventory.rules.barcodes import DEFAULT_SEPARATORS, Scan, ScanWarning, Scheme, read_code
from inventory.rules.codes import check_code
from inventory.searching import FoundContainer, FoundLot, FoundPatient, FoundPlace
from inventory.stock import lots
from inventory.stock.lot_at_hand import LotAtHand, lot_at_hand
from models.organisation import Site
from models.stock import Lot

LONGEST = 500  # as long as a delivery keeps what was scanned


class Meaning(StrEnum):
    """`BOX`: a maker's code of a known product. `UNKNOWN_BOX`: a code that no product has learnt."""

    CONTAINER = "container"
    PLACE = "place"
    PATIENT = "patient"
    LOT = "lot"
    BOX = "box"
    UNKNOWN_BOX = "unknown_box"
    WORDS = "words"


@dataclass(frozen=True)
class Said:
    """What the code itself says. `raw` is the text as scanned, with what cannot be seen written out."""

    scheme: Scheme
    raw: str
    gtin: str | None
    code: str | None
    lot_number: str | None
    serial: str | None
    expires_on: date | None
    is_month_only: bool
    manufactured_on: date | None
    count: int | None
    warnings: tuple[ScanWarning, ...]


@dataclass(frozen=True)
class Answered:
    """What it meant. `lots` and `products` are what words found; `suggested` may be what an unknown code is on.

    `other_expiry`: the code and the books say different last days for the lot.
    """

    meaning: Meaning
    said: Said | None = None
    on_box: CodeOnBox | None = None
    container: FoundContainer | None = None
    place: FoundPlace | None = None
    patient: FoundPatient | None = None
    lot: LotAtHand | None = None
    product: KnownProduct | None = None
    other_expiry: bool = False
    suggested: tuple[KnownProduct, ...] = ()
    lots: tuple[FoundLot, ...] = ()
    products: tuple[FoundProduct, ...] = ()

    @property
    def found_something(self) -> bool:
        return self.meaning is not Meaning.WORDS or bool(self.lots or self.products)

    @property
    def seems_mistyped(self) -> bool:
        """It looks like a number with a check digit that does not fit: nobody's to learn."""
        return self.said is not None and ScanWarning.CHECK_DIGIT in self.said.warnings


def answer_scan(
    session: Session, *, text: str, site_id: int, now: datetime, separators: Sequence[str] = DEFAULT_SEPARATORS
) -> Answered:
    """Raises `WrongCheckCharacter`, `RecordNotFound` for a code never given, and the refusals of makers' codes."""
    asked = _Asked(session, text.replace("\x00", ""), site_id, now)
    try:
        return asked.of_ours(check_code(asked.words))
    except InvalidCode:
        return asked.of_a_maker(separators)
    except (WrongCheckCharacter, RecordNotFound) as refusal:
        return asked.words_or(refusal)


def today_at(session: Session, site_id: int, now: datetime) -> date:
    return now.astimezone(ZoneInfo(session.get_one(Site, site_id).time_zone)).date()


@dataclass(frozen=True)
class _Asked:
    session: Session
    text: str
    site_id: int
    now: datetime

    @property
    def words(self) -> str:
        return self.text.strip()

    def of_ours(self, code: str) -> Answered:
        match searching.meaning_of_ours(self.session, code):
            case FoundContainer() as container:
                return Answered(Meaning.CONTAINER, container=container)
            case FoundPlace() as place:
                return Answered(Meaning.PLACE, place=place)
            case FoundPatient() as patient:
                return Answered(Meaning.PATIENT, patient=patient)
            case FoundLot() as lot:
                return self._of_lot(lot.id)

    def of_a_maker(self, separators: Sequence[str]) -> Answered:
        try:
            scan = read_code(self.text, today_at(self.session, self.site_id, self.now), separators)
        except Refusal as refusal:
            return self.words_or(refusal)
        if scan.scheme is Scheme.OURS and scan.code is not None:  # behind the prefix of a scanner
            return self.of_ours(scan.code)
        product = recognising.find_product(self.session, scan=scan)
        if product is not None:
            return self._of_box(scan, product)
        if scan.scheme is Scheme.INTERNAL:
            return self._words_or_unknown(scan)
        return self._unknown(scan)

    def words_or(self, refusal: Refusal) -> Answered:
        """What happens to look like a code, or like a bad one, may be the words for something."""
        found = self._by_words()
        if found.found_something or _is_word(self.words, refusal):
            return found
        raise refusal

    def _words_or_unknown(self, scan: Scan) -> Answered:
        found = self._by_words()
        if found.found_something or not _may_be_code(self.words):
            return found
        return self._unknown(scan)

    def _by_words(self) -> Answered:
        found = searching.by_words(self.session, self.words[: searching.LONGEST])
        if len(found.lots) == 1 and not found.products:
            return self._of_lot(found.lots[0].id)
        return Answered(Meaning.WORDS, lots=found.lots, products=found.products)

    def _of_lot(self, lot_id: int) -> Answered:
        lot = self.session.get_one(Lot, lot_id, options=[joinedload(Lot.product)])
        return Answered(Meaning.LOT, lot=self._at_hand(lot))

    def _of_box(self, scan: Scan, product: KnownProduct) -> Answered:
        answer = Answered(Meaning.BOX, said=_said(scan), on_box=recognising.code_on_box(scan), product=product)
        if scan.lot_number is None:
            return answer
        lot = lots.find_lot(self.session, product_id=product.id, lot_number=scan.lot_number)
        if lot is None:
            return answer
        differs = scan.expires_on is not None and scan.expires_on != lot.expires_on
        return replace(answer, lot=self._at_hand(lot), other_expiry=differs)

    def _unknown(self, scan: Scan) -> Answered:
        suggested = tuple(recognising.suggest_products(self.session, scan=scan))
        wanted = recognising.code_on_box(scan)
        return Answered(Meaning.UNKNOWN_BOX, said=_said(scan), on_box=wanted, suggested=suggested)

    def _at_hand(self, lot: Lot) -> LotAtHand:
        return lot_at_hand(self.session, lot=lot, site_id=self.site_id, now=self.now)


def _is_word(text: str, refusal: Refusal) -> bool:
    """Whether nobody can have meant a code: a name with letters of its own, a word that only has a code's length."""
    if isinstance(refusal, StrangeCharacter):
        return text.isprintable()
    return text.replace(" ", "").isalpha()


def _may_be_code(text: str) -> bool:
    """Codes that are no scheme's have a digit and no gap; all else is words that found nothing."""
    return " " not in text and any(map(str.isdigit, text))


def _said(scan: Scan) -> Said:
    return Said(
        scan.scheme,
        scan.escaped_raw,
        scan.gtin,
        scan.code,
        scan.lot_number,
        scan.serial,
        scan.expires_on,
        scan.is_month_only,
        scan.manufactured_on,
        scan.count,
        scan.warnings,
    )
