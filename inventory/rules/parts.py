"""How full an opened vial is, as people say it: a quarter, half, three quarters, whole."""

from decimal import Decimal
from enum import StrEnum

from inventory.rules.amounts import rounded


class Part(StrEnum):
    QUARTER = "quarter"
    HALF = "half"
    THREE_QUARTERS = "three_quarters"
    WHOLE = "whole"


SIGNS = {Part.QUARTER: "¼", Part.HALF: "½", Part.THREE_QUARTERS: "¾", Part.WHOLE: "1"}
_QUARTERS = {Part.QUARTER: 1, Part.HALF: 2, Part.THREE_QUARTERS: 3, Part.WHOLE: 4}


def amount_of(part: Part, content: Decimal) -> Decimal:
    """The part of a full container, half-even to 0.001 of its unit (rule AMT-02)."""
    return content if part is Part.WHOLE else rounded(content * _QUARTERS[part] / 4)
