"""What stock refuses: coming in line by line, counted, and moved between sites."""

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


@dataclass(eq=False)
class CountInProgress(Refusal):
    place: str
    count_id: int

    says = "{place} is being counted already."
    why = "Two counts of one place would each call missing what the other has found."
    do = "Go on with count {count_id}, or discard it first."


@dataclass(eq=False)
class CountOver(Refusal):
    """`how`: approved, discarded or finished."""

    count_id: int
    how: str

    says = "Count {count_id} is {how}."
    do = "Begin a new count of the place."


@dataclass(eq=False)
class CountNotFinished(Refusal):
    count_id: int

    says = "Count {count_id} is still going on."
    do = "Finish counting first; then the differences are known."


@dataclass(eq=False)
class NothingCounted(Refusal):
    place: str

    says = "Nothing was counted in {place} yet, and the books have something there."
    why = "Finished now, everything in it would be called missing."
    do = "Scan what is there, or discard the count."


@dataclass(eq=False)
class AlreadyCounted(Refusal):
    code_scanned: str
    by: str
    at: str

    says = "{code_scanned} was counted already, by {by} at {at}."
    why = "One container is counted once; two scans of it are one container."
    do = "Scan the next one. If it must be measured anew, say that it is counted again."


@dataclass(eq=False)
class AmountToMeasure(Refusal):
    """`because`: opened, holds pieces, or empty by the books."""

    code_scanned: str
    because: str

    says = "How much is left in {code_scanned} must be said: it is {because}."
    do = "Look or measure, and enter what is left."


@dataclass(eq=False)
class SecondCounterNeeded(Refusal):
    what_it_is: str

    says = "{what_it_is} was counted by you, and must be counted again by somebody else."
    why = "Who made a mistake tends to make it again."
    do = "Ask a colleague to count it. A site declared single-handed may say why there is nobody."
    rule = "CNT-02"


@dataclass(eq=False)
class LotNotByNumber(Refusal):
    lot_number: str
    because: str

    says = "Lot {lot_number} is not counted by number: {because}."
    do = "Scan our code on each one."


@dataclass(eq=False)
class NoSuchDifference(Refusal):
    what_it_is: str

    says = "There is nothing to explain about {what_it_is} in this count."
    do = "Look at the result again: it may have been counted anew."


@dataclass(eq=False)
class CountNotReady(Refusal):
    """`recounts`, `explanations`: what they wait for, by code or lot number."""

    recounts: tuple[str, ...]
    explanations: tuple[str, ...]

    says = "The count cannot be approved yet. To count again: {recounts}. To explain: {explanations}."
    why = "A difference above what measuring explains is seen by two people and said in words."
    do = "Have these counted again by somebody else, or write down how they came about."
    rule = "CNT-02"


@dataclass(eq=False)
class NotFoundHere(Refusal):
    code_scanned: str

    says = "{code_scanned} was not found by this count in another place than the books say."
    do = "Scan it in this count first."


@dataclass(eq=False)
class WrongPlaceScanned(InvalidInput):
    place: str

    says = "That is the code of {place}, not of something in it."
    do = "Scan the vials. To count another place, begin a count there."


@dataclass(eq=False)
class CountDiffers(Refusal):
    """Written as a deviation with what an approved count books: it is never raised."""

    what_it_is: str
    counted: str
    books: str

    says = "{what_it_is}: counted {counted}, by the books {books}."
    do = "Review how the difference came about."
    rule = "RCL-03"
