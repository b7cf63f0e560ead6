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
    do = "Answer them, or forget the scans."


@dataclass(eq=False)
class SymbolOfOneBox(Refusal):
    packs: int
    product: str

    says = "The line of {product} has {packs} boxes: the symbol of one cannot change them all."
    why = "The others would be booked with a lot that is not theirs."
    do = "Forget this scan, then scan the symbol with the product on that box first. Or change the line by hand."
    rule = "SCN-15"


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
class NothingToCount(InvalidInput):
    count: int

    says = "There is no line yet of which there could be {count} boxes."
    do = "Scan a box first, then type how many there are."


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
class CountChanged(Refusal):
    """What would be signed is no longer what was shown."""

    count_id: int

    says = "What there is to sign for count {count_id} has changed since this page was opened."
    why = "A signature is for the very text that was read."
    do = "Read it again, then sign."
    rule = "CNT-02"


@dataclass(eq=False)
class CountDiffers(Refusal):
    """Written as a deviation with what an approved count books: it is never raised."""

    what_it_is: str
    counted: str
    books: str

    says = "{what_it_is}: counted {counted}, by the books {books}."
    do = "Review how the difference came about."
    rule = "RCL-03"


@dataclass(eq=False)
class SameSite(InvalidInput):
    says = "A transfer goes from one site to another."
    do = "Choose another site. Within a site a container is moved, not sent."


@dataclass(eq=False)
class NothingToSend(InvalidInput):
    says = "Nothing was scanned."
    do = "Scan each container once, one a line."


@dataclass(eq=False)
class ScannedTwice(InvalidInput):
    code_scanned: str

    says = "{code_scanned} was scanned twice."
    do = "Take one of the two out of the list."


@dataclass(eq=False)
class TransferOver(Refusal):
    """`how`: sent or cancelled."""

    transfer_id: int
    how: str

    says = "Transfer {transfer_id} is {how} already."
    do = "Look at it again: somebody else may have been faster."


@dataclass(eq=False)
class TransferNotSent(Refusal):
    transfer_id: int

    says = "Transfer {transfer_id} was not sent yet."
    do = "Ask the other site to send it in the books; what is here already can be sent and received at once."


@dataclass(eq=False)
class NotInTransfer(Refusal):
    code_scanned: str
    transfer_id: int

    says = "{code_scanned} is not part of transfer {transfer_id}."
    why = "What was not sent cannot be received: the books of the sending site still have it."
    do = "Put it aside, and request its transfer: it is here."
    rule = "TRF-02"


@dataclass(eq=False)
class AlreadyArrived(Refusal):
    code_scanned: str
    how: str

    says = "{code_scanned} is {how} already."
    do = "Scan the next one."


@dataclass(eq=False)
class NoQuarantineThere(Refusal):
    code_scanned: str
    causes: str
    site: str

    says = "{code_scanned} is held ({causes}), and {site} has no quarantine to receive it."
    why = "What is held moves only to quarantine, to waste or back to the supplier."
    do = "Make a quarantine place there first, or wait until the hold is lifted."
    rule = "TRF-03"


@dataclass(eq=False)
class LotNumberReserved(InvalidInput):
    lot_number: str

    says = "{lot_number!r} is how the records call a lot that nobody can read."
    why = "Two vials must never join one lot because neither could be read."
    do = "Enter the number as printed. If it cannot be read, say so instead."
    rule = "OPN-01"


@dataclass(eq=False)
class NotUnidentified(Refusal):
    code_scanned: str
    lot_number: str

    says = "The lot of {code_scanned} is known: {lot_number}."
    do = "If it was typed wrong, correct the lot."


@dataclass(eq=False)
class StillUnidentified(InvalidInput):
    says = "A vial is identified by its lot number and its expiry date together."
    do = "Enter both as printed. If one cannot be read, discard the vial."
    rule = "OPN-01"


@dataclass(eq=False)
class PlaceDeclaredDone(Refusal):
    place: str

    says = "The first count of {place} is done."
    why = "What is found later was not there when the records began, or was overlooked: somebody must say which."
    do = (
        "If something was overlooked, open the place again with a reason. What came in since is received as a delivery."
    )
    rule = "OPN-03"


@dataclass(eq=False)
class PlaceNotDone(Refusal):
    place: str

    says = "The first count of {place} is still open."
    do = "Nothing has to be opened again: go on recording."


@dataclass(eq=False)
class PlacesNotDone(Refusal):
    places: tuple[str, ...]

    says = "The first count is not done in: {places}."
    why = "Until every place is counted, a trace of this site may have gaps."
    do = "Have each of them declared done, even if it is empty."
    rule = "OPN-04"


@dataclass(eq=False)
class NotCompleteOn(InvalidInput):
    day: str
    earliest: str
    latest: str

    says = "The records cannot be complete since {day}: choose a day from {earliest} to {latest}."
    why = "Before the last place was counted, something could be used of which the records know nothing."
    do = "Enter one of those days."
    rule = "OPN-04"


