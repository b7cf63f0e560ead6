"""Text that people type: one way to clean it and one way to refuse it.

What is kept is in Unicode's composed form, without surrounding space. Control characters, lone surrogates
and the characters that reverse the reading direction are refused: they make two texts look alike.
"""

import unicodedata

from inventory.errors import InvalidText, ReasonMissing

LONGEST_LINE = 200
LONGEST_NOTE = 2_000
_NEVER = {"Cc", "Cs", "Cn", "Zl", "Zp"}
_TURNS_READING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def line(field: str, text: str, longest: int = LONGEST_LINE) -> str:
    """One line of text. Raises `InvalidText` when it is empty, too long or holds hidden characters."""
    return _cleaned(field, text, longest, kept="")


def note(field: str, text: str, longest: int = LONGEST_NOTE) -> str:
    """Text that may have several lines."""
    return _cleaned(field, text.replace("\r\n", "\n"), longest, kept="\n\t")


def reason(text: str | None) -> str:
    """Why something was done. Raises `ReasonMissing` when nothing was written."""
    if text is None or not text.strip():
        raise ReasonMissing
    return note("Reason", text)


def _cleaned(field: str, text: str, longest: int, kept: str) -> str:
    if len(text) > 4 * longest:  # composing may shorten a text, but not that much
        raise InvalidText(field, f"is longer than {longest} characters")
    composed = unicodedata.normalize("NFC", text).strip()
    if any(character not in kept and _is_hidden(character) for character in composed):
        raise InvalidText(field, "contains hidden characters")
    if not composed:
        raise InvalidText(field, "is empty")
    if len(composed) > longest:
        raise InvalidText(field, f"is longer than {longest} characters")
    return composed


def _is_hidden(character: str) -> bool:
    return character in _TURNS_READING or unicodedata.category(character) in _NEVER
