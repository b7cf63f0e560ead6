"""How large a file may be, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """`unpacked`: bytes of a workbook and of its table of texts; `ratio`: how far it may grow when unpacked;
    `at_once`: rows that a page may wait for.
    """

    bytes: int = 10_000_000
    rows: int = 20_000
    columns: int = 60
    containers: int = 40_000
    at_once: int = 2_000
    unpacked: int = 100_000_000
    unpacked_texts: int = 20_000_000
    ratio: int = 150
    parts: int = 300


LIMITS = Limits()
