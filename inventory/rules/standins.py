"""Stand-in lot numbers: what the books call a vial whose own lot number nobody can read.

A stand-in is random and never a maker's: its space is outside the characters of lot numbers in GS1 and HIBC codes, and
what is typed is refused where it begins like one (rule OPN-01). So nothing ever joins a lot that is really two.
"""

from collections.abc import Callable

from inventory.rules.codes import ALPHABET

STANDIN_BEGINS = "UNREADABLE"
_LENGTH = 8
_BITS_A_CHARACTER = 5


def make_standin(randbits: Callable[[int], int]) -> str:
    """A new stand-in from 40 random bits. Whether it is taken is for the caller's unique constraint to say."""
    bits = randbits(_LENGTH * _BITS_A_CHARACTER)
    shifts = range((_LENGTH - 1) * _BITS_A_CHARACTER, -1, -_BITS_A_CHARACTER)
    return f"{STANDIN_BEGINS} {''.join(ALPHABET[bits >> shift & (len(ALPHABET) - 1)] for shift in shifts)}"


def is_standin(lot_number: str) -> bool:
    """Whether a number is one, or could be taken for one."""
    return lot_number.strip().upper().startswith(STANDIN_BEGINS)
