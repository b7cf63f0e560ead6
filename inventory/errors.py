"""Refusals: what the clinic's software will not do, why, and what the person can do now.

Every refusal is a class whose fields are the facts of the case, so that page, API and command line
say the same thing. A refusal knows nothing of HTTP. Its three sentences are:

- `what`: what was refused, with the facts;
- `why`: the rule behind it; `rule` names its entry in docs/rules.md where there is one;
- `remedy`: what the person can do now.
"""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar


class Refusal(Exception):
    """A command or a question that cannot be served as asked. The database is unchanged."""

    says: ClassVar[str] = ""  # `what`, with the facts in braces
    do: ClassVar[str] = ""  # `remedy`, likewise
    why: ClassVar[str] = ""
    rule: ClassVar[str | None] = None

    @property
    def what(self) -> str:
        return self.says.format(**self._spoken)

    @property
    def remedy(self) -> str:
        return self.do.format(**self._spoken)

    @property
    def _spoken(self) -> dict[str, Any]:
        return {name: _spoken(fact) for name, fact in self.facts.items()}

    @property
    def code(self) -> str:
        """The class name in snake case, as the API says it."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    @property
    def facts(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # every refusal is a dataclass

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.remedy) if part)


def _spoken(fact: Any) -> Any:
    """A fact as a sentence says it: `treatment_room` is two words, several things have commas, 8.000000 is 8."""
    if isinstance(fact, Decimal):
        return fact.normalize() if fact.is_finite() else fact
    if isinstance(fact, StrEnum):
        return fact.value.replace("_", " ")
    return ", ".join(str(_spoken(part)) for part in fact) if isinstance(fact, tuple) else fact


class InvalidInput(Refusal):
    """A value that is wrong in itself, whatever the stock says. The form is shown again."""


@dataclass(eq=False)
class InvalidAmount(InvalidInput):
    """`text` is the amount as it was given."""

    text: str
    problem: str
    bound: str = "greater than 0"

    says = "The amount {text!r} {problem}."
    do = "Enter an amount {bound} with at most 6 decimals."
    rule = "AMT-01"


@dataclass(eq=False)
class InvalidCount(InvalidInput):
    """A whole number outside its limits. `counted`: what it counts."""

    counted: str
    count: int
    least: int
    most: int

    says = "{counted}: {count} is not a number from {least} to {most}."
    do = "Enter a whole number from {least} to {most}."


# Frame: units of work, access, records


@dataclass(eq=False)
class NotAllowed(Refusal):
    permission: str

    says = "Your account may not do this here: it needs {permission!r}."
    do = "Ask an administrator of this site for the role, or a colleague who has it."


@dataclass(eq=False)
class RecordNotFound(Refusal):
    kind: str
    key: str

    says = "There is no {kind} {key!r}."
    do = "Check what was typed or scanned, or search for it."


@dataclass(eq=False)
class RecordChanged(Refusal):
    """Somebody saved the record after this form was opened."""

    kind: str
    key: str

    says = "The {kind} {key!r} was changed by somebody else meanwhile."
    do = "Look at what changed, then make your change again."


@dataclass(eq=False)
class AlreadySaved(Refusal):
    """The same key came with other content: the first was saved, this was not."""

    key: str

    says = "This form was already saved, with other entries than these."
    do = "Look at what was saved. To save these entries too, open a new form and enter them there."


@dataclass(eq=False)
class Busy(Refusal):
    says = "The system is busy and did not save this."
    why = "Another change held the records of this site for too long."
    do = "Wait a moment and save again: nothing was lost and nothing was done twice."


@dataclass(eq=False)
class StorageFull(Refusal):
    says = "The disk is full: nothing more can be saved until there is room."
    do = "Reading and tracing go on. Tell the administrator to free some space, then save again."


@dataclass(eq=False)
class ConstraintRefused(Refusal):
    """The database kept a rule that no service had caught: nothing was changed."""

    constraint: str

    says = "The change breaks a rule of the records ({constraint}) and was not saved."
    do = "Look at the record again. If it looks right, tell your administrator this sentence."


@dataclass(eq=False)
class ClockWrong(Refusal):
    now: str
    newest: str
    problem: str

    says = "The computer's clock says {now}, but {problem} ({newest})."
    why = "Expiry and use-before times would be wrong, so nothing that depends on the time is saved."
    do = "Set the clock right, or let an administrator confirm it. Reading and tracing go on."


@dataclass(eq=False)
class NotInitialised(Refusal):
    says = "This installation has no organisation yet."
    do = "Run `vialtrace init`, or open the first-run page with the secret from the console."


@dataclass(eq=False)
class UnitNamesNoAction(Exception):
    """A programming error: rows changed and nobody said what happened. Rolled back."""

    tables: tuple[str, ...]


@dataclass(eq=False)
class ScopeTooNarrow(Exception):
    """A programming error: records of all sites were to change, and not all were locked. Rolled back."""

    missing: tuple[int, ...]


@dataclass(eq=False)
class InvalidText(InvalidInput):
    field: str
    problem: str

    says = "{field}: {problem}."
    do = "Correct the entry and save again."


@dataclass(eq=False)
class InFuture(InvalidInput):
    field: str
    at: str
    now: str

    says = "{field} {at} is in the future; it is now {now}."
    do = "Enter a time that has passed."


@dataclass(eq=False)
class NotSigned(Refusal):
    meaning: str

    says = "This needs a signature ({meaning}): your password was not confirmed."
    do = "Enter your password to sign."


@dataclass(eq=False)
class WrongSigner(Refusal):
    meaning: str
    problem: str

    says = "This signature ({meaning}) cannot be accepted: {problem}."
    do = "Let the right person sign."


@dataclass(eq=False)
class AlreadyInCatalogue(Refusal):
    kind: str
    name: str

    says = "There is already a {kind} {name!r}."
    do = "Use it, or choose another name."


# The ledger


@dataclass(eq=False)
class NotEnoughInContainer(Refusal):
    code_scanned: str
    wanted: Decimal
    remaining: Decimal
    unit: str

    says = "{code_scanned} holds {remaining:f} {unit}; {wanted:f} {unit} were asked for."
    do = "Take less, add another vial, or record what was found if the vial really held more."


@dataclass(eq=False)
class ContainerClosed(Refusal):
    code_scanned: str
    closed_why: str

    says = "{code_scanned} is empty or gone ({closed_why})."
    do = "Scan the vial in your hand again. If it is this one, correct the entry that closed it."


@dataclass(eq=False)
class ContainerHeld(Refusal):
    code_scanned: str
    kinds: str
    causes: str

    says = "{code_scanned} is blocked ({kinds}): {causes}."
    why = "What is held must not be used until the hold is lifted by its own cause."
    do = "Put it aside and take another. It may be moved to quarantine, discarded or returned."
    rule = "HOLD-01"


@dataclass(eq=False)
class HeldAsEvidence(Refusal):
    code_scanned: str
    causes: str

    says = "{code_scanned} is kept as evidence: {causes}."
    why = "Evidence stays where it is and as it is."
    do = "Leave it. The person who leads the case lifts the hold."
    rule = "HOLD-02"


@dataclass(eq=False)
class ContainerPastUse(Refusal):
    code_scanned: str
    usable_until: str
    limit: str

    says = "{code_scanned} could be used until {usable_until} ({limit})."
    why = "Past its limit a container must not be used, whatever is left in it."
    do = "Discard it and take another."
    rule = "USE-01"


@dataclass(eq=False)
class ContainerHasNoExpiry(Refusal):
    code_scanned: str

    says = "{code_scanned} has no known expiry date."
    do = "Correct its lot with the date from the label, or discard it."
    rule = "USE-02"


@dataclass(eq=False)
class KeptForAnotherPatient(Refusal):
    code_scanned: str
    patient_reference: str

    says = "{code_scanned} is kept for patient {patient_reference}."
    why = "What was kept or prepared for one patient is never given to another."
    do = "Take another vial or syringe."
    rule = "USE-03"


@dataclass(eq=False)
class OpenedForAnotherSession(Refusal):
    code_scanned: str

    says = "{code_scanned} was opened for another session."
    why = "A single-dose container opened outside a hood serves only the session it was opened for."
    do = "Discard what is left and open a new one."
    rule = "BUD-10"


@dataclass(eq=False)
class OpenInSession(Refusal):
    code_scanned: str

    says = "{code_scanned} may serve only one session or patient once it is opened."
    why = "A single-dose container opened outside a hood is not kept for others."
    do = "Start the patient's session and open it there."
    rule = "BUD-10"


@dataclass(eq=False)
class BelongsToAnotherSite(Refusal):
    code_scanned: str
    site: str

    says = "{code_scanned} belongs to another site ({site})."
    do = "If it is here, request its transfer under Transfers; otherwise scan a vial of this site."


@dataclass(eq=False)
class OnTheWay(Refusal):
    """`site`: which site has sent it."""

    code_scanned: str
    site: str

    says = "{code_scanned} is on the way: {site} has sent it, and nobody has received it yet."
    why = "What is on the way is nobody's to use: it may be damaged, too warm, or not be there at all."
    do = "If it is here, receive the transfer first; then go on with it."
    rule = "TRF-01"


@dataclass(eq=False)
class ContainerAlreadyOpened(Refusal):
    code_scanned: str
    opened_at: str

    says = "{code_scanned} was already opened, at {opened_at}."
    do = "Use it by its own code, or open another."


@dataclass(eq=False)
class PackNotOpenable(Refusal):
    code_scanned: str

    says = "{code_scanned} is a pack of whole pieces and is not opened."
    do = "Split off the pieces you need."


@dataclass(eq=False)
class WholePiecesOnly(InvalidInput):
    code_scanned: str
    amount: Decimal

    says = "{code_scanned} is counted in whole pieces; {amount:f} is not whole."
    do = "Enter a whole number."


@dataclass(eq=False)
class NotSplittable(Refusal):
    code_scanned: str

    says = "{code_scanned} cannot be split: only an unopened pack of several pieces can."
    do = "Use it as it is."


@dataclass(eq=False)
class SamePlace(InvalidInput):
    code_scanned: str
    place: str

    says = "{code_scanned} is already in {place}."
    do = "Choose another place."


@dataclass(eq=False)
class PlaceNotOfThisSite(InvalidInput):
    place: str

    says = "{place} is not a storage place or room of this site."
    do = "Choose a place of this site; to another site a transfer is sent."


@dataclass(eq=False)
class PlaceHeld(Refusal):
    place: str
    causes: str

    says = "{place} is blocked: {causes}."
    why = "Nothing is put into a place that is held."
    do = "Choose another place."
    rule = "HOLD-03"


@dataclass(eq=False)
class ExpiryDiffers(Refusal):
    lot_number: str
    known: str
    given: str

    says = "Lot {lot_number!r} is known with expiry {known}; this says {given}."
    why = "One lot has one expiry date: one of the two was read wrong."
    do = "Read the printed date again. If the known one is wrong, correct the lot."
    rule = "LOT-01"


@dataclass(eq=False)
class OnlyIntoHold(Refusal):
    lot_number: str
    problem: str

    says = "Lot {lot_number!r} {problem}: it can be received only into a hold."
    do = "Receive it into quarantine, then return or discard it."
    rule = "LOT-02"


@dataclass(eq=False)
class NothingToReceive(InvalidInput):
    says = "There is no line to record."
    do = "Enter at least one product with its lot."


@dataclass(eq=False)
class WrongHoldTarget(InvalidInput):
    problem: str

    says = "This hold cannot be placed: {problem}."
    do = "Hold one container, one lot or one place."


@dataclass(eq=False)
class OverfillBeyondLimit(Refusal):
    code_scanned: str
    found: Decimal
    limit: Decimal
    unit: str

    says = "{code_scanned}: {found:f} {unit} more than it holds is beyond its product's limit of {limit:f} {unit}."
    why = "A vial holds a little more than its label says, not much more: a larger surplus is a wrong vial or amount."
    do = "Check the vial and the amount. What was really used is recorded as a late entry."
    rule = "RCL-04"


@dataclass(eq=False)
class NotCorrectable(InvalidInput):
    entry_id: int
    problem: str

    says = "Entry {entry_id} cannot be corrected like this: {problem}."
    do = "Look at the entry and give each of its lines once, with the right amount or vial."


@dataclass(eq=False)
class MoveAlreadyReversed(Refusal):
    entry_id: int

    says = "Entry {entry_id} was already corrected."
    do = "Correct the correcting entry's result with a new entry instead."


@dataclass(eq=False)
class ReversalNotReversible(Refusal):
    entry_id: int

    says = "Entry {entry_id} is itself a correction and is not reversed."
    do = "Record what really happened as a new entry."


@dataclass(eq=False)
class AmountHasGoneOn(Refusal):
    """`later_moves`: the moves that took what this entry brought."""

    entry_id: int
    later_moves: tuple[int, ...]

    says = "Entry {entry_id} cannot be corrected: the amount has gone on (moves {later_moves})."
    do = "Correct the later entries first, the newest first."
    rule = "COR-01"


@dataclass(eq=False)
class HoldAlreadyLifted(Refusal):
    hold_id: int

    says = "Hold {hold_id} was already lifted."
    do = "Nothing is left to do."


@dataclass(eq=False)
class LiftedByItsCause(Refusal):
    hold_id: int
    cause: str

    says = "Hold {hold_id} is lifted only by its cause: {cause}."
    do = "Follow the cause: lift the hold of the place, close the recall, or say which lot it is."
    rule = "HOLD-04"


@dataclass(eq=False)
class SameLot(InvalidInput):
    lot_number: str

    says = "The container already belongs to lot {lot_number!r}."
    do = "Enter the lot number as it is printed."


@dataclass(eq=False)
class LotWasMerged(Refusal):
    lot_number: str

    says = "Lot {lot_number!r} was corrected and has no containers of its own."
    do = "Use the lot it was corrected to."


@dataclass(eq=False)
class LotMadeHere(Refusal):
    lot_number: str

    says = "Lot {lot_number!r} was prepared here: its number is our own and cannot be misread."
    do = "Correct the entry of the preparation instead."
    rule = "LOT-03"


@dataclass(eq=False)
class ProductMadeHere(InvalidInput):
    product: str

    says = "{product} is prepared here and is not received."
    do = "Choose the product that the label names."
    rule = "LOT-03"


# Compounding and administering


@dataclass(eq=False)
class NotInjectable(Refusal):
    product: str

    says = "{product} is not for injection."
    why = "A cosmetic or a product marked as not injectable is never drawn up, mixed or injected."
    do = "Choose another product."
    rule = "ING-01"


@dataclass(eq=False)
class NeverMixed(Refusal):
    product: str

    says = "{product} must not be mixed with anything."
    why = "Its label advises against dilution or admixture."
    do = "Give it alone."
    rule = "ING-03"


@dataclass(eq=False)
class NoComponents(InvalidInput):
    says = "A cocktail needs at least one component."
    do = "Scan the vials that went in."


@dataclass(eq=False)
class ComponentInWrongUnit(InvalidInput):
    product: str
    unit: str

    says = "{product} is kept in {unit} and cannot be poured together by volume."
    do = "Reconstitute it first, then use the solution."


@dataclass(eq=False)
class YieldExceedsContents(InvalidInput):
    amount: Decimal
    theoretical: Decimal

    says = "The syringes hold {amount:f} mL together, but {theoretical:f} mL went in."
    do = "Check the amounts that went in and what each syringe holds."


@dataclass(eq=False)
class SessionEnded(Refusal):
    session_id: int

    says = "Session {session_id} has ended."
    do = "Start a new session, or record what happened as a late entry."


@dataclass(eq=False)
class EndsBeforeStart(InvalidInput):
    session_id: int
    started_at: str
    ended_at: str

    says = "Session {session_id} began at {started_at} and cannot have ended at {ended_at}."
    do = "Enter a time after its beginning."


@dataclass(eq=False)
class SessionOfAnotherSite(Refusal):
    session_id: int

    says = "Session {session_id} belongs to another site."
    do = "Switch to that site."


@dataclass(eq=False)
class CheckerPrepared(Refusal):
    says = "Who prepared a mixture may not check it."
    why = "The check is a second pair of eyes."
    do = "Ask a colleague to check."
    rule = "CHK-01"


@dataclass(eq=False)
class AlreadyVerified(Refusal):
    record_id: int

    says = "Preparation {record_id} was already checked."
    do = "Nothing is left to do."


@dataclass(eq=False)
class NotYetVerified(Refusal):
    record_id: int

    says = "Preparation {record_id} has not been checked by a second person."
    why = "This site checks every mixture before it is given."
    do = "Ask a colleague to check it, then give it."
    rule = "CHK-02"


@dataclass(eq=False)
class DeviationReviewed(Refusal):
    deviation_id: int

    says = "Deviation {deviation_id} was already reviewed."
    do = "Nothing is left to do."


@dataclass(eq=False)
class PatientErased(Refusal):
    reference: str

    says = "The identity of patient {reference} was erased."
    do = "The record stays traceable by its reference."


@dataclass(eq=False)
class ClinicNumberTaken(Refusal):
    clinic_number: str

    says = "Another patient has the clinic number {clinic_number!r}."
    do = "Search for that patient, or enter the right number."


@dataclass(eq=False)
class ReasonMissing(InvalidInput):
    says = "A reason is needed."
    do = "Write in a few words why."


# Rules that need thought (inventory/rules)


@dataclass(eq=False)
class UnitsNotConvertible(InvalidInput):
    from_unit: StrEnum
    to_unit: StrEnum

    says = "An amount in {from_unit} cannot be turned into {to_unit} here."
    why = "Only the product's own strength or activity relates the two."
    do = "Enter the amount in {to_unit}, or complete the product's strength."
    rule = "AMT-04"


@dataclass(eq=False)
class InvalidCode(InvalidInput):
    """`text` is what was typed or scanned, shortened."""

    text: str
    problem: str

    says = "{text!r} is not one of our codes: it {problem}."
    do = "Scan the label, or type the ten characters again."
    rule = "COD-01"


@dataclass(eq=False)
class WrongCheckCharacter(InvalidInput):
    """The right character is not told: whoever types it would make a wrong code pass."""

    text: str
    character: str

    says = "The check character {character!r} does not fit the code {text!r}."
    why = "One of its characters is wrong, or two were swapped."
    do = "Compare the code with the label and type it again."
    rule = "COD-01"


@dataclass(eq=False)
class InvalidExpiry(InvalidInput):
    text: str
    problem: str

    says = "The expiry {text!r} {problem}."
    do = "Read the printed date and enter it as year, month and day."
    rule = "SCN-03"


@dataclass(eq=False)
class BulkPackageNeedsHood(Refusal):
    place: StrEnum

    says = "A pharmacy bulk package cannot be opened in a {place}."
    why = "It holds many doses and its closure is entered once, only under a hood or in a clean room."
    do = "Open it under the hood, or take single vials."
    rule = "INU-06"


@dataclass(eq=False)
class LaneNotAvailable(Refusal):
    lane: StrEnum
    place: StrEnum

    says = "{lane} is not possible where mixing is done in a {place}."
    do = "Prepare it for immediate use, or give the product as labelled."
    rule = "LAN-01"


@dataclass(eq=False)
class TooManyProducts(Refusal):
    products: int
    most: int

    says = "{products} different products are planned; for immediate use {most} is the limit."
    why = "USP <797> allows no more sterile products than that without a hood; the diluent counts."
    do = "Leave products out, or prepare it under a hood."
    rule = "BUD-01"


@dataclass(eq=False)
class ImmediateUseNotStored(Refusal):
    storage: StrEnum

    says = "A preparation for immediate use cannot be stored ({storage})."
    why = "It is given within hours of its start or discarded."
    do = "Plan it without storage, or prepare it under a hood."
    rule = "BUD-02"


@dataclass(eq=False)
class ImmediateUseForOnePatient(Refusal):
    patients: int

    says = "A preparation for immediate use is for one patient; this one names {patients}."
    do = "Name the one patient, and prepare one for each."
    rule = "BUD-02"


@dataclass(eq=False)
class StorageNotAllowed(Refusal):
    lane: StrEnum
    storage: StrEnum

    says = "A {lane} preparation cannot be kept in the {storage}."
    do = "Choose another storage."
    rule = "LIM-01"


@dataclass(eq=False)
class LimitNotPublished(Refusal):
    """USP <797> gives no limit for these conditions."""

    lane: StrEnum
    problem: str

    says = "A {lane} preparation {problem}."
    why = "USP <797> gives no beyond-use limit for it."
    do = "Correct what was entered, or choose the category that fits."
    rule = "LIM-01"


@dataclass(eq=False)
class BeyondUseDataMissing(Refusal):
    missing: tuple[str, ...]

    says = "The beyond-use time cannot be set: {missing} is not known."
    why = "Where a fact is missing, no time is guessed and nothing can be released."
    do = "Complete what is missing."
    rule = "BUD-08"


@dataclass(eq=False)
class ComponentPastUse(Refusal):
    """`ended_at` is in the zone of the site."""

    component: str
    lot_number: str
    limit: StrEnum
    ended_at: datetime

    says = "{component}, lot {lot_number}, could be used until {ended_at:%Y-%m-%d %H:%M} ({limit})."
    why = "Nothing may be mixed from what is past its time."
    do = "Discard it and take another."
    rule = "BUD-09"


@dataclass(eq=False)
class NotEnoughStock(Refusal):
    product: str
    wanted: Decimal
    available: Decimal

    says = "{wanted:f} of {product} was asked for; {available:f} can be used."
    do = "Take less or another product, or look why the rest is blocked."
    rule = "FEF-01"


class IntegrityProblem(Refusal):
    """The records contradict each other. Nobody did wrong just now; somebody must look."""

    why = "The trace cannot be computed while the records contradict each other."
    do = "Tell your administrator to run `vialtrace check`."


@dataclass(eq=False)
class TraceHasCycle(IntegrityProblem):
    """`ids`: containers, or lots, each made from the one before."""

    kind: str
    ids: tuple[int, ...]

    says = "The records say that {kind} {ids} were made from one another."
    rule = "TRC-02"


@dataclass(eq=False)
class ContainerMadeTwice(IntegrityProblem):
    container_id: int
    record_ids: tuple[int, ...]

    says = "Container {container_id} is the product of several preparations ({record_ids})."
    rule = "TRC-02"


@dataclass(eq=False)
class RecordWithoutVolume(IntegrityProblem):
    record_id: int

    says = "Preparation {record_id} has components but no volume."
    rule = "TRC-04"


# Scanning


@dataclass(eq=False)
class UnreadableCode(InvalidInput):
    """`text` is the beginning of what was scanned."""

    text: str
    problem: str

    says = "The code {text!r} {problem}."
    do = "Scan the symbol on the box again, or type what is printed beside it."
    rule = "SCN-07"


@dataclass(eq=False)
class EmptyCode(InvalidInput):
    says = "There is nothing in the code."
    do = "Scan the symbol again, or type what is printed beside it."
    rule = "SCN-07"


@dataclass(eq=False)
class StrangeCharacter(InvalidInput):
    """`position` counts the characters as they were scanned, from 1, here and in the next ones."""

    character: str
    position: int

    says = "Character {position} of the code is {character}, which no code holds."
    why = "Codes are made of the plain letters, digits and signs of a keyboard."
    do = "Scan again. If it comes back, compare the keyboard language of scanner and computer."
    rule = "SCN-07"


@dataclass(eq=False)
class UnknownElement(InvalidInput):
    text: str
    position: int

    says = "From character {position} on the code cannot be read: {text!r} begins no known element."
    why = "Often the scanner has dropped the separator after a lot or serial number, or puts another sign for it."
    do = "Scan again. If it is refused again, type product, lot and expiry from the print."
    rule = "SCN-05"


@dataclass(eq=False)
class InvalidElement(InvalidInput):
    """One element of a code, by its identifier and its name, with what is wrong with it and where."""

    element: str
    name: str
    value: str
    problem: str
    position: int

    says = "The {name} {value!r} (element {element}, character {position}) {problem}."
    do = "Scan again. If it is refused again, compare with the print and type what stands there."
    rule = "SCN-16"


@dataclass(eq=False)
class WrongCheckDigit(InvalidInput):
    """The right digit is not told: whoever types it would make a wrong number pass."""

    name: str
    value: str
    position: int

    says = "The check digit of the {name} {value!r} (character {position}) does not fit."
    why = "One of its characters was read or typed wrong."
    do = "Scan again, or compare with the print and type it again."
    rule = "SCN-01"


@dataclass(eq=False)
class WrongHibcCheck(WrongCheckDigit):
    says = "The check character of the {name} {value!r} (character {position}) does not fit."
    rule = "HIB-01"


@dataclass(eq=False)
class WrongPpnCheck(WrongCheckDigit):
    rule = "PPN-01"


@dataclass(eq=False)
class ElementsConflict(InvalidInput):
    element: str
    name: str
    first: str
    second: str

    says = "The code says two different things for the {name} (element {element}): {first!r} and {second!r}."
    do = "Do not choose one: read the print, type what stands there, and tell the supplier if the print is wrong too."
    rule = "SCN-09"


@dataclass(eq=False)
class ElementOutOfPlace(InvalidInput):
    element: str
    name: str
    problem: str

    says = "The code has a {name} (element {element}), which {problem}."
    do = "Scan the symbol on the box itself, or type product, lot and expiry from the print."
    rule = "SCN-17"


@dataclass(eq=False)
class ProductMissing(InvalidInput):
    """`found`: what the code does say."""

    found: tuple[str, ...]

    says = "The code names no product. It has: {found}."
    why = "Lot and expiry mean nothing without the product they belong to."
    do = "Scan the other symbol on the box first: the one with the product number."
    rule = "SCN-10"


@dataclass(eq=False)
class WrongPathOrder(InvalidInput):
    first: str
    second: str

    says = "In this link element {second} stands after element {first}."
    why = "A product link names variant (22), lot (10) and serial (21) in this order."
    do = "Scan another symbol on the box, or type what is printed."
    rule = "SCN-14"
