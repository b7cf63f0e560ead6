import click

from config.commands.saying import json_option, say
from config.commands.user import CONSOLE, opened
from inventory.catalogue import seeding
from inventory.catalogue.seeding import Loaded
from inventory.units import ORGANISATION


@click.group()
def catalogue() -> None:
    """What can be stocked, and what must not be mixed."""


@catalogue.command()
@json_option
def load() -> None:
    """Add what is missing of the products, rules, areas and techniques that Vialtrace ships.

    What is there stays as it is.
    """
    _settings, units = opened()
    loaded = units.run(CONSOLE, ORGANISATION, seeding.load)
    say(sentence(loaded), **vars(loaded))


def sentence(loaded: Loaded) -> str:
    if not loaded.total:
        return "Nothing was missing: the catalogue already has all of it."
    return (
        f"Added {loaded.substances} ingredients, {loaded.products} products, {loaded.rules} mixing rules, "
        f"{loaded.areas} areas, {loaded.techniques} techniques and {loaded.questions} checks before release. "
        "Verify what is marked before you rely on it."
    )
