"""How fast codes are read: in the process, scheme by scheme, and through `vialtrace scan --stdin`.

    python benchmarks/scan.py [--lines 10000] [--json FILE]

For GS1 the library below reads the same texts in turns with us, as the yardstick. The aim is 10,000 lines through
the command in under 10 s, start included. Prints a table, then JSON.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import biip

from inventory.rules import codes
from inventory.rules.barcodes import read_code
from inventory.rules.barcodes.check_digits import hibc_check
from inventory.rules.codes import CodeKind

TODAY = date(2031, 3, 3)
GS = "\x1d"
ROUNDS = 5


@dataclass(frozen=True)
class Measured:
    """The quickest of some rounds. `yardstick_ms`: the library alone on the same texts."""

    what: str
    codes: int
    ms: float
    yardstick_ms: float | None = None

    @property
    def a_second(self) -> float:
        return self.codes / self.ms * 1000


def main() -> None:
    arguments = _arguments()
    source = random.Random(20310303)
    rows = [_measure_scheme(name, [make(source) for _ in range(1000)]) for name, make in MAKERS.items()]
    lines = [source.choice(list(MAKERS.values()))(source) for _ in range(arguments.lines)]
    command = _measure_command(lines)
    _print_table([*rows, command])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = {
        "rows": [asdict(row) | {"a_second": round(row.a_second)} for row in [*rows, command]],
        "command_cpu_ms": round((used.ru_utime + used.ru_stime) * 1000),
        "command_peak_mb": round(used.ru_maxrss / 1024),
        "aim_met": command.ms < arguments.lines,  # a thousandth of a second for each
    }
    text = json.dumps(report)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n")
    else:
        print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=10_000, help="how many codes the command is fed")
    parser.add_argument("--json", type=Path, help="write the numbers here instead of to the terminal")
    return parser.parse_args()


def _gtin(source: random.Random) -> str:
    digits = f"{source.randrange(10**13):013d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, [3, 1] * 7, strict=False))
    return f"{digits}{-total % 10}"


def _number(source: random.Random) -> str:
    return "".join(source.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=source.randint(4, 12)))


def _day(source: random.Random) -> str:
    return f"{source.randint(31, 39)}{source.randint(1, 12):02d}{source.randint(1, 28):02d}"


def _elements(source: random.Random) -> str:
    return f"]d201{_gtin(source)}17{_day(source)}10{_number(source)}{GS}21{_number(source)}"


def _brackets(source: random.Random) -> str:
    return f"(01){_gtin(source)}(17){_day(source)}(10){_number(source)}(21){_number(source)}"


def _link(source: random.Random) -> str:
    path = f"01/{_gtin(source)}/10/{_number(source)}/21/{_number(source)}"
    return f"https://id.gs1.org/{path}?17={_day(source)}"


def _hibc(source: random.Random) -> str:
    body = f"+X999{_number(source)}0/$$3{_day(source)}{_number(source)}/S{_number(source)}"
    return body + hibc_check(body)


def _ours(source: random.Random) -> str:
    return codes.make_code(CodeKind.CONTAINER, source.getrandbits)


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "GS1 elements": _elements,
    "GS1 in brackets": _brackets,
    "GS1 link": _link,
    "GTIN": _gtin,
    "HIBC": _hibc,
    "our codes": _ours,
    "internal": lambda source: f"REF {_number(source)}",
}
COMPARED = ("GS1 elements", "GS1 link", "GTIN")


def _measure_scheme(name: str, texts: list[str]) -> Measured:
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_timed(lambda: [read_code(text, TODAY) for text in texts]))
        if name in COMPARED:
            theirs.append(_timed(lambda: [biip.parse(text) for text in texts]))
    return Measured(name, len(texts), min(ours), min(theirs) if theirs else None)


def _measure_command(lines: list[str]) -> Measured:
    program = Path(sys.executable).with_name("vialtrace")
    fed = "".join(f"{line}\n" for line in lines)

    def run() -> None:
        done = subprocess.run(
            [program, "scan", "--stdin", "--today", TODAY.isoformat()],
            input=fed,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or done.stdout.count("\n") != len(lines):
            raise SystemExit(f"the command did not read every line: {done.stderr}")

    return Measured("vialtrace scan --stdin, all mixed", len(lines), _timed(run))


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def _print_table(rows: list[Measured]) -> None:
    print(f"{'':36}{'codes':>8}{'ms':>10}{'a second':>12}{'of the library':>16}")
    for row in rows:
        ratio = f"{row.ms / row.yardstick_ms:.2f} ×" if row.yardstick_ms else ""
        print(f"{row.what:36}{row.codes:8}{row.ms:10.0f}{row.a_second:12.0f}{ratio:>16}")


if __name__ == "__main__":
    main()
