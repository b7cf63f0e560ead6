"""Scanned codes: what a maker's symbol, or one of ours, says.

- One text in, one frozen `Scan` out, or a refusal that names what is wrong and where. Nothing else is raised.
- GS1 element strings and links, bare GTINs, HIBC, ISBT 128, IFA PPN, our own codes, and internal ones.
- Nothing is guessed: what has no separator is not divided, what contradicts itself is refused, and the text as
  scanned stays with the result (rule SCN-11). The day is an argument, for the century of two-digit years.

The table of GS1 identifiers and their formats is biip's. Its messages are not used: they part what no separator
parts, read dates by the machine's clock, and let wrong check digits and contradictions pass.
"""

from inventory.rules.barcodes.merging import Conflict, Merged, merge
from inventory.rules.barcodes.scans import Element, Scan, ScanWarning, Scheme
from inventory.rules.barcodes.separators import DEFAULT_SEPARATORS
from inventory.rules.barcodes.sniffing import read_code, read_second_code, refuse_slip

__all__ = [
    "DEFAULT_SEPARATORS",
    "Conflict",
    "Element",
    "Merged",
    "Scan",
    "ScanWarning",
    "Scheme",
    "merge",
    "read_code",
    "read_second_code",
    "refuse_slip",
]
