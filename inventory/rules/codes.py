"""Our own codes: ten characters, random, never counted.

A code is a kind letter, 8 Crockford base-32 characters (40 random bits) and a check character over all nine
(rule COD-01). The check is a weighted sum over GF(32) whose weights are successive powers of a generator:
they differ from each other and from zero, so every single wrong character and every swap of two different
characters is caught, the kind letter included. What people misread is read alike: I and L as 1, O as 0.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from inventory.errors import InvalidCode, WrongCheckCharacter

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: without I, L, O and U
BODY_LENGTH = 8
CODE_LENGTH = 1 + BODY_LENGTH + 1

_BITS_A_CHARACTER = 5
_LONGEST_TEXT = 40
_FIELD_SIZE = 32
_FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, of which x is a generator
_MISREAD = str.maketrans("ILO", "110")
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
# People group a code when they write it down; word processors change the hyphen.
_SEPARATORS = dict.fromkeys(map(ord, " \t\r\n-\u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2212"))


class CodeKind(StrEnum):
    """The first letter of a code: what it is stuck on."""

    CONTAINER = "C"
    LOCATION = "L"
    PATIENT = "P"
    RECORD = "R"


_KIND_LETTERS = tuple(kind.value for kind in CodeKind)


def make_code(kind: CodeKind, randbits: Callable[[int], int]) -> str:
    """A new code from 40 random bits. Whether it is taken is for the caller's unique constraint to say."""
    bits = randbits(BODY_LENGTH * _BITS_A_CHARACTER)
    shifts = range((BODY_LENGTH - 1) * _BITS_A_CHARACTER, -1, -_BITS_A_CHARACTER)
    body = "".join(ALPHABET[bits >> shift & (_FIELD_SIZE - 1)] for shift in shifts)
    return kind + body + check_character(kind + body)


def check_character(text: str) -> str:
    """The last character of the code that begins with `text` (kind and body)."""
    return ALPHABET[_weighted_sum(_VALUES[character] for character in text.translate(_MISREAD))]


def check_code(text: object) -> str:
    """The code as it is stored, however it was typed. Refuse what cannot be one, naming a wrong check."""
    code = _normal(text)
    if check_character(code[:-1]) != code[-1]:
        raise WrongCheckCharacter(text=code, character=code[-1])
    return code


def kind_of(code: str) -> CodeKind:
    """What a checked code is stuck on."""
    return CodeKind(code[0])


def _normal(text: object) -> str:
    if not isinstance(text, str):
        raise InvalidCode(type(text).__name__, "is not text")
    if len(text) > _LONGEST_TEXT:
        raise InvalidCode(text[: _LONGEST_TEXT - 1] + "…", "is too long")
    plain = text.translate(_SEPARATORS)
    # upper() would turn letters of other scripts into ours: the long s into S, the dotless i into I.
    if not plain.isascii():
        raise InvalidCode(text, "has characters that our codes never use")
    if len(plain) != CODE_LENGTH:
        raise InvalidCode(text, f"has {len(plain)} characters instead of {CODE_LENGTH}")
    return _kind_letter(plain, text) + _body(plain, text)


def _kind_letter(plain: str, text: str) -> str:
    letter = plain[0].upper()
    kind = CodeKind.LOCATION.value if letter.translate(_MISREAD) == "1" else letter
    if kind not in _KIND_LETTERS:
        raise InvalidCode(text, f"does not begin with {', '.join(_KIND_LETTERS)}")
    return kind


def _body(plain: str, text: str) -> str:
    body = plain[1:].upper().translate(_MISREAD)
    if not set(body) <= _VALUES.keys():
        raise InvalidCode(text, "has characters that our codes never use")
    return body


def _weighted_sum(values: Iterable[int]) -> int:
    total = 0
    for value in values:
        total = _times_generator(total ^ value)
    return total


def _times_generator(value: int) -> int:
    doubled = value << 1
    return doubled ^ _FIELD_POLYNOMIAL if doubled & _FIELD_SIZE else doubled
