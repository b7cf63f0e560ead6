import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import InvalidCode, Refusal, WrongCheckCharacter
from inventory.rules import codes
from inventory.rules.codes import ALPHABET, CODE_LENGTH, CodeKind

BODY_BITS = 40
some_codes = st.builds(
    lambda kind, bits: codes.make_code(kind, lambda _: bits),
    st.sampled_from(CodeKind),
    st.integers(min_value=0, max_value=2**BODY_BITS - 1),
)


def is_refused(text):
    try:
        codes.check_code(text)
    except Refusal:
        return True
    return False


def made(kind, bits):
    return codes.make_code(kind, lambda _: bits)


def test_a_code_takes_forty_random_bits():
    asked = []

    def randbits(count):
        asked.append(count)
        return 2**count - 1

    assert codes.make_code(CodeKind.CONTAINER, randbits).startswith("CZZZZZZZZ")
    assert asked == [BODY_BITS]


def test_the_same_bits_give_the_same_code_and_other_bits_another():
    assert made(CodeKind.PATIENT, 1) == made(CodeKind.PATIENT, 1)
    assert len({made(CodeKind.PATIENT, bits) for bits in range(5000)}) == 5000


@given(some_codes)
def test_a_made_code_is_accepted_as_it_is(code):
    assert len(code) == CODE_LENGTH
    assert codes.check_code(code) == code
    assert codes.kind_of(code) == code[0]


@given(some_codes)
def test_a_code_is_read_in_any_case_grouping_and_misreading(code):
    groups = "-".join((code[:1], code[1:5], code[5:9], code[9:])).lower()
    misread = code[0] + code[1:].replace("1", "l").replace("0", "O")
    for written in (groups, misread, f"  {code[:5]} {code[5:]}\n", code.replace(code[3], code[3] + "\u2011", 1)):
        assert codes.check_code(written) == code


def test_a_location_letter_read_as_one_is_a_location():
    code = made(CodeKind.LOCATION, 123_456_789)
    for misread in "1Ii":
        assert codes.check_code(misread + code[1:]) == code


# The proof, by exhaustion. The check is a linear function of the nine values before it: step by step this
# is exclusive-or and multiplication by the generator, and the first test tries linearity on all pairs.
# So whether an error shows depends on the difference it makes and on nothing else in the code.

VALUES = range(32)
POSITIONS = range(CODE_LENGTH)


def syndrome(difference):
    """What the check sees of a difference between two codes; 0 means it sees nothing."""
    return codes._weighted_sum(difference[:-1]) ^ difference[-1]


def alone(changes):
    return [changes.get(position, 0) for position in POSITIONS]


def test_the_check_is_linear():
    for one, other in itertools.product(VALUES, VALUES):
        assert codes._times_generator(one ^ other) == codes._times_generator(one) ^ codes._times_generator(other)
    assert len({codes._times_generator(value) for value in VALUES}) == 32


def test_every_difference_in_one_character_shows():
    for position, change in itertools.product(POSITIONS, VALUES[1:]):
        assert syndrome(alone({position: change})) != 0


def test_every_swap_of_two_different_characters_shows_at_any_distance():
    for first, second in itertools.combinations(POSITIONS, 2):
        for change in VALUES[1:]:  # a swap changes both places by the same difference
            assert syndrome(alone({first: change, second: change})) != 0


def test_every_single_wrong_character_of_real_codes_is_refused():
    source = random.Random(20310303)
    for kind in CodeKind:
        for _ in range(25):
            code = codes.make_code(kind, source.getrandbits)
            for position, wrong in itertools.product(POSITIONS, ALPHABET):
                if wrong != code[position] and not (kind == CodeKind.LOCATION and position == 0 and wrong == "1"):
                    assert is_refused(code[:position] + wrong + code[position + 1 :])


def test_every_wrong_kind_letter_is_refused():
    source = random.Random(1)
    for kind, other in itertools.permutations(CodeKind, 2):
        for _ in range(100):
            code = codes.make_code(kind, source.getrandbits)
            assert is_refused(other + code[1:])


def test_every_swap_of_neighbours_of_real_codes_is_refused():
    """All pairs of different characters at each place of the body, and with the check character."""
    source = random.Random(2)
    for place, first, second in itertools.product(range(1, CODE_LENGTH - 2), ALPHABET, ALPHABET):
        if first == second:
            continue
        code = codes.make_code(CodeKind.CONTAINER, source.getrandbits)
        begun = code[:place] + first + second + code[place + 2 : -1]
        whole = begun + codes.check_character(begun)
        assert not is_refused(whole)
        assert is_refused(whole[:place] + second + first + whole[place + 2 :])


@given(some_codes)
def test_swaps_with_the_kind_letter_and_the_check_character_are_refused(code):
    for place in (0, CODE_LENGTH - 2):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        # Equal neighbours, and L beside 1, are no swap of different characters.
        assert is_refused(swapped) or codes.check_code(swapped) == code


@pytest.mark.parametrize("place", range(1, CODE_LENGTH - 2))
def test_the_hole_of_luhn_mod_32_between_0_and_z_is_closed(place):
    for bits in (0, 2**BODY_BITS - 1, 0x5555555555):
        code = made(CodeKind.CONTAINER, bits)
        begun = code[:place] + "0Z" + code[place + 2 : -1]
        whole = begun + codes.check_character(begun)
        with pytest.raises(WrongCheckCharacter) as refused:
            codes.check_code(whole[:place] + "Z0" + whole[place + 2 :])
        assert refused.value.character == whole[-1]


def test_a_wrong_check_character_is_named_and_the_right_one_is_not_told():
    code = made(CodeKind.CONTAINER, 42)
    right = code[-1]
    wrong = next(character for character in "23456789" if character not in code)

    with pytest.raises(WrongCheckCharacter) as refused:
        codes.check_code(code[:-1] + wrong)

    assert refused.value.facts == {"text": code[:-1] + wrong, "character": wrong}
    assert f"'{wrong}'" in refused.value.what
    assert f"'{right}'" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has 0 characters instead of 10"),
        ("C", "has 1 characters instead of 10"),
        ("C12345678", "has 9 characters instead of 10"),
        ("C123456789A", "has 11 characters instead of 10"),
        ("X123456789", "does not begin with C, L, P, R"),
        ("0123456789", "does not begin with C, L, P, R"),
        ("CU23456789", "has characters that our codes never use"),
        ("C12345678!", "has characters that our codes never use"),
        ("C1234567\u017f9", "has characters that our codes never use"),
        ("C1234567\u01319", "has characters that our codes never use"),
        ("C1234567\uff19\uff19", "has characters that our codes never use"),
        ("C1234567\x009", "has characters that our codes never use"),
        ("<script>12", "does not begin with C, L, P, R"),
        ("C" * 10_000, "is too long"),
        ("-" * 10_000, "is too long"),
        (None, "is not text"),
        (1234567890, "is not text"),
        (["C123456789"], "is not text"),
        (b"C123456789", "is not text"),
    ],
)
def test_what_is_no_code_is_refused_in_words(text, problem):
    with pytest.raises(InvalidCode) as refused:
        codes.check_code(text)

    assert refused.value.problem == problem
    assert len(refused.value.text) <= 40
    assert str(refused.value)


@given(st.text(max_size=50))
def test_any_text_is_a_code_or_refused(text):
    assert is_refused(text) or len(codes.check_code(text)) == CODE_LENGTH
