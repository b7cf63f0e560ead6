"""What a site prints on: the stock on the market and its own, and which it used last."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Actor, Permission
from inventory.errors import RecordNotFound
from inventory.evidence import audit
from inventory.labelling.errors import MediumNameTaken, MediumRefused
from inventory.rules.amounts import checked_amount, checked_amount_or_zero
from labels.errors import MediumNotPossible
from labels.media import BY_CODE, STOCK, Medium
from models.printing import LabelMedium, LabelSheet, SiteLabels
from models.vocabulary import LabelLanguage

LONGEST_NAME = 80
_OWN = "own-"


@dataclass(frozen=True)
class AddMedium:
    """Lengths in millimetres. `inset`: what stays white inside each label's edge."""

    name: str
    page_width: Decimal
    page_height: Decimal
    width: Decimal
    height: Decimal
    columns: int = 1
    rows: int = 1
    left_margin: Decimal = Decimal(0)
    top_margin: Decimal = Decimal(0)
    pitch_x: Decimal = Decimal(0)
    pitch_y: Decimal = Decimal(0)
    inset: Decimal = Decimal("1.5")
    dpi: int = 300


@dataclass(frozen=True)
class RetireMedium:
    medium_id: int


@dataclass(frozen=True)
class ChooseLanguage:
    language: LabelLanguage


def known_media(session: Session, *, site_id: int) -> list[Medium]:
    """The site's own first."""
    query = select(LabelMedium).where(LabelMedium.site_id == site_id, LabelMedium.is_active)
    own = [_medium(row) for row in session.scalars(query.order_by(LabelMedium.name))]
    return [*own, *STOCK]


def get_medium(session: Session, *, site_id: int, code: str) -> Medium:
    """By its code, the site's own also after they were retired. Raises `RecordNotFound`."""
    if code in BY_CODE:
        return BY_CODE[code]
    number = code.removeprefix(_OWN)
    is_own = code.startswith(_OWN) and number.isascii() and number.isdecimal() and len(number) < 19
    row = session.get(LabelMedium, int(number)) if is_own else None
    if row is None or row.site_id != site_id:
        raise RecordNotFound("label stock", code)
    return _medium(row)


def usual_medium(session: Session, *, actor: Actor) -> str:
    """What this person printed on last, else what anybody did at the site."""
    query = select(LabelSheet.medium).where(LabelSheet.site_id == actor.site_id, LabelSheet.medium.is_not(None))
    newest = query.order_by(LabelSheet.id.desc()).limit(1)
    found = session.scalar(newest.where(LabelSheet.printed_by_id == actor.user_id)) or session.scalar(newest)
    known = {medium.code for medium in known_media(session, site_id=actor.site_id or 0)}
    return found if found in known else STOCK[0].code


def own_media(session: Session, *, site_id: int) -> list[LabelMedium]:
    """Those in use, by name."""
    query = select(LabelMedium).where(LabelMedium.site_id == site_id, LabelMedium.is_active)
    return list(session.scalars(query.order_by(LabelMedium.name)))


def add_medium(session: Session, act: Act, command: AddMedium) -> LabelMedium:
    """A label of the site's own. Raises `MediumRefused`, `MediumNameTaken`."""
    act.require(Permission.MANAGE_SITE)
    name = texts.line("Name", command.name, LONGEST_NAME)
    taken = select(LabelMedium.id).where(LabelMedium.site_id == act.site_id, LabelMedium.name == name)
    if session.scalar(taken) is not None:
        raise MediumNameTaken(name)
    row = LabelMedium(
        site_id=act.site_id,
        name=name,
        page_width=checked_amount(command.page_width),
        page_height=checked_amount(command.page_height),
        width=checked_amount(command.width),
        height=checked_amount(command.height),
        columns=command.columns,
        rows=command.rows,
        left_margin=checked_amount_or_zero(command.left_margin),
        top_margin=checked_amount_or_zero(command.top_margin),
        pitch_x=checked_amount_or_zero(command.pitch_x),
        pitch_y=checked_amount_or_zero(command.pitch_y),
        inset=checked_amount_or_zero(command.inset),
        dpi=command.dpi,
        is_active=True,
    )
    _medium(row)  # refused before it is stored
    session.add(row)
    audit.record(session, act, "label stock added", row)
    return row


def retire_medium(session: Session, act: Act, command: RetireMedium) -> LabelMedium:
    """Offered no more; what was printed on it still names it."""
    act.require(Permission.MANAGE_SITE)
    row = session.get(LabelMedium, command.medium_id)
    if row is None or row.site_id != act.site_id or not row.is_active:
        raise RecordNotFound("label stock", str(command.medium_id))
    row.is_active = False
    audit.record(session, act, "label stock retired", row)
    return row


def choose_language(session: Session, act: Act, command: ChooseLanguage) -> SiteLabels:
    """Of the fixed words on the site's labels."""
    act.require(Permission.MANAGE_SITE)
    row = session.scalars(select(SiteLabels).where(SiteLabels.site_id == act.site_id)).one_or_none()
    if row is None:
        row = SiteLabels(site_id=act.site_id, language=command.language)
        session.add(row)
    row.language = command.language
    audit.record(session, act, "language of labels chosen", row)
    return row


def _medium(row: LabelMedium) -> Medium:
    try:
        return Medium(
            code=f"{_OWN}{row.id}",
            name=row.name,
            page_width=row.page_width,
            page_height=row.page_height,
            width=row.width,
            height=row.height,
            columns=row.columns,
            rows=row.rows,
            left=row.left_margin,
            top=row.top_margin,
            pitch_x=row.pitch_x,
            pitch_y=row.pitch_y,
            dpi=row.dpi,
            inset=row.inset,
        )
    except MediumNotPossible as problem:
        raise MediumRefused(problem.name, problem.problem) from problem
