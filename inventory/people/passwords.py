"""Passwords: how they are kept, which are refused, and who confirmed theirs.

- Kept as argon2id hashes with a settable cost; checking one reads the cost from the hash itself.
- Refused by length (10 to 128) and when they are commonly known or say a name of the clinic; there are no
  rules of composition (NIST SP 800-63B 3.1.1).
- An unknown account costs the same time as a wrong password: `verify` of nothing checks a dummy.
- No password is checked while the write lock is held.
"""

import functools
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from inventory.people.errors import PasswordRefused

SHORTEST = 10
LONGEST = 128
_LIST = Path(__file__).with_name("common_passwords.txt")
_LEET = str.maketrans("01345789@$!|€", "oieastbgasile")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
_FEWEST_OWN = 6  # characters that must be left beside a name or a common word


@dataclass(frozen=True)
class HashingCost:
    """OWASP's small setting of argon2id: eight threads at once stay under 160 MiB."""

    memory_kib: int = 19_456
    passes: int = 2
    lanes: int = 1


class Passwords:
    """Hashes and checks passwords at one cost."""

    def __init__(self, cost: HashingCost = HashingCost()) -> None:  # frozen
        self._hasher = argon2.PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)

    def hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. Without a hash it takes as long and the answer is no."""
        is_known = password_hash is not None
        try:
            self._hasher.verify(password_hash if password_hash is not None else self._dummy, _normal(password))
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
        return is_known

    def needs_rehash(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    @functools.cached_property
    def _dummy(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())


def check_new(password: str, names: Iterable[str]) -> None:
    """Refuse a password that is too short, too long or easily guessed. `names`: those of person and clinic."""
    normal = _normal(password)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in normal):
        raise PasswordRefused("contains characters that cannot be typed everywhere")
    if len(normal) < SHORTEST:
        raise PasswordRefused(f"has fewer than {SHORTEST} characters")
    if len(normal) > LONGEST:
        raise PasswordRefused(f"has more than {LONGEST} characters")
    folded = normal.casefold()
    if _is_pattern(folded):
        raise PasswordRefused("is a repetition or a row of keys")
    if _is_common(folded):
        raise PasswordRefused("is one of those that everybody tries first")
    for name in names:
        if _is_hardly_more_than(_letters(folded), _letters(name.casefold())):
            raise PasswordRefused(f"is hardly more than the name {name!r}")


def _normal(password: str) -> str:
    """One form for what different keyboards send for the same characters."""
    return unicodedata.normalize("NFKC", password)


def _letters(folded: str) -> str:
    return "".join(character for character in folded if character.isalnum())


def _is_pattern(folded: str) -> bool:
    if re.fullmatch(r"(.{1,5}?)\1+.?", folded):
        return True
    runs = [*_RUNS, *(run[::-1] for run in _RUNS)]
    plain = _letters(folded)
    return len(plain) >= SHORTEST - 2 and any(plain in run for run in runs)


def _is_common(folded: str) -> bool:
    """A known password, also dressed up: digits around it, letters as digits, said twice."""
    known = common_passwords()
    candidates = {_letters(folded), _letters(folded.translate(_LEET)), folded}
    for candidate in tuple(candidates):
        bare = candidate.strip("0123456789")
        candidates |= {bare, re.sub(r"^(.+)\1$", r"\1", bare)}
    stripped = re.sub(r"^[^a-z]+|[^a-z]+$", "", folded)
    candidates |= {stripped, stripped.translate(_LEET), re.sub(r"^(.+)\1$", r"\1", stripped)}
    return not known.isdisjoint(candidates)


def _is_hardly_more_than(password: str, name: str) -> bool:
    if len(name) < 3 or name not in password:
        return False
    return len(password) - len(name) < _FEWEST_OWN or password.strip("0123456789") == name


@functools.cache
def common_passwords() -> frozenset[str]:
    """The shipped list, in lower case without a line twice."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
