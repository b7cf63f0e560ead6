"""What printing refuses."""

from dataclasses import dataclass

from inventory.errors import InvalidInput, Refusal


@dataclass(eq=False)
class LabelTextTooLong(InvalidInput):
    """`field`: which text finds no room. `label`: the how manieth of those asked for."""

    field: str
    label: int
    medium: str

    says = "On label {label} the text {field!r} finds no room, even in the smallest letters: {medium}."
    do = "Choose a larger label. Nothing was printed."
    why = "A text that is cut off could be read as another one."
    rule = "LBL-07"


@dataclass(eq=False)
class LabelTextNotDrawable(InvalidInput):
    field: str
    label: int
    characters: str

    says = "On label {label} the text {field!r} has signs that cannot be printed: {characters}"
    do = "Write {field!r} in Latin, Greek or Cyrillic letters where it is entered, or write this label by hand."
    why = "What the printer's letters do not have would come out as boxes or in the wrong order."
    rule = "LBL-08"

    @property
    def what(self) -> str:
        return f"{super().what}."


@dataclass(eq=False)
class MediumRefused(InvalidInput):
    name: str
    problem: str

    says = "{name} cannot be printed on: {problem}."
    do = "Measure the sheet again, from its upper left corner, in millimetres."


@dataclass(eq=False)
class MediumNameTaken(InvalidInput):
    name: str

    says = "There is already a label called {name!r} here."
    do = "Choose another name."


@dataclass(eq=False)
class StartNotOnSheet(InvalidInput):
    start: int
    most: int

    says = "There is no label {start} on this sheet: it has {most}."
    do = "Enter the first free label, counted from the upper left along the rows, from 1 to {most}."


@dataclass(eq=False)
class TooManyLabels(InvalidInput):
    """`counted`: copies of each label, or labels at once."""

    counted: str
    count: int
    most: int

    says = "{count} {counted} are not possible; it is 1 to {most}."
    do = "Print fewer, and the others afterwards."


@dataclass(eq=False)
class ReprintNeedsReason(InvalidInput):
    """A second label on the same vial can end up on another one (PRN-02)."""

    count: int
    last_printed: str

    says = "{count} of these labels were printed before, last on {last_printed}."
    do = "Say why they are printed again."
    why = "A spare label can end up on the wrong vial, so that each copy has its number and its reason."
    rule = "PRN-02"


@dataclass(eq=False)
class NothingToLabel(Refusal):
    says = "There is nothing here to print a label for."
    do = "Choose what is still in stock."


@dataclass(eq=False)
class NoSuchLabel(Refusal):
    """`needed`: what would have to be true."""

    subject: str
    needed: str

    says = "{subject} {needed}, so there is no such label for it."
    do = "Choose another kind of label."


@dataclass(eq=False)
class SheetClosed(Refusal):
    sheet_id: int
    minutes: int

    says = "Print {sheet_id} is over: it could be fetched for {minutes} minutes by who printed it."
    do = "Print the labels again, with the reason."
    rule = "PRN-02"
