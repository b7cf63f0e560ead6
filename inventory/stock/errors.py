"""What stock refuses when it comes in line by line."""

from dataclasses import dataclass

from inventory.errors import InvalidInput, Refusal


@dataclass(eq=False)
class SerialAlreadyReceived(Refusal):
    serial: str
    lot_number: str

    says = "The pack with serial number {serial!r} came in before, with lot {lot_number!r}."
    why = "A serial number names one box: received twice, a box would be counted that is not there."
    do = "Put the box aside. If it was booked by mistake, correct that delivery first."
    rule = "SER-01"


@dataclass(eq=False)
class SerialTwice(Refusal):
    serial: str

    says = "The pack with serial number {serial!r} is already in this delivery."
    why = "A serial number names one box."
    do = "Take the next box. The same box scanned again changes nothing."
    rule = "SER-01"


@dataclass(eq=False)
class OwnCodeScanned(InvalidInput):
    code_scanned: str

    says = "{code_scanned} is a code of this clinic, not of a maker's box."
    do = "Scan the symbol that the maker printed on the box."


@dataclass(eq=False)
class MadeAfterExpiry(InvalidInput):
    made: str
    expires: str

    says = "The code says made on {made} and use by {expires}: it expires before it was made."
    do = "Compare with the print. Type the line from it, or put the box aside."


@dataclass(eq=False)
class LotLooksLike(Refusal):
    lot_number: str
    known: str

    says = "Is it the known lot {known!r}, or really {lot_number!r}?"
    why = "The two differ only in case, zeros, O and 0, or I, L and 1. Two spellings of one lot hide it from a recall."
    do = "Look at the print again: type the known lot, or confirm that it is really another."
    rule = "LOT-04"


@dataclass(eq=False)
class DraftChanged(Refusal):
    """`changes`: what others did to it since it was shown."""

    changes: tuple[str, ...]

    says = "The delivery was changed meanwhile: {changes}."
    do = "Look at it as it is now, then make your change again."


@dataclass(eq=False)
class DraftEnded(Refusal):
    reference: str
    how: str

    says = "The delivery {reference!r} is no longer in progress: it was {how}."
    do = "Open the list of deliveries."


@dataclass(eq=False)
class DraftAsks(Refusal):
    count: int

    says = "Questions about scans that are not answered: {count}."
    why = "A scan that was not understood may be a box that nobody would book."
    do = "Answer them, or forget the scans, then save."


@dataclass(eq=False)
class LineIncomplete(Refusal):
    product: str
    missing: tuple[str, ...]

    says = "{product} is not complete: {missing} is missing."
    do = "Fill it in from the print on the box, then save."


@dataclass(eq=False)
class FewerPacksThanSerials(InvalidInput):
    packs: int
    serials: int

    says = "{packs} boxes are fewer than the {serials} whose serial numbers were scanned."
    do = "Undo the scans of the boxes that are not there."


@dataclass(eq=False)
class SeveralProducts(InvalidInput):
    text: str
    names: tuple[str, ...]

    says = "{text!r} may be several products: {names}."
    do = "Type the whole name, or choose it from the list."


@dataclass(eq=False)
class NotAnAnswer(InvalidInput):
    answer: str

    says = "{answer!r} is no answer to what was asked about this scan."
    do = "Choose one of the answers on offer."


@dataclass(eq=False)
class NothingToUndo(Refusal):
    says = "There is no scan to undo."
    do = "Lines that were typed are changed or removed in the list."


@dataclass(eq=False)
class CodeNotLearnable(InvalidInput):
    text: str

    says = "{text!r} cannot be learnt as a product's code."
    do = "Type the line without the code, or scan another symbol of the box."
