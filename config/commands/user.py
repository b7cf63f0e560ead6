from dataclasses import replace

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.application import make_passwords, make_units, public_url
from config.commands.saying import asked_password, closing_at_the_end, json_option, say
from config.settings import Settings
from config.upgrading import make_ready
from inventory.access import INSTALLATION, Door
from inventory.errors import InvalidText, NotInitialised, RecordNotFound
from inventory.people import directory, invitations, passwords, tokens, users
from inventory.people.invitations import Invite, MakeLink
from inventory.people.users import AddPerson, Deactivate, SetPassword
from inventory.setting_up import find_installation
from inventory.units import ORGANISATION, Units
from models.organisation import Site
from models.people import User
from models.vocabulary import Role

CONSOLE = replace(INSTALLATION, door=Door.COMMAND_LINE)


@click.group()
def user() -> None:
    """The people of the clinic."""


def opened() -> tuple[Settings, Units]:
    settings = Settings.from_environment()
    make_ready(settings)
    units = closing_at_the_end(make_units(settings))
    with units.reading() as session:
        if find_installation(session) is None:
            raise NotInitialised
    return settings, units


@user.command("list")
@json_option
def list_people() -> None:
    """Everybody, with roles and state."""
    _settings, units = opened()
    with units.reading() as session:
        people = directory.people_of(session, CONSOLE)
    lines = [f"{person.sign_in_name:<20} {person.state:<12} {person.full_name}: {_roles(person)}" for person in people]
    say("\n".join(lines), people=[_plain(person) for person in people])


def _roles(person: directory.Person) -> str:
    return "; ".join(f"{line.site}: {', '.join(line.names)}" for line in person.roles) or "no roles"


def _plain(person: directory.Person) -> dict[str, object]:
    return {
        "id": person.id,
        "sign_in_name": person.sign_in_name,
        "full_name": person.full_name,
        "state": person.state,
        "roles": {line.site: list(line.names) for line in person.roles},
    }


@user.command()
@click.argument("sign_in_name")
@click.option("--name", "full_name", prompt="Name", help="As it appears in records and signatures.")
@click.option("--role", "roles", type=click.Choice(Role, case_sensitive=False), multiple=True, required=True)
@click.option("--site", "site_name", help="The site of the roles; needed when there are several.")
@json_option
def invite(sign_in_name: str, full_name: str, roles: tuple[Role, ...], site_name: str | None) -> None:
    """Add a person and print a link that sets the password."""
    settings, units = opened()
    with units.reading() as session:
        site_id = _site_id(session, site_name)
    secret = tokens.new_secret()
    person = AddPerson(full_name, sign_in_name, site_id, frozenset(Role(role) for role in roles))
    command = Invite(person, tokens.secret_hash(secret))
    units.run(CONSOLE, ORGANISATION, lambda session, act: invitations.invite(session, act, command).id)
    _say_link(settings, full_name, secret)


def _site_id(session: Session, name: str | None) -> int:
    sites = {site.name: site.id for site in session.scalars(select(Site))}
    if name is None and len(sites) == 1:
        return next(iter(sites.values()))
    if name is None:
        raise InvalidText("--site", f"is needed: one of {', '.join(sorted(sites))}")
    if name not in sites:
        raise RecordNotFound("site", name)
    return sites[name]


@user.command()
@click.argument("sign_in_name")
@click.option("--password-stdin", is_flag=True, help="Set the password from standard input instead.")
@json_option
def reset(sign_in_name: str, password_stdin: bool) -> None:  # noqa: FBT001  # click's signature
    """Print a link that sets a new password, or set one from standard input."""
    settings, units = opened()
    found = _find(units, sign_in_name)
    if password_stdin:
        password = asked_password(from_stdin=True)
        passwords.check_new(password, [found.sign_in_name, found.full_name])
        setting = SetPassword(found.id, make_passwords(settings).hash(password))
        units.run(CONSOLE, ORGANISATION, lambda session, act: users.set_password(session, act, setting).id)
        say(f"The password of {found.full_name} is set.", id=found.id)
        return
    secret = tokens.new_secret()
    command = MakeLink(found.id, tokens.secret_hash(secret))
    units.run(CONSOLE, ORGANISATION, lambda session, act: invitations.make_link(session, act, command).id)
    _say_link(settings, found.full_name, secret)


@user.command()
@click.argument("sign_in_name")
@click.option("--reason", prompt="Reason")
@json_option
def deactivate(sign_in_name: str, reason: str) -> None:
    """Close an account; what is signed in with it ends at once."""
    _settings, units = opened()
    found = _find(units, sign_in_name)
    command = Deactivate(found.id, found.version, reason)
    units.run(CONSOLE, ORGANISATION, lambda session, act: users.deactivate(session, act, command).id)
    say(f"The account of {found.full_name} is closed.", id=found.id)


def _find(units: Units, sign_in_name: str) -> User:
    with units.reading() as session:
        found = users.find_user_by_name(session, users.folded(sign_in_name))
    if found is None:
        raise RecordNotFound("account", sign_in_name)
    return found


def _say_link(settings: Settings, full_name: str, secret: str) -> None:
    link = f"{public_url(settings)}/links/{secret}"
    hours = int(invitations.VALID_FOR.total_seconds() // 3600)
    say(f"Give {full_name} this link. It works once, for {hours} hours:\n{link}", link=link)
