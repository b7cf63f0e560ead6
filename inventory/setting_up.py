"""The first set-up of an installation, and its sites with their places.

- The organisation's audit chain comes first, in a step of its own: it is the lock under which the rest is done.
  Whoever comes second finds the installation and is refused; a step that broke off can be done again.
- Each site has its chain and one of each boundary location from the beginning, and places to start with.
"""

import functools
import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Actor, Permission
from inventory.errors import InvalidText
from inventory.evidence import audit
from inventory.people import users
from inventory.people.errors import AlreadyInitialised, SiteNameTaken
from inventory.rules.codes import CodeKind, make_code
from inventory.texts import line
from inventory.units import ORGANISATION, Units
from models.catalogue import Product
from models.evidence import AuditChain
from models.organisation import Installation, Location, Site
from models.vocabulary import ContainerKind, LocationKind, MixingPlace, RegulatoryClass, Role, RulePack, Unit

RULE_PACK_VERSIONS = {RulePack.US_797: "2023", RulePack.EU_GENERIC: "1", RulePack.UK_HMR2012: "2012"}
FREE_COCKTAIL = "Free cocktail"
_FIRST_PLACES = (
    ("Storage", LocationKind.STORAGE, False),
    ("Quarantine", LocationKind.STORAGE, True),
    ("Treatment room", LocationKind.ROOM, False),
    ("On the way", LocationKind.TRANSIT, False),
    ("Suppliers", LocationKind.SUPPLIER, False),
    ("Mixing", LocationKind.COMPOUNDING, False),
    ("Patients", LocationKind.PATIENT, False),
    ("Waste", LocationKind.WASTE, False),
    ("Elsewhere", LocationKind.EXTERNAL, False),
    ("Counting", LocationKind.ADJUSTMENT, False),
)


@dataclass(frozen=True)
class AddSite:
    name: str
    time_zone: str
    rule_pack: RulePack = RulePack.EU_GENERIC
    mixing_place: MixingPlace = MixingPlace.TREATMENT_ROOM
    holds_incoming: bool = True
    least_days_left: int | None = 30


@dataclass(frozen=True)
class FirstPerson:
    """The administrator who invites the others. The password was checked and hashed before."""

    full_name: str
    sign_in_name: str
    password_hash: str


@dataclass(frozen=True)
class SetUpInstallation:
    organisation: str
    country: str
    site: AddSite
    administrator: FirstPerson
    is_demo: bool = False


@dataclass(frozen=True)
class SetUp:
    site_id: int
    administrator_id: int


def find_installation(session: Session) -> Installation | None:
    return session.get(Installation, 1)


def set_up(units: Units, actor: Actor, command: SetUpInstallation) -> SetUp:
    """Make the installation, its first site and its administrator. Raises `AlreadyInitialised`."""
    units.append_apart(_begin_first_chain)
    return units.run(actor, ORGANISATION, lambda session, act: _set_up(session, act, command))


def _begin_first_chain(session: Session, _now: datetime) -> None:
    if session.get(AuditChain, audit.ORGANISATION_CHAIN) is None:
        session.add(AuditChain(id=audit.ORGANISATION_CHAIN, seq=0, hash=audit.FIRST_HASH))


def _set_up(session: Session, act: Act, command: SetUpInstallation) -> SetUp:
    existing = find_installation(session)
    if existing is not None:
        raise AlreadyInitialised(existing.organisation)
    installation = Installation(
        id=1,
        organisation=line("Organisation", command.organisation),
        country=line("Country", command.country, 100),
        is_demo=command.is_demo,
        created_at=act.now,
    )
    session.add(installation)
    audit.record(session, act, "installation set up", installation)
    _add_free_cocktail(session)
    site = add_site(session, act, command.site)
    person = command.administrator
    administrator = users.add_person(
        session,
        act,
        users.AddPerson(
            full_name=person.full_name,
            sign_in_name=person.sign_in_name,
            site_id=site.id,
            roles=frozenset({Role.ADMINISTRATOR}),
            password_hash=person.password_hash,
        ),
    )
    return SetUp(site.id, administrator.id)


def _add_free_cocktail(session: Session) -> None:
    """The product of every mixture that follows no written formula."""
    session.add(
        Product(
            name=FREE_COCKTAIL,
            regulatory_class=RegulatoryClass.COMPOUNDED_HERE,
            container_kind=ContainerKind.COMPOUNDED_SINGLE,
            unit=Unit.ML,
            content=Decimal(1),
            is_free_cocktail=True,
        )
    )


def add_site(session: Session, act: Act, command: AddSite) -> Site:
    """A site with its audit chain, its boundary and its first places. Runs in the organisation's scope."""
    act.require(Permission.MANAGE_SITE)
    name = line("Name of the site", command.name)
    if session.scalar(select(Site.id).where(Site.name == name)) is not None:
        raise SiteNameTaken(name)
    site = Site(
        name=name,
        time_zone=_time_zone(command.time_zone),
        rule_pack=command.rule_pack,
        rule_pack_version=RULE_PACK_VERSIONS[command.rule_pack],
        mixing_place=command.mixing_place,
        holds_incoming=command.holds_incoming,
        least_days_left=command.least_days_left,
    )
    session.add(site)
    session.flush()  # the chain has the site's number
    session.add(AuditChain(id=site.id, site_id=site.id, seq=0, hash=audit.FIRST_HASH))
    session.add_all(_first_places(site.id))
    audit.record(session, act, "site added", site)
    return site


def _first_places(site_id: int) -> list[Location]:
    return [
        Location(
            site_id=site_id,
            kind=kind,
            name=name,
            code=make_code(CodeKind.LOCATION, secrets.randbits),
            is_quarantine=is_quarantine,
        )
        for name, kind, is_quarantine in _FIRST_PLACES
    ]


_time_zones = functools.cache(available_timezones)  # it reads hundreds of files


def _time_zone(name: str) -> str:
    if name not in _time_zones():
        raise InvalidText("Time zone", f"{name[:60]!r} is not known")
    return name
