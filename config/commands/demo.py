import click

from config import demo_history
from config.application import make_passwords
from config.commands.saying import closing_at_the_end, json_option, say
from config.demo import PASSWORD, PEOPLE, build_demo, sign_ins
from config.settings import Settings, data_folder, make_demo_key
from config.upgrading import make_ready
from inventory.clock import MovedClock, SystemClock
from inventory.people.errors import AlreadyInitialised
from inventory.setting_up import find_installation
from inventory.units import Units
from models.database import Database


@click.command()
@json_option
def demo() -> None:
    """Make a demo clinic in an empty data folder. It can never become a real one."""
    folder = data_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_demo_key(folder)
    settings = Settings.from_environment()
    make_ready(settings)
    clock = MovedClock(SystemClock().now() - demo_history.LENGTH)
    units = closing_at_the_end(Units(Database(settings.database_url), clock))
    if not _is_there(units):
        build_demo(units, clock, make_passwords(settings))
    names = [person.sign_in_name for person in PEOPLE]
    say("\n".join(["The demo clinic is ready.", *sign_ins()]), password=PASSWORD, people=names)


def _is_there(units: Units) -> bool:
    """Raises `AlreadyInitialised` for a real clinic."""
    with units.reading() as session:
        installation = find_installation(session)
    if installation is not None and not installation.is_demo:
        raise AlreadyInitialised(installation.organisation)
    return installation is not None
