"""What parts the elements of a code, and which characters a code may hold at all (rule SCN-05).

A scanner that types cannot always type the group separator: it drops it, or another sign stands for it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from inventory.errors import StrangeCharacter

GROUP_SEPARATOR = "\x1d"
DEFAULT_SEPARATORS = (GROUP_SEPARATOR, "{GS}", "<GS>", "|", "^", "~", "␝")
"""The separator itself and what scanners put for it. None but `<GS>` could stand in a GS1 value."""

_NOT_IN_CODES = r"[^\x20-\x7e\x1d\x1e\x04]"  # 0x1E and 0x04 frame a PPN


def separators_in(text: str, separators: Sequence[str]) -> tuple[str, ...]:
    """Where the scanner sends the real separator, nothing else stands for it: `<GS>` may be part of a lot."""
    return (GROUP_SEPARATOR,) if GROUP_SEPARATOR in text else tuple(separators)


@lru_cache(maxsize=64)
def separator_pattern(separators: tuple[str, ...]) -> re.Pattern[str]:
    """One or more of them in a row, the longest first."""
    if not separators or not all(separators):
        raise ValueError("a separator is at least one character")
    return re.compile(f"(?:{_alternatives(separators)})+")


def check_characters(text: str, separators: tuple[str, ...], start: int) -> None:
    """Refuse what no code holds: control characters, other scripts, halves of characters.

    `start` characters were scanned before `text`.
    """
    # A sign that stands for the separator may be one that codes do not hold otherwise.
    for match in _strange_pattern(separators).finditer(text):
        if match["strange"]:
            raise StrangeCharacter(f"U+{ord(match['strange']):04X}", start + match.start() + 1)


@lru_cache(maxsize=64)
def _strange_pattern(separators: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"(?:{_alternatives(separators)})|(?P<strange>{_NOT_IN_CODES})")


def _alternatives(separators: tuple[str, ...]) -> str:
    return "|".join(re.escape(separator) for separator in sorted(separators, key=len, reverse=True))
