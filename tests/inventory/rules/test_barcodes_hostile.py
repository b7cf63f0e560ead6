"""Whatever is scanned is read or refused in words; what was built from elements is read back."""

import json
from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inventory.errors import EmptyCode, Refusal, StrangeCharacter, UnreadableCode
from inventory.rules import codes
from inventory.rules.barcodes import DEFAULT_SEPARATORS, ScanWarning, Scheme, merge, read_code, read_second_code
from inventory.rules.barcodes.check_digits import HIBC_ALPHABET, hibc_check
from inventory.rules.codes import CodeKind

DAY_ONE = date(2031, 3, 3)
GS = "\x1d"
GTIN = "09506000134352"
GS1_CHARACTERS = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "#$@[\\]^`{|}~")

HOSTILE_LOTS = [
    "<script>a()</script>",
    "=1+1",
    "+1+1",
    "-1+1",
    "../../x",
    "100%",
    "%s%n",
    "\"'",
    "';--",
    "a&b?c",
    "NULL",
    "None",
    "0",
    "_",
    "(A)",
    "=cmd()!A0",
    "//evil/x",
    "!",
]


def read(text):
    return read_code(text, DAY_ONE)


def answered(text, today=DAY_ONE, separators=DEFAULT_SEPARATORS):
    """The scan, or None where it is refused. Nothing else is raised, and all that is said can be stored and shown."""
    try:
        scan, refusal = read_second_code(text, today, separators), None
    except Refusal as refused:
        scan, refusal = None, refused
    check_words(refusal) if refusal else check_texts(scan, text)
    return scan


def check_words(refusal):
    json.dumps([str(refusal), *map(str, refusal.facts.values())], ensure_ascii=False).encode("utf-8")
    assert refusal.what
    assert refusal.remedy
    assert refusal.rule
    assert len(refusal.what) < 400


def check_texts(scan, text):
    assert scan.raw == text
    assert scan.escaped_raw.isascii()
    said = [scan.gtin, scan.code, scan.lot_number, scan.serial, *(element.value for element in scan.elements)]
    assert all(value.isascii() for value in said if value is not None)


@pytest.mark.parametrize("lot", HOSTILE_LOTS)
def test_a_hostile_but_valid_lot_passes_unchanged(lot):
    link = f"https://a.example/01/{GTIN}/10/{quote(lot, safe='')}?17=311231"
    for text in (f"]d201{GTIN}10{lot}{GS}17311231", f"(01){GTIN}(10){lot}(17)311231", link):
        scan = read(text)
        assert (scan.lot_number, scan.expires_on) == (lot, date(2031, 12, 31))
        assert scan.raw == text


@pytest.mark.parametrize(
    ("text", "character", "position"),
    [
        (f"]d201{GTIN}10A\x00B", "U+0000", 23),
        ("\x00", "U+0000", 1),
        ("ABC\ud800", "U+D800", 4),
        ("\udc80", "U+DC80", 1),
        ("  Алло", "U+0410", 3),
        ("٠١٢٣٤٥٦٧", "U+0660", 1),
        ("\uff10\uff11", "U+FF10", 1),
        ("acide hyaluronique réticulé", "U+00E9", 21),
        ("A\tB", "U+0009", 2),
        ("A\nB", "U+000A", 2),
        ("\x1b[2J", "U+001B", 1),
        ("A\u202eB", "U+202E", 2),
        ("\ufeffA", "U+FEFF", 1),
        ("A\x7f", "U+007F", 2),
        ("💉", "U+1F489", 1),
        (f"]d201{GTIN}10É", "U+00C9", 22),
    ],
)
def test_what_no_code_holds_is_refused_by_its_place(text, character, position):
    with pytest.raises(StrangeCharacter) as refused:
        read(text)
    assert refused.value.facts == {"character": character, "position": position}
    str(refused.value).encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "A" * 10_000,
        "1" * 10_000,
        GS * 10_000,
        "+" * 10_000,
        "(01)" * 2_500,
        "https://" + "a/" * 5_000,
        "\ud800" * 10_000,
    ],
)
def test_ten_thousand_characters_are_refused_in_words(text):
    with pytest.raises(UnreadableCode) as refused:
        read(text)
    assert refused.value.problem == f"has {len(text)} characters; 4296 is the most"
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "begin", [f"]d201{GTIN}", f"01{GTIN}10A", "(01)", "+A", "=/", "[)>06", "https://a/01/", "]d2", ""]
)
@pytest.mark.parametrize("filling", [GS, "10", "(10)A", "/", "=>", "%", "\x1e", "7", "&", "?17=", "|", "$", " "])
def test_the_longest_text_is_answered_too(begin, filling):
    answered((begin + filling * 4296)[:4296])


