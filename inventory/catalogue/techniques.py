"""Where and how it is injected: the lists of areas and techniques that a session offers.

Depth and geometry are words for people, never limits: published depths differ, so a session records its own.
"""

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import AlreadyInCatalogue, RecordNotFound
from inventory.evidence import audit
from models.catalogue import Technique, TreatmentArea

Listed = TypeVar("Listed", TreatmentArea, Technique)


@dataclass(frozen=True)
class AddArea:
    name: str


@dataclass(frozen=True)
class AddTechnique:
    name: str
    depth: str | None = None
    geometry: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class OfferArea:
    """Whether sessions offer it."""

    area_id: int
    is_active: bool


@dataclass(frozen=True)
class OfferTechnique:
    technique_id: int
    is_active: bool


def add_area(session: Session, act: Act, command: AddArea) -> TreatmentArea:
    """Last in the list. Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    area = TreatmentArea(
        name=_free_name(session, TreatmentArea, "area", command.name), position=_last(session, TreatmentArea)
    )
    session.add(area)
    audit.record(session, act, "area added", area)
    return area


def add_technique(session: Session, act: Act, command: AddTechnique) -> Technique:
    """Last in the list. Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    technique = Technique(
        name=_free_name(session, Technique, "technique", command.name),
        depth=texts.line("Depth", command.depth) if command.depth else None,
        geometry=texts.line("Pattern", command.geometry) if command.geometry else None,
        source=texts.note("Source", command.source) if command.source else None,
        position=_last(session, Technique),
    )
    session.add(technique)
    audit.record(session, act, "technique added", technique)
    return technique


def offer_area(session: Session, act: Act, command: OfferArea) -> TreatmentArea:
    return _offer(session, act, TreatmentArea, "area", command.area_id, is_active=command.is_active)


def offer_technique(session: Session, act: Act, command: OfferTechnique) -> Technique:
    return _offer(session, act, Technique, "technique", command.technique_id, is_active=command.is_active)


def list_areas(session: Session, *, are_all: bool = False) -> list[TreatmentArea]:
    return _listed(session, TreatmentArea, are_all=are_all)


def list_techniques(session: Session, *, are_all: bool = False) -> list[Technique]:
    return _listed(session, Technique, are_all=are_all)


def _listed(session: Session, table: type[Listed], *, are_all: bool) -> list[Listed]:
    query = select(table).order_by(table.position, table.id)
    return list(session.scalars(query if are_all else query.where(table.deactivated_at.is_(None))))


def _offer(  # the two lists differ in all of these
    session: Session, act: Act, table: type[Listed], kind: str, row_id: int, *, is_active: bool
) -> Listed:
    act.require(Permission.MANAGE_CATALOGUE)
    row = session.get(table, row_id)
    if row is None:
        raise RecordNotFound(kind, str(row_id))
    row.deactivated_at = None if is_active else row.deactivated_at or act.now
    audit.record(session, act, f"{kind} offered" if is_active else f"{kind} taken off the list", row)
    return row


def _free_name(session: Session, table: type[TreatmentArea | Technique], kind: str, text: str) -> str:
    name = texts.line("Name", text, 100)
    if session.scalar(select(table.id).where(table.name == name)) is not None:
        raise AlreadyInCatalogue(kind, name)
    return name


def _last(session: Session, table: type[TreatmentArea | Technique]) -> int:
    return (session.scalar(select(func.max(table.position))) or 0) + 1
