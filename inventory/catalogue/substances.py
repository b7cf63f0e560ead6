"""What products contain. A substance has one name, its synonyms, and a class by which people look for it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue import words
from inventory.errors import AlreadyInCatalogue, RecordChanged, RecordNotFound
from inventory.evidence import audit
from models.catalogue import Substance
from models.folding import folded
from models.vocabulary import IngredientClass

MOST = 500


@dataclass(frozen=True)
class AddSubstance:
    name: str
    ingredient_class: IngredientClass | None = None
    synonyms: tuple[str, ...] = ()
    source: str | None = None


@dataclass(frozen=True)
class ChangeSubstance:
    substance_id: int
    version: int
    name: str
    ingredient_class: IngredientClass | None = None
    synonyms: tuple[str, ...] = ()
    source: str | None = None


def add_substance(session: Session, act: Act, command: AddSubstance) -> Substance:
    """Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    substance = Substance(name=_free_name(session, command.name))
    _describe(substance, command)
    session.add(substance)
    session.flush()  # the question which products contain it needs its id
    words.make_substance_findable(session, substance)
    audit.record(session, act, "ingredient added", substance)
    return substance


def change_substance(session: Session, act: Act, command: ChangeSubstance) -> Substance:
    act.require(Permission.MANAGE_CATALOGUE)
    substance = get_substance(session, command.substance_id)
    if substance.version != command.version:
        raise RecordChanged("ingredient", substance.name)
    if texts.line("Name", command.name) != substance.name:
        substance.name = _free_name(session, command.name)
    _describe(substance, command)
    words.make_substance_findable(session, substance)
    audit.record(session, act, "ingredient changed", substance)
    return substance


def get_substance(session: Session, substance_id: int) -> Substance:
    substance = session.get(Substance, substance_id)
    if substance is None:
        raise RecordNotFound("ingredient", str(substance_id))
    return substance


def list_substances(session: Session, *, text: str = "") -> list[Substance]:
    """By name; at most `MOST`. `text`: words of a name, a synonym or a class."""
    query = select(Substance).order_by(Substance.name, Substance.id).limit(MOST)
    wanted = folded(text)
    if wanted:
        is_named = Substance.search_words.contains(wanted, autoescape=True)
        query = query.where(is_named | Substance.ingredient_class.in_(words.classes_called(text)))
    return list(session.scalars(query))


def _free_name(session: Session, text: str) -> str:
    name = texts.line("Ingredient", text)
    if session.scalar(select(Substance.id).where(Substance.name == name)) is not None:
        raise AlreadyInCatalogue("ingredient", name)
    return name


def _describe(substance: Substance, given: AddSubstance | ChangeSubstance) -> None:
    substance.ingredient_class = given.ingredient_class
    substance.synonyms = words.synonyms_text(given.synonyms)
    substance.source = texts.note("Source", given.source) if given.source else None
