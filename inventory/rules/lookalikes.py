"""Lot numbers that are easily taken for one another (LOT-04).

Lots compare exactly (SCN-12), so a slip of the eye makes a second lot of what is one, and a recall finds half of it.
Two numbers look alike when they differ only in case, in zeros before other digits, in O and 0, or in I, L and 1.
"""

import re
from collections.abc import Iterable

_SAME_LOOK = str.maketrans({"O": "0", "I": "1", "L": "1"})


def find_lookalike(lot_number: str, known: Iterable[str]) -> str | None:
    """The known number that `lot_number` may be meant to be. None where it is itself known."""
    others = list(known)
    if lot_number in others:
        return None
    look = look_of(lot_number)
    return next((other for other in others if look_of(other) == look), None)


def look_of(lot_number: str) -> str:
    """The same for all that look alike."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", lot_number.upper().translate(_SAME_LOOK))
