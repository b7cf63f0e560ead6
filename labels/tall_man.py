"""Names that are mistaken for one another, written so that they differ at a glance (LBL-02).

The list is data and short on purpose: tall letters help only where they are rare. Source: ISMP's list as far as it
touches this field, and our own addition for hyaluronidase beside hyaluronic acid.
"""

import re

TALL_MAN = (
    "hydrALAZINE",
    "hydrOXYzine",
    "vinBLAStine",
    "vinCRIStine",
    "DOBUTamine",
    "DOPamine",
    "ePHEDrine",
    "EPINEPHrine",
    "buPROPion",
    "busPIRone",
    "predniSONE",
    "prednisoLONE",
    "hyaluronIDASE",
)
_BY_NAME = {name.lower(): name for name in TALL_MAN}
_ANY = re.compile(rf"\b({'|'.join(_BY_NAME)})\b", re.IGNORECASE)
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:mg|mcg|µg|g|kg|mL|IU|units|%)(?:\b|/|$))")
_MARKS = str.maketrans("", "", "®™")


def as_printed(name: str) -> str:
    """The name without ® and ™ (LBL-01), tall letters where the list has them, each number held to its unit."""
    plain = _BEFORE_UNIT.sub("\u00a0", " ".join(name.translate(_MARKS).split()))
    return _ANY.sub(lambda found: _BY_NAME[found[0].lower()], plain)
