"""The demo clinic: invented people and stock, built through the services like any other.

Everybody signs in with one password that is printed. The installation is marked as a demo for ever: every page says
so, and it is never built over a clinic that is already there.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import demo_history
from inventory.access import INSTALLATION, Act, Actor, Door
from inventory.clock import MovedClock
from inventory.evidence.signatures import ConfirmedIdentity
from inventory.people import memberships, users
from inventory.people.passwords import Passwords
from inventory.people.sign_ins import confirm_identity
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, add_site, set_up
from inventory.units import ORGANISATION, Units
from models.organisation import Site
from models.people import User
from models.vocabulary import MixingPlace, Role, RulePack

PASSWORD = "only for the demo"  # noqa: S105  # printed, and good for nothing but the demo
ORGANISATION_NAME = "Demo Clinic of the Two Rivers"
FIRST_SITE, SECOND_SITE = "Riverside", "Old Town"
ZONE = "Europe/Paris"


@dataclass(frozen=True)
class Person:
    """Somebody who may be tried out. The first site is everybody's; `is_at_both` says who works at the second too."""

    sign_in_name: str
    full_name: str
    role: Role
    is_at_both: bool = False


ADMINISTRATOR = Person("admin", "Ines Admin", Role.ADMINISTRATOR, is_at_both=True)
PEOPLE = (
    Person("pharmacist", "Paul Pharmacist", Role.PHARMACIST, is_at_both=True),
    Person("practitioner", "Petra Practitioner", Role.PRACTITIONER),
    Person("assistant", "Asim Assistant", Role.ASSISTANT),
    Person("auditor", "Audrey Auditor", Role.AUDITOR, is_at_both=True),
)


def build_demo(units: Units, clock: MovedClock, passwords: Passwords) -> None:
    """Make the whole demo in an empty database. `clock` is the one of `units`; it stands `demo_history.LENGTH` ago."""
    password_hash = passwords.hash(PASSWORD)
    first = set_up(
        units,
        INSTALLATION,
        SetUpInstallation(
            organisation=ORGANISATION_NAME,
            country="FR",
            site=AddSite(FIRST_SITE, ZONE, RulePack.EU_GENERIC, MixingPlace.TREATMENT_ROOM),
            administrator=FirstPerson(ADMINISTRATOR.full_name, ADMINISTRATOR.sign_in_name, password_hash),
            is_demo=True,
        ),
    )
    units.run(
        INSTALLATION,
        ORGANISATION,
        lambda session, act: _bring_the_others(session, act, first.site_id, first.administrator_id, password_hash),
    )
    with units.reading() as session:
        administrator, pharmacist, practitioner = (
            _actor(session, name, first.site_id, clock)
            for name in (ADMINISTRATOR.sign_in_name, "pharmacist", "practitioner")
        )

    def signed() -> ConfirmedIdentity:
        return confirm_identity(units, passwords, pharmacist.user_id or 0, PASSWORD)

    people = (administrator, pharmacist, practitioner)
    demo_history.tell(demo_history.Story(units, clock, first.site_id, *people, signed))


def _actor(session: Session, sign_in_name: str, site_id: int, clock: MovedClock) -> Actor:
    user = session.scalars(select(User).where(User.sign_in_name == sign_in_name)).one()
    return memberships.actor_at(session, user, session.get_one(Site, site_id), clock.at, Door.INSTALLATION)


def _bring_the_others(session: Session, act: Act, site_id: int, administrator_id: int, password_hash: str) -> None:
    second = add_site(session, act, AddSite(SECOND_SITE, ZONE))
    ids = {administrator_id: ADMINISTRATOR}
    for person in PEOPLE:
        roles = frozenset({person.role})
        user = users.add_person(
            session, act, users.AddPerson(person.full_name, person.sign_in_name, site_id, roles, password_hash)
        )
        ids[user.id] = person
    for user_id, person in ids.items():
        if person.is_at_both:
            seen = users.roles_version(session, user_id)
            users.change_roles(session, act, users.ChangeRoles(user_id, {second.id: frozenset({person.role})}, seen))
        if person.role is Role.PHARMACIST:
            for at in (site_id, second.id):
                command = memberships.MakeResponsible(user_id, at, act.now.date() - timedelta(days=1), None)
                memberships.make_responsible(session, act, command)


def sign_ins() -> list[str]:
    """The lines that tell how to come in."""
    lines = [f"  {person.sign_in_name:<14}{person.full_name}" for person in (ADMINISTRATOR, *PEOPLE)]
    return [f"Sign in as one of these, each with the password: {PASSWORD}", *lines]
