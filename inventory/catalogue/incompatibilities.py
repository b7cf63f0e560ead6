"""What must not meet in one mixture: rules of two sides, each met by a substance, a class or a flag.

A rule's sides never change, so that what was decided by it stays readable: another rule is added, this one deactivated.
No rule means that nothing is known, never that a mixture is safe.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue.errors import RuleNeedsTwoSides
from inventory.errors import AlreadyInCatalogue, RecordChanged, RecordNotFound
from inventory.evidence import audit
from models.catalogue import IncompatibilityRule, IncompatibilitySelector, Product, ProductFlag, Substance
from models.vocabulary import IncompatibilityLevel, IngredientClass, ProductFlagKind, SelectorKind

LONGEST_CODE = 20
SIDES = (1, 2)
_WITH_SIDES = selectinload(IncompatibilityRule.selectors).joinedload(IncompatibilitySelector.substance)


@dataclass(frozen=True)
class Side:
    """Met by any of these. Substances by their names."""

    substances: tuple[str, ...] = ()
    classes: tuple[IngredientClass, ...] = ()
    flags: tuple[ProductFlagKind, ...] = ()


@dataclass(frozen=True)
class Traits:
    """Of a product: what a rule looks at."""

    substance_ids: frozenset[int]
    classes: frozenset[IngredientClass]
    flags: frozenset[ProductFlagKind]

    def meet(self, selector: IncompatibilitySelector) -> bool:
        return (
            selector.substance_id in self.substance_ids
            or selector.ingredient_class in self.classes
            or selector.flag in self.flags
        )


@dataclass(frozen=True)
class AddRule:
    code: str
    first: Side
    second: Side
    level: IncompatibilityLevel
    what_happens: str
    unless: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class ChangeRule:
    rule_id: int
    version: int
    level: IncompatibilityLevel
    what_happens: str
    unless: str | None = None
    source: str | None = None
    is_active: bool = True


def add_rule(session: Session, act: Act, command: AddRule) -> IncompatibilityRule:
    """Substances must be known. Raises `AlreadyInCatalogue`, `RuleNeedsTwoSides`, `RecordNotFound`."""
    act.require(Permission.MANAGE_CATALOGUE)
    code = texts.line("Code", command.code, LONGEST_CODE).upper()
    if session.scalar(select(IncompatibilityRule.id).where(IncompatibilityRule.code == code)) is not None:
        raise AlreadyInCatalogue("rule", code)
    rule = IncompatibilityRule(code=code)
    _describe(rule, command)
    session.add(rule)
    session.flush()  # the selectors name the rule
    for number, side in zip(SIDES, (command.first, command.second), strict=True):
        _add_side(session, rule, number, side)
    audit.record(session, act, "mixing rule added", rule)
    return rule


def change_rule(session: Session, act: Act, command: ChangeRule) -> IncompatibilityRule:
    act.require(Permission.MANAGE_CATALOGUE)
    rule = get_rule(session, command.rule_id)
    if rule.version != command.version:
        raise RecordChanged("rule", rule.code)
    _describe(rule, command)
    rule.deactivated_at = None if command.is_active else rule.deactivated_at or act.now
    audit.record(session, act, "mixing rule changed", rule)
    return rule


def get_rule(session: Session, rule_id: int) -> IncompatibilityRule:
    rule = session.get(IncompatibilityRule, rule_id)
    if rule is None:
        raise RecordNotFound("rule", str(rule_id))
    return rule


def list_rules(session: Session) -> list[IncompatibilityRule]:
    """With their sides, in the order in which they were added; the deactivated ones too."""
    query = select(IncompatibilityRule).order_by(IncompatibilityRule.id)
    return list(session.scalars(query.options(_WITH_SIDES)))


def rules_touching(session: Session, product: Product) -> list[IncompatibilityRule]:
    """Active rules of which the product meets a side."""
    traits = traits_of(session, product)
    return [rule for rule in _active_rules(session) if any(traits.meet(selector) for selector in rule.selectors)]


def rules_between(session: Session, one: Product, other: Product) -> list[IncompatibilityRule]:
    """Active rules that the two meet together, whichever meets which side."""
    first, second = traits_of(session, one), traits_of(session, other)
    return [rule for rule in _active_rules(session) if _meet(rule, first, second) or _meet(rule, second, first)]


def traits_of(session: Session, product: Product) -> Traits:
    flags = select(ProductFlag.kind).where(ProductFlag.product_id == product.id, ProductFlag.removed_at.is_(None))
    return Traits(
        frozenset(strength.substance_id for strength in product.strengths),
        frozenset(
            kind
            for kind in (product.ingredient_class, *(each.substance.ingredient_class for each in product.strengths))
            if kind is not None
        ),
        frozenset(session.scalars(flags)),
    )


def _active_rules(session: Session) -> list[IncompatibilityRule]:
    return [rule for rule in list_rules(session) if rule.is_active]


def _meet(rule: IncompatibilityRule, first: Traits, second: Traits) -> bool:
    one, other = sides_of(rule)
    return any(map(first.meet, one)) and any(map(second.meet, other))


def sides_of(rule: IncompatibilityRule) -> tuple[list[IncompatibilitySelector], list[IncompatibilitySelector]]:
    first, second = ([one for one in rule.selectors if one.side == number] for number in SIDES)
    return first, second


def _describe(rule: IncompatibilityRule, given: AddRule | ChangeRule) -> None:
    rule.level = given.level
    rule.what_happens = texts.note("What happens", given.what_happens)
    rule.unless = texts.line("Unless", given.unless) if given.unless else None
    rule.source = texts.note("Source", given.source) if given.source else None


def _add_side(session: Session, rule: IncompatibilityRule, number: int, side: Side) -> None:
    made = [
        *(_of_substance(session, name) for name in side.substances),
        *(IncompatibilitySelector(kind=SelectorKind.INGREDIENT_CLASS, ingredient_class=kind) for kind in side.classes),
        *(IncompatibilitySelector(kind=SelectorKind.FLAG, flag=flag) for flag in side.flags),
    ]
    if not made:
        raise RuleNeedsTwoSides
    for selector in made:
        selector.rule_id = rule.id
        selector.side = number
        session.add(selector)


def _of_substance(session: Session, text: str) -> IncompatibilitySelector:
    name = texts.line("Ingredient", text)
    substance_id = session.scalar(select(Substance.id).where(Substance.name == name))
    if substance_id is None:
        raise RecordNotFound("ingredient", name)
    return IncompatibilitySelector(kind=SelectorKind.SUBSTANCE, substance_id=substance_id)
