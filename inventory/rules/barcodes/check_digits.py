"""Check digits: GS1's for GTIN, SSCC and GLN, and the check characters of HIBC, PPN and PZN."""

from biip.checksums import gs1_standard_check_digit

GTIN_LENGTH = 14
GTIN_LENGTHS = (8, 12, 13, GTIN_LENGTH)
HIBC_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"

_HIBC_VALUES = {character: value for value, character in enumerate(HIBC_ALPHABET)}


def has_gs1_check(digits: str) -> bool:
    """Weights 3, 1, 3, 1 … from the right, the check digit left out (rule SCN-01)."""
    return int(digits[-1]) == gs1_standard_check_digit(digits[:-1])


def find_gtin(text: str) -> str | None:
    """A GTIN of 8, 12, 13 or 14 digits, filled up to 14 with zeros (rule SCN-02); None where it is none."""
    is_number = text.isascii() and text.isdigit() and len(text) in GTIN_LENGTHS
    return text.zfill(GTIN_LENGTH) if is_number and int(text) and has_gs1_check(text) else None


def hibc_check(text: str) -> str:
    """The sum of the characters' places in the alphabet, modulo 43 (rule HIB-01)."""
    return HIBC_ALPHABET[sum(_HIBC_VALUES[character] for character in text) % len(HIBC_ALPHABET)]


def ppn_check(text: str) -> str:
    """The sum of the ASCII values, each times 2, 3, 4 …, modulo 97 (rule PPN-01)."""
    return f"{sum(ord(character) * weight for weight, character in enumerate(text, 2)) % 97:02d}"


def has_pzn_check(digits: str) -> bool:
    """The sum of the digits, each times 1, 2, 3 …, modulo 11; a number with the rest 10 is not given out."""
    return sum(int(digit) * weight for weight, digit in enumerate(digits[:-1], 1)) % 11 == int(digits[-1])
