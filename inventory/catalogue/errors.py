"""What the catalogue refuses."""

from dataclasses import dataclass

from inventory.errors import InvalidInput, Refusal


@dataclass(eq=False)
class ProductInUse(Refusal):
    """A container of the product exists, so what its amounts are counted in is fixed."""

    product: str

    says = "Unit, content and counting of {product} are fixed: there are vials of it."
    why = "Every amount in the records is in the product's unit; another unit would change what was recorded."
    do = "Add a new product with the right unit and content, and deactivate this one."


@dataclass(eq=False)
class CodeOfAnotherProduct(Refusal):
    code_given: str
    product: str

    says = "The code {code_given} already belongs to {product}."
    why = "A code names one product, or a scan could mean two things."
    do = "Compare the box with {product}. If the code is wrong there, take it off that product first."


@dataclass(eq=False)
class FactAlreadyVerified(Refusal):
    fact: str

    says = "{fact} is already verified."
    do = "Nothing is left to do."


@dataclass(eq=False)
class RuleNeedsTwoSides(InvalidInput):
    says = "A rule about mixing needs something on each side."
    do = "Choose at least one ingredient, class or property for each of the two sides."


@dataclass(eq=False)
class AcidityTurned(InvalidInput):
    lowest: str
    highest: str

    says = "The pH {lowest} to {highest} is not a range from 0 to 14."
    do = "Enter the lower value first; both are on the maker's leaflet."


@dataclass(eq=False)
class InUseTimeTwice(InvalidInput):
    says = "The time after opening is given in hours and in days."
    do = "Enter it once, as the maker's leaflet says it."


@dataclass(eq=False)
class InUseTimeOutOfRange(InvalidInput):
    count: int
    most: int
    span: str

    says = "{count} is not a time after opening in {span}."
    do = "Enter 1 to {most} {span}, or leave it empty."


@dataclass(eq=False)
class NotAProductCode(InvalidInput):
    code_given: str
    problem: str

    says = "{code_given!r} is not such a product code: it {problem}."
    do = "Scan the box, or type the code as it is printed."