@pytest.mark.parametrize("text", ["", " ", "\r\n", "\t \n"])
def test_nothing_is_refused(text):
    with pytest.raises(EmptyCode):
        read(text)


@given(st.text(max_size=80), st.dates())
@example("\x1c", DAY_ONE)
@example("]d2\x1d", DAY_ONE)
@example("17000001", date.max)
@example("]d20109506000134352170001011100010115000101", date.max)
@example("]d20109506000134352170001011100010115000101", date.min)
@example("=/1AB370000007JC89=>899366", DAY_ONE)
def test_any_text_is_read_or_refused(text, today):
    answered(text, today)


_PIECES = st.sampled_from(
    [
        *("]d2", "]C1", "]d1", "]E0", "]E4", "]Q1", "01", "02", "00", "10", "17", "21", "11", "15", "30", "37", "7003"),
        *("8008", "8020", "235", "240", "710", "91", "3103", "3920", "3910", "410", "253", "8006", "(01)", "(10)"),
        *(GTIN, "095060000000000121", "281231", "280200", "281301", "2812311530", "24", "LOT-A1", "A", "Z" * 21),
        *("https://", "a.example", "/", "?", "=", "&", "#", "%2F", "%", "%00", "%FF", "gtin", "lot", "ser", "+", "$$3"),
        *("$", "$$", "$$+", "$$8", "X999", "123ABC0", "S", "16D", "14D", "20281231", "=/", "=,", "=>", "=}", "&,1"),
        *("[)>", "06", "9N", "110375286414", "1T", "D", "\x1e", "\x04", GS, "{GS}", "<GS>", "|", "^", "~", "␝", " "),
        *("\x00", "\ud800", "Ж", "\n"),
    ]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_any_jumble_of_pieces_is_read_or_refused(text):
    answered(text)


@given(st.text(alphabet=HIBC_ALPHABET, max_size=40).map(lambda body: "+" + body + hibc_check("+" + body)))
def test_any_hibc_with_the_right_check_is_read_or_refused(text):
    scan = answered(text)
    assert scan is None or scan.scheme == Scheme.HIBC


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=4))
def test_any_separators_do(text, separators):
    answered(text, DAY_ONE, separators)


# What was built is read back


def _with_check(digits):
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits), [3, 1] * 10, strict=False))
    return f"{digits}{-total % 10}"


gtins = st.from_regex(r"[0-9]{13}", fullmatch=True).filter(int).map(_with_check)
numbers = st.text(alphabet=GS1_CHARACTERS, min_size=1, max_size=20)
days = st.dates(min_value=date(1982, 1, 1), max_value=date(2081, 12, 31))
lines = st.fixed_dictionaries(
    {"01": gtins},
    optional={
        "10": numbers,
        "21": numbers,
        "17": days.map("{:%y%m%d}".format),
        "11": days.map("{:%y%m%d}".format),
        "30": st.integers(1, 99_999_999).map(str),
        "240": numbers,
        "3103": st.from_regex(r"[0-9]{6}", fullmatch=True),
    },
)
FIXED = {"01", "17", "11", "3103"}


def element_strings(line, separator=GS):
    return "".join(f"{name}{value}{'' if name in FIXED else separator}" for name, value in line)


shuffled = lines.flatmap(lambda line: st.permutations(list(line.items())))


@given(shuffled)
def test_elements_in_any_order_are_read_back(line):
    said = dict(line)

    scan = read("]d2" + element_strings(line))

    assert [(element.id, element.value) for element in scan.elements] == list(line)
    assert (scan.gtin, scan.lot_number, scan.serial) == (said["01"], said.get("10"), said.get("21"))
    assert scan.count == (int(said["30"]) if "30" in said else None)
    assert (f"{scan.expires_on:%y%m%d}" if scan.expires_on else None) == said.get("17")
    assert (f"{scan.manufactured_on:%y%m%d}" if scan.manufactured_on else None) == said.get("11")


