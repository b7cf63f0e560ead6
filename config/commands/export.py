import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from config.commands.saying import json_option, say
from config.commands.telling import opened_records
from inventory.access import INSTALLATION, Door
from inventory.errors import InvalidInput
from inventory.evidence.checkpoints import export_checkpoint, take_checkpoint
from inventory.units import EVERYTHING


@dataclass(eq=False)
class FileNotWritten(InvalidInput):
    path: str
    problem: str

    says = "{path} could not be written: {problem}."
    do = "Choose a new file in a folder where you may write."


@click.group()
def export() -> None:
    """Write files that are kept outside this machine."""


@export.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def checkpoint(file: Path) -> None:
    """Take a checkpoint of the audit chains and write it to FILE, which must be new. Keep it elsewhere."""
    refuse_existing(file)
    with opened_records() as units:
        actor = replace(INSTALLATION, door=Door.COMMAND_LINE)
        units.run(actor, EVERYTHING, lambda session, act: len(take_checkpoint(session, act)))
        with units.reading() as session:
            document = export_checkpoint(session, exported_at=units.clock.now())
    _write(file, document)
    heads = {chain["chain"]: chain["seq"] for chain in document["chains"]}
    say(f"{file} holds {sum(heads.values())} entries in {len(heads)} chains. Keep it elsewhere.", heads=heads)


def refuse_existing(file: Path) -> None:
    """Before anything is done: an export that is kept is never written over."""
    if file.exists():
        raise FileNotWritten(str(file), "there is such a file already")
    if not file.parent.is_dir():
        raise FileNotWritten(str(file), "there is no such folder")


def _write(file: Path, document: dict[str, Any]) -> None:
    """All of it or nothing, and on the disk when it is said."""
    try:
        with file.open("x", encoding="utf-8") as opened:
            json.dump(document, opened, indent=1)
            opened.write("\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        if not isinstance(error, FileExistsError):
            file.unlink(missing_ok=True)
        raise FileNotWritten(str(file), (error.strerror or "the system refused").lower()) from error
