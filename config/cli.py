"""The command line: parse, call a unit, print.

Foreign packages under our names are looked for before anything of ours is imported. Each command is imported when
it is called, so that a start does not wait for what it does not use. A refusal goes to standard error with what, why
and what to do, and ends with status 1; with `--json` it is {"error": {...}} on standard output.
"""

from config.foreign_packages import stop_if_foreign

stop_if_foreign()

import importlib  # noqa: E402  # the look above comes first
import json  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402

# name -> where the command is
COMMANDS = {
    "catalogue": "config.commands.catalogue:catalogue",
    "check": "config.commands.check:check",
    "database": "config.commands.database:database",
    "demo": "config.commands.demo:demo",
    "export": "config.commands.export:export",
    "import": "config.commands.import_file:import_file",
    "init": "config.commands.init:init",
    "labels": "config.commands.labels:labels",
    "scan": "config.commands.scan:scan",
    "serve": "config.commands.serve:serve",
    "user": "config.commands.user:user",
    "verify": "config.commands.verify:verify",
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        from config.settings import SettingsProblem  # noqa: PLC0415  # --help does not need it
        from inventory.errors import Refusal  # noqa: PLC0415
        from models.database import UnsupportedDatabase  # noqa: PLC0415

        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            content = {"code": refusal.code, "message": refusal.what, "why": refusal.why, "remedy": refusal.remedy}
            _end(ctx, str(refusal), content)
        except SettingsProblem as problem:
            _end(ctx, str(problem), {"code": "settings", "message": str(problem)})
        except UnsupportedDatabase as problem:
            _end(ctx, str(problem), {"code": "unsupported_database", "message": str(problem)})


def _end(ctx: click.Context, sentence: str, content: dict[str, str]) -> None:
    if ctx.meta.get("config.is_json"):
        click.echo(json.dumps({"error": {name: text for name, text in content.items() if text}}))
    else:
        click.echo(sentence, err=True)
    ctx.exit(1)


@click.group(cls=Commands)
@click.version_option(package_name="vialtrace", prog_name="vialtrace")
def main() -> None:
    """Inventory, compounding and lot tracing for mesotherapy clinics."""