@given(shuffled, st.sampled_from(DEFAULT_SEPARATORS))
def test_a_substitute_says_the_same_as_the_separator(line, separator):
    """`<GS>` could stand in a lot; all others cannot."""
    if not any("<GS>" in value for _, value in line):
        one, other = read("]d2" + element_strings(line)), read("]d2" + element_strings(line, separator))
        assert [(each.id, each.value) for each in one.elements] == [(each.id, each.value) for each in other.elements]


@given(shuffled)
def test_a_prefix_changes_nothing_but_the_raw_text(line):
    text = element_strings(sorted(line))  # the product first: so it is recognised without prefix
    bare = read(text)
    for prefix in ("]d2", "]C1", "]Q3", "]e0", "]J1", "]d1"):
        prefixed = read(prefix + text)
        assert [(each.id, each.value) for each in prefixed.elements] == [(e.id, e.value) for e in bare.elements]
        assert prefixed.warnings == bare.warnings
        assert (prefixed.scheme, prefixed.expires_on) == (bare.scheme, bare.expires_on)


@given(lines)
def test_a_link_says_the_same_as_the_elements(line):
    path = "".join(f"/{name}/{quote(line[name], safe='')}" for name in ("01", "10", "21") if name in line)
    query = "&".join(
        f"{name}={quote(value, safe='')}" for name, value in line.items() if name not in {"01", "10", "21"}
    )

    scan = read(f"https://a.example/x{path}?{query}")

    assert {element.id: element.value for element in scan.elements} == line


@given(gtins, numbers, numbers)
def test_brackets_say_the_same_as_the_elements(gtin, lot, serial):
    if "(" not in lot + serial:  # `A(21)B` cannot be told from two elements: brackets are for people
        scan = read(f"(01){gtin}(10){lot}(21){serial}")
        assert (scan.gtin, scan.lot_number, scan.serial) == (gtin, lot, serial)


hibc_numbers = st.from_regex(r"[A-Z0-9]{1,18}", fullmatch=True)


@given(
    st.from_regex(r"[A-Z][A-Z0-9]{3}", fullmatch=True),
    hibc_numbers,
    st.integers(0, 9),
    hibc_numbers,
    hibc_numbers,
    days,
    st.sampled_from(["$$2{:%m%d%y}", "$$3{:%y%m%d}", "$$5{:%y%j}", "{:%y%j}"]),
)
def test_a_hibc_is_read_back(labeller, number, unit, lot, serial, day, form):
    body = f"+{labeller}{number}{unit}/{form.format(day)}{lot}/S{serial}/16D{day:%Y%m%d}"
    scan = read(body + hibc_check(body))
    assert (scan.code, scan.lot_number, scan.serial) == (f"{labeller}{number}{unit}", lot, serial)
    assert (scan.expires_on, scan.manufactured_on) == (day, day)


@given(st.sampled_from(CodeKind), st.integers(0, 2**40 - 1))
def test_our_codes_are_always_ours(kind, bits):
    code = codes.make_code(kind, lambda _: bits)
    assert (read(code).scheme, read(code).code) == (Scheme.OURS, code)


@given(
    st.one_of(shuffled.map(element_strings), st.lists(_PIECES, max_size=8).map("".join)), shuffled.map(element_strings)
)
def test_merging_overwrites_nothing(one, other):
    first, second = answered(one), answered("]d2" + other)
    if first is None or second is None:
        return
    merged = merge(first, second)
    names = [conflict.field for conflict in merged.conflicts]
    for field in ("gtin", "lot_number", "serial", "expires_on", "manufactured_on", "count"):
        values = {getattr(first, field), getattr(second, field)} - {None}
        assert (getattr(merged.scan, field) is None) == (not values)
        assert (field in names) == (len(values) > 1)
    assert (ScanWarning.NO_LOT in merged.scan.warnings) <= (merged.scan.lot_number is None)