@dataclass(eq=False)
class NotOpeningStock(Refusal):
    entry_id: int

    says = "Entry {entry_id} is not of the first count of this place."
    do = "Correct it where it was recorded."


@dataclass(eq=False)
class AlreadyTakenBack(Refusal):
    entry_id: int

    says = "Entry {entry_id} was already taken back or corrected."
    do = "Nothing is left to do."


@dataclass(eq=False)
class PackAlreadyRecorded(Refusal):
    serial: str
    place: str

    says = "The box with serial number {serial} is already in the books, in {place}."
    why = "Each box has a serial number of its own: it was scanned before, by you or by somebody else."
    do = "Go on with the next. For loose vials out of this box type product, lot and expiry instead of scanning it."


@dataclass(eq=False)
class ScannedOurOwn(Refusal):
    code_scanned: str
    product: str
    place: str

    says = "{code_scanned} is in the books already: {product}, in {place}."
    why = "It bears a label of this clinic, so it was recorded before."
    do = "Go on with the next. If it stands in another place now, open its page and move it."


@dataclass(eq=False)
class SymbolsDiffer(Refusal):
    field: str
    first: str
    second: str

    says = "The two codes are not of one box: their {field} is {first!r} and {second!r}."
    do = "Scan one box at a time: the code with the product first, then the other code on the same box."
    rule = "SCN-15"


@dataclass(eq=False)
class PlaceNotEmpty(Refusal):
    place: str
    containers: int

    says = "{place} still holds {containers}."
    do = "Move or discard what is in it first."


@dataclass(eq=False)
class PlaceNameTaken(InvalidInput):
    name: str

    says = "This site already has a place called {name!r}."
    do = "Choose another name."


@dataclass(eq=False)
class LastPlace(Refusal):
    place: str

    says = "{place} is the last place of its kind at this site."
    why = "Stock needs somewhere to be kept, and what is blocked needs a quarantine to go to."
    do = "Add another place first."


@dataclass(eq=False)
class NotYetOver(Refusal):
    code_scanned: str
    usable_until: str

    says = "{code_scanned} may still be used, until {usable_until}."
    do = "To discard it all the same, open its page and say why."


@dataclass(eq=False)
class ProductNotOffered(Refusal):
    """It was deactivated, so no more of it is to come in."""

    product: str

    says = "{product} is no longer used here and is not received."
    why = "Somebody took it off the list on purpose. What stands in the cupboard already can still be used up."
    do = "Return the box, or let a person who manages the catalogue take {product} back into use first."
    rule = "REC-01"


@dataclass(eq=False)
class ReleasedBySignature(Refusal):
    """What waits for release is not lifted like another hold."""

    hold_id: int

    says = "What waits for release is released with its checklist and a signature, not by lifting its block."
    why = "Release says that certificate and vials were looked at; nobody may skip it by another way in."
    do = "Open it under Waiting for release, answer the checklist and sign."
    rule = "REL-01"


@dataclass(eq=False)
class ReleaseLacks(Refusal):
    """`lacking`: each question with what is missing."""

    lot_number: str
    lacking: tuple[str, ...]

    says = "Lot {lot_number} cannot be released yet. It lacks: {lacking}."
    do = "Attach the certificate, answer what is open, or reject what did not pass."
    rule = "REL-02"


@dataclass(eq=False)
class NothingToRelease(Refusal):
    lot_number: str

    says = "Nothing of lot {lot_number} waits for this decision."
    why = "What is damaged, kept aside or rejected is blocked for a cause of its own."
    do = "Look at what became of it on its page. Damaged vials wait until that block is lifted or they are rejected."
    rule = "REL-03"


@dataclass(eq=False)
class ReleaserReceived(Refusal):
    lot_number: str

    says = "You received lot {lot_number} yourself, so another person releases it."
    why = "This site asks for a second pair of eyes."
    do = "Let another responsible person sign. At a site run by one person alone, say why you do it alone."
    rule = "REL-04"


@dataclass(eq=False)
class ReleaseChanged(Refusal):
    """What would be signed is no longer what was shown."""

    lot_number: str

    says = "What there is to sign for lot {lot_number} has changed since this page was opened."
    why = "A signature is for the very text that was read."
    do = "Read it again below, then sign."
    rule = "REL-01"


@dataclass(eq=False)
class CheckNotAsked(Refusal):
    check_id: int
    product: str

    says = "Question {check_id} is not asked of {product}."
    do = "Answer the questions on its own list; load the page again if the list was changed."
    rule = "REL-02"


@dataclass(eq=False)
class NotOpened(Refusal):
    code_scanned: str

    says = "{code_scanned} is not open."
    do = "To discard it all the same, open its page and say why."


@dataclass(eq=False)
class TooManyDraftFiles(InvalidInput):
    reference: str
    most: int

    says = "The delivery {reference} has {most} files already."
    do = "Save the delivery, then attach the others to it or to its lines."
