"""Which passwords are refused, and what is kept of the others."""

import argon2
import pytest

from inventory.people.errors import PasswordRefused
from inventory.people.passwords import HashingCost, Passwords, check_new, common_passwords

NAMES = ("ada", "Ada Administrator", "Clinic of the Harbour", "Harbour")
CHEAP = HashingCost(memory_kib=8, passes=1)


UNCOMMON = (
    "rain over the old harbour",
    "ein ganz anderer Satz",
    "пароль-на-весну",
    "aB3$kL9!pQ",
    "ten chars!",
    "ngjeioqvzt pm k" + "ü" * 113,
)


def test_uncommon_passwords_of_any_composition_are_taken():
    for password in UNCOMMON:
        check_new(password, NAMES)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "fewer than 10"),
        ("ninechars", "fewer than 10"),
        ("", "fewer than 10"),
        ("x" * 129, "more than 128"),
        ("password123!", "everybody tries"),
        ("P@ssw0rd2031", "everybody tries"),
        ("Summer2031!!", "everybody tries"),
        ("monkey monkey", "everybody tries"),
        ("correct horse battery staple", "everybody tries"),
        ("Vialtrace2031", "everybody tries"),
        ("1234567890", "row of keys"),
        ("0987654321", "row of keys"),
        ("qwertyuiop", "row of keys"),
        ("QWERTZUIOP", "row of keys"),
        ("aaaaaaaaaaaa", "repetition"),
        ("abcabcabcabc", "repetition"),
        ("ada12345678", "the name"),
        ("Harbour2031", "the name"),
        ("Clinic of the Harbour", "the name"),
        ("harbour\x07word of mine", "cannot be typed"),
        ("line\nbreak in it", "cannot be typed"),
        ("lone \ud800 surrogate", "cannot be typed"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_passwords_that_are_guessed_first_are_refused_with_the_reason(password, why):
    with pytest.raises(PasswordRefused) as refused:
        check_new(password, NAMES)
    assert why in refused.value.what


def test_the_shipped_list_has_more_than_a_thousand_lines_in_lower_case():
    known = common_passwords()
    assert len(known) >= 1_000
    assert all(line == line.casefold().strip() for line in known)


def test_a_hash_is_argon2id_and_fits_only_its_password():
    passwords = Passwords(CHEAP)
    kept = passwords.hash("rain over the old harbour")
    assert kept.startswith("$argon2id$")
    assert passwords.verify(kept, "rain over the old harbour")
    assert not passwords.verify(kept, "rain over the old harbor")
    assert not passwords.verify(None, "rain over the old harbour")
    assert not passwords.verify("not a hash", "rain over the old harbour")
    assert not passwords.verify(kept, "lone \ud800 surrogate")


def test_the_same_characters_from_another_keyboard_fit():
    passwords = Passwords(CHEAP)
    assert passwords.verify(passwords.hash("cafe\u0301 im sommerwind"), "caf\u00e9 im sommerwind")


def test_a_changed_cost_asks_for_a_new_hash():
    kept = Passwords(CHEAP).hash("rain over the old harbour")
    assert not Passwords(CHEAP).needs_rehash(kept)
    assert Passwords().needs_rehash(kept)


def test_an_unknown_account_is_checked_against_a_hash_as_dear_as_a_real_one():
    passwords = Passwords(HashingCost(memory_kib=64, passes=2))
    kept = passwords.hash("rain over the old harbour")

    assert not passwords.verify(None, "a wrong guess")
    # What the check of nothing works on: made once, with the same cost, and no password opens it.
    dummy = vars(passwords)["_dummy"]
    assert argon2.extract_parameters(dummy) == argon2.extract_parameters(kept)
