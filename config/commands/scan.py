import json
import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BufferedReader
from typing import Any, cast

import click

from config.commands.saying import IS_JSON, json_option
from inventory.clock import SystemClock
from inventory.errors import Refusal
from inventory.rules.barcodes import DEFAULT_SEPARATORS, Scan, read_code

LARGEST_CHUNK = 65_536  # bytes; more than the longest code


@click.command()
@click.argument("text", required=False)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read one code a line, answer one JSON object a line.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day from which two-digit years are read.")
@click.option(
    "--separator",
    "separators",
    multiple=True,
    help="What the scanner sends between elements. May be given several times; replaces the usual ones.",
)
@json_option
@click.pass_context
def scan(
    ctx: click.Context, text: str | None, today: datetime | None, separators: tuple[str, ...], *, from_stdin: bool
) -> None:
    """Say what a scanned code means. Needs no database."""
    if from_stdin == (text is not None):
        raise click.UsageError("Give one code, or --stdin and a code on each line.")
    if not all(separators):
        raise click.UsageError("A separator is at least one character.")
    day = (today or SystemClock().now()).date()
    between = separators or DEFAULT_SEPARATORS
    if text is not None and not ctx.meta.get(IS_JSON):
        click.echo(_sentence(read_code(text, day, between)))
        return
    batches = _batches(cast("BufferedReader", sys.stdin.buffer)) if text is None else [[text]]
    if not _answer_all(batches, day, between):
        ctx.exit(1)


def _answer_all(batches: Iterable[list[str]], day: date, separators: Sequence[str]) -> bool:
    """One line out for each in, as they come. Whether all could be read."""
    are_read = True
    for texts in batches:
        answers = [_answer(text, day, separators) for text in texts]
        are_read = are_read and not any("error" in answer for answer in answers)
        click.echo("\n".join(map(json.dumps, answers)))
    return are_read


def _answer(text: str, day: date, separators: Sequence[str]) -> dict[str, Any]:
    try:
        return _plain(read_code(text, day, separators))
    except Refusal as refusal:
        return {"error": {"code": refusal.code, "message": refusal.what}}


def _batches(stream: BufferedReader) -> Iterator[list[str]]:
    """The lines that have come, without waiting for more; never an empty batch."""
    rest = b""
    is_first = True
    while chunk := stream.read1(LARGEST_CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[:LARGEST_CHUNK]  # what is longer is refused for its length anyway
        if lines:
            yield _texts(lines, is_first=is_first)
            is_first = False
    if rest:
        yield _texts([rest], is_first=is_first)


def _texts(lines: list[bytes], *, is_first: bool) -> list[str]:
    """What is no UTF-8 stays recognisable as such. Some editors put a mark before the first line."""
    if is_first:
        lines[0] = lines[0].removeprefix(BOM_UTF8)
    return [line.decode("utf-8", "surrogateescape").rstrip("\r\n") for line in lines]


def _plain(read: Scan) -> dict[str, Any]:
    return {
        "scheme": read.scheme.value,
        "gtin": read.gtin,
        "code": read.code,
        "lot_number": read.lot_number,
        "serial": read.serial,
        "expires_on": read.expires_on.isoformat() if read.expires_on else None,
        "manufactured_on": read.manufactured_on.isoformat() if read.manufactured_on else None,
        "count": read.count,
        "elements": {element.id: element.value for element in read.elements},
        "warnings": [warning.value for warning in read.warnings],
    }


def _sentence(read: Scan) -> str:
    said = {
        read.scheme.value.replace("_", " "): read.gtin or read.code,
        "lot": read.lot_number,
        "serial number": read.serial,
        "expires": read.expires_at or read.expires_on,
        "made": read.manufactured_on,
        "count": read.count,
    }
    facts = ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)
    return "\n".join([facts, *(warning.sentence for warning in read.warnings)])
