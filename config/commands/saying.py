"""What the commands share: `--json`, a database that is closed, and the ways to ask for a password."""

import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from inventory.units import Units

Command = TypeVar("Command", bound=Callable[..., Any])
IS_JSON = "config.is_json"


def json_option(command: Command) -> Command:
    """`--json`: answers and errors for programs."""

    def remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  # click's signature
        ctx.meta[IS_JSON] = value

    return click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=remember, help="Answer in JSON."
    )(command)


def say(sentence: str, **facts: Any) -> None:
    """The sentence for people, or the facts for programs."""
    if click.get_current_context().meta.get(IS_JSON):
        click.echo(json.dumps(facts, default=str))
    else:
        click.echo(sentence)


def closing_at_the_end(units: Units) -> Units:
    """The same units; their database is closed when the command ends, however it ends."""
    click.get_current_context().call_on_close(units.database.close)
    return units


def asked_password(*, from_stdin: bool) -> str:
    """From the first line of standard input, or typed twice without being shown."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    return password
