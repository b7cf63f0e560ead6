from dataclasses import replace

import click

from config.application import make_passwords, make_units
from config.commands.saying import asked_password, closing_at_the_end, json_option, say
from config.settings import Settings
from config.upgrading import make_ready
from inventory.access import INSTALLATION, Door
from inventory.catalogue import seeding
from inventory.people import passwords
from inventory.people.errors import AlreadyInitialised
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, find_installation, set_up
from inventory.units import ORGANISATION, Units
from models.vocabulary import MixingPlace, RulePack


@click.command()
@click.option("--organisation", prompt="Name of the organisation")
@click.option("--country", prompt="Country (two letters)", help="Two letters, for example FR.")
@click.option("--site", "site_name", prompt="Name of the first site")
@click.option("--time-zone", prompt="Time zone of this site", help="For example Europe/Paris.")
@click.option("--rule-pack", type=click.Choice(RulePack, case_sensitive=False), prompt="Rules to work by")
@click.option("--mixing-place", type=click.Choice(MixingPlace, case_sensitive=False), prompt="Where do you mix")
@click.option("--name", "full_name", prompt="Name of the first administrator")
@click.option("--sign-in-name", prompt="Sign-in name of the first administrator")
@click.option("--catalogue", "with_catalogue", is_flag=True, help="Load the starting catalogue too.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
def init(**entered: str) -> None:
    """Set up an empty clinic: organisation, first site, first administrator."""
    settings = Settings.from_environment()
    make_ready(settings)
    units = closing_at_the_end(make_units(settings))
    _refuse_second(units)
    password = asked_password(from_stdin=bool(entered["password_stdin"]))
    passwords.check_new(
        password, [entered[name] for name in ("organisation", "site_name", "full_name", "sign_in_name")]
    )
    console = replace(INSTALLATION, door=Door.COMMAND_LINE)
    made = set_up(
        units,
        console,
        SetUpInstallation(
            organisation=entered["organisation"],
            country=entered["country"].upper(),
            site=AddSite(
                entered["site_name"],
                entered["time_zone"],
                RulePack(entered["rule_pack"]),
                MixingPlace(entered["mixing_place"]),
            ),
            administrator=FirstPerson(
                entered["full_name"], entered["sign_in_name"], make_passwords(settings).hash(password)
            ),
        ),
    )
    if entered["with_catalogue"]:
        units.run(console, ORGANISATION, seeding.load)
    hint = "" if entered["with_catalogue"] else " `vialtrace catalogue load` fills the catalogue to start with."
    say(
        f"{entered['organisation']} is set up.{hint} Run `vialtrace serve`, sign in and invite the others.",
        site_id=made.site_id,
        administrator_id=made.administrator_id,
    )


def _refuse_second(units: Units) -> None:
    """Before a password is asked for."""
    with units.reading() as session:
        installation = find_installation(session)
    if installation is not None:
        raise AlreadyInitialised(installation.organisation)
