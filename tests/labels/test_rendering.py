"""Labels as a person and a scanner find them: everything inside, nothing on anything else, every symbol read."""

import itertools
import random
from dataclasses import replace
from decimal import Decimal

import pytest

from inventory.rules.codes import CodeKind, make_code
from labels.contents import ContainerLabel
from labels.designs import designs_of
from labels.errors import CountNotPossible, StartBeyondSheet, TextDoesNotFit, TextNotDrawable
from labels.layout import place
from labels.lettering import ASCENT, DESCENT, width_at_one_point
from labels.media import BY_CODE, STOCK, Medium
from labels.rendering import MOST_COPIES, MOST_LABELS, box_of, render_labels, said_by

KINDS = ("container", "opened", "syringe", "batch", "place", "hold", "recall")
ROLLS = [medium for medium in STOCK if not medium.is_sheet]
# What must find room: the ordinary label of each kind on these.
FOR_SYRINGES = {"l7160", "l7163", "5160", "dymo-57x32", "dymo-89x28", "brother-62x29", "brother-62"}
FOR_SYRINGES |= {"zebra-2x1-203", "zebra-2x1-300"}
NEEDS_ROOM = {"syringe", "batch"}


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_clipped_or_overlaps_and_every_symbol_is_read(kind, dpi, contents, read_pages, alone):
    for stock, (name, content) in itertools.product(STOCK, contents(kind).items()):
        about = f"{kind} {name} on {stock.code}"
        medium = replace(alone(stock), dpi=dpi)
        pdf = _printed(content, medium)
        if pdf is None:
            assert name != "ordinary" or (kind in NEEDS_ROOM and stock.code not in FOR_SYRINGES), about
            continue
        (page,) = read_pages(pdf, dpi)
        assert page.codes == [getattr(content, "code", None) or content.record], about
        _assert_inside(page, medium, about)
        _assert_apart(page, about)


def _printed(content, medium):
    """Refused for want of room, a label is not printed at all."""
    try:
        return render_labels([content], medium)
    except TextDoesNotFit:
        return None


def _assert_inside(page, medium, about):
    edge = float(medium.inset) - 0.35  # a letter may lean over its own width, and a pixel is grey at its border
    assert page.ink, about
    for each in page.ink:
        assert each.left >= edge, (about, each)
        assert each.top >= edge, (about, each)
        assert each.right <= page.width - edge, (about, each)
        assert each.bottom <= page.height - edge, (about, each)
    white = int(edge * page.picture.width / page.width) - 1
    frame = page.picture.copy()
    frame.paste(255, (white, white, frame.width - white, frame.height - white))
    assert frame.getextrema() == (255, 255), f"{about}: ink in the white edge"


def _assert_apart(page, about):
    """No letter stands on another one, and none on the symbol or its quiet zone."""
    ink = sorted(page.ink, key=lambda each: each.top)
    for index, one in enumerate(ink):
        for other in ink[index + 1 :]:
            if other.top >= one.bottom:
                break
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.bottom, other.bottom) - max(one.top, other.top)
            # Neighbours on a line touch: kerned pairs share a sliver.
            assert min(across, down) < 0.12, (about, one, other)


@pytest.mark.parametrize("dpi", [203, 300])
def test_the_symbol_keeps_its_quiet_zone_and_whole_dots(dpi, contents):
    for medium, kind in itertools.product(STOCK, KINDS):
        box = box_of(replace(medium, dpi=dpi))
        try:
            placed = place(designs_of(contents(kind)["ordinary"]), box)
        except TextDoesNotFit:
            continue
        symbol = placed.symbol
        for length in (symbol.module, box.x + symbol.x, box.y + symbol.y):
            assert length / box.dot == pytest.approx(round(length / box.dot), abs=1e-6)
        assert symbol.module / box.dot >= 3 - 1e-6
        left, top = symbol.x - symbol.module, symbol.y - symbol.module
        side = (symbol.symbol.size + 2) * symbol.module
        assert left + side <= box.width + 1e-6
        assert top + side <= box.height + 1e-6
        assert top >= placed.bar
        for line in placed.lines:
            end = line.x + width_at_one_point(line.text, is_bold=line.is_bold) * line.size
            is_beside = line.baseline + line.size * DESCENT > top and line.baseline - line.size * ASCENT < top + side
            assert not is_beside or end <= left, (kind, medium.code, line)


@pytest.mark.parametrize("kind", KINDS)
def test_a_label_says_all_of_its_contents(kind, ordinary, read_pages):
    (page,) = read_pages(render_labels([ordinary[kind]], BY_CODE["brother-62"]))
    said = page.text.replace(" ", "")
    for field, value in vars(ordinary[kind]).items():
        if isinstance(value, str) and field not in ("language", "kind", "storage", "patient_reference"):
            assert value.replace(" ", "") in said, field
    for ingredient in getattr(ordinary[kind], "ingredients", ()):
        assert ingredient.name.replace(" ", "") in said
        assert (ingredient.lot_number if kind == "batch" else ingredient.amount).replace(" ", "") in said


def test_too_many_ingredients_are_counted_and_no_allergen_is_left_out(contents, read_pages, alone):
    label = replace(contents("syringe")["longest"], patient_name="Nadia Example", language="en")
    label = replace(label, allergens=label.allergens[:3])
    for code in ("l7163", "dymo-57x32", "brother-62x29"):
        (page,) = read_pages(render_labels([label], alone(BY_CODE[code])))
        assert "20 ingredients: see record" in page.text
        for word in ("benzyl alcohol", "amide anaesthetic", "gram-positive protein"):
            assert word in page.text


def test_when_even_the_allergens_find_no_room_the_label_is_refused(ordinary):
    everything = ("benzyl_alcohol", "amide_anaesthetic", "gram_positive_protein", "human_derived", "sulfite", "soy")
    with pytest.raises(TextDoesNotFit) as refused:
        render_labels([replace(ordinary["syringe"], allergens=everything)], BY_CODE["zebra-2x1-203"])
    assert refused.value.field == "Allergens"


def test_a_lot_number_is_never_parted(ordinary):
    medium = BY_CODE["dymo-25x25"]
    with pytest.raises(TextDoesNotFit) as refused:
        render_labels([ordinary["container"], replace(ordinary["container"], lot_number="W" * 20)], medium)
    assert (refused.value.field, refused.value.label) == ("Lot number", 2)


def test_a_name_of_300_characters_is_refused_by_its_field_or_wrapped(ordinary, read_pages):
    name = "Abcdefghi " * 30
    with pytest.raises(TextDoesNotFit) as refused:
        render_labels([replace(ordinary["container"], product=name.strip())], BY_CODE["l7651"])
    assert refused.value.field == "Product"
    (page,) = read_pages(render_labels([replace(ordinary["container"], product=name.strip())], BY_CODE["brother-62"]))
    assert page.text.count("Abcdefghi") == 30


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("維他命 C", "維他命"),
        ("ויטמין", "ויטמין"),
        ("فيتامين", "فيتامن"),
        ("e\u0301\u0302\u0303x", "\u0301\u0302\u0303"),
        ("💉", "💉"),
        ("a\u202eb", "\u202e"),
    ],
)
def test_what_the_fonts_cannot_draw_rightly_is_refused_by_its_field(ordinary, text, characters):
    with pytest.raises(TextNotDrawable) as refused:
        render_labels([replace(ordinary["container"], product=text)], BY_CODE["l7160"])
    assert refused.value.field == "Product"
    assert set(refused.value.characters) == set(characters)


@pytest.mark.parametrize("name", ["山田太郎", "נועה כהן", "محمد علي"])
def test_a_patient_name_that_cannot_be_drawn_gives_way_to_the_reference(ordinary, name, read_pages):
    (page,) = read_pages(render_labels([replace(ordinary["syringe"], patient_name=name)], BY_CODE["brother-62"]))
    assert "name: see record P86FQCZ25E" in page.text
    assert "born 1984-05-06" in page.text


@pytest.mark.parametrize("text", ["Hélène Ångström", "Łódź İstanbul", "Здоров'я", "Ωμέγα µ ≤ °C", "Đặng Thị Ngọc Ánh"])
def test_letters_of_europe_and_vietnam_are_drawn(ordinary, text, read_pages):
    (page,) = read_pages(render_labels([replace(ordinary["container"], product=text)], BY_CODE["l7163"]))
    assert text in page.text


def test_hostile_text_is_printed_as_it_is(contents, read_pages):
    (page,) = read_pages(render_labels([contents("container")["hostile"]], BY_CODE["brother-62"]))
    assert "<script>a()</script> =1+1 ../../x" in page.text


@pytest.mark.parametrize("kind", KINDS)
def test_every_label_of_a_demo_says_so(kind, ordinary, read_pages):
    (page,) = read_pages(render_labels([replace(ordinary[kind], is_demo=True)], BY_CODE["l7163"]))
    assert "DEMO" in page.text


def test_the_same_contents_give_the_same_bytes(ordinary):
    everything = list(ordinary.values())
    assert render_labels(everything, BY_CODE["l7163"]) == render_labels(everything, BY_CODE["l7163"])
    assert render_labels(everything, BY_CODE["l7163"]) != render_labels(everything, BY_CODE["l7163"], start=2)


def test_a_used_sheet_is_printed_on_from_the_position_asked_for(ordinary, read_pages):
    medium = BY_CODE["l7160"]
    pages = read_pages(render_labels([ordinary["container"]], medium, start=20, copies=4))
    assert [len(page.codes) for page in pages] == [2, 2]
    first = min(pages[0].ink, key=lambda each: (each.left, each.top))
    assert first.left == pytest.approx(7.21 + 66.04 + 1.5, abs=0.4)
    assert min(each.top for each in pages[0].ink) >= 15.15 + 6 * 38.1 + 1.5 - 0.1


def test_all_symbols_of_a_full_sheet_are_read(read_pages):
    codes = [make_code(CodeKind.CONTAINER, random.Random(number).getrandbits) for number in range(65)]
    labels = [ContainerLabel("Lidocaine", "10 mL", "L1", "2032-01-31", code) for code in codes]
    (page,) = read_pages(render_labels(labels, BY_CODE["l7651"]))
    assert sorted(page.codes) == sorted(codes)


def test_an_endless_roll_is_cut_where_the_text_ends(ordinary, read_pages):
    pages = read_pages(render_labels([ordinary["container"], ordinary["syringe"]], BY_CODE["brother-62"]))
    assert 15 <= pages[0].height < pages[1].height < 60


@pytest.mark.parametrize("start", [0, -1, 22])
def test_a_start_beyond_the_sheet_is_refused(start, ordinary):
    with pytest.raises(StartBeyondSheet) as refused:
        render_labels([ordinary["container"]], BY_CODE["l7160"], start=start)
    assert refused.value.labels_a_sheet == 21


def test_too_many_copies_or_labels_are_refused(ordinary):
    for copies in (0, -1, MOST_COPIES + 1, 10_000):
        with pytest.raises(CountNotPossible):
            render_labels([ordinary["container"]], BY_CODE["l7160"], copies=copies)
    for labels in ([], [ordinary["container"]] * (MOST_LABELS + 1)):
        with pytest.raises(CountNotPossible):
            render_labels(labels, BY_CODE["l7160"])


def test_what_is_written_by_hand_is_what_would_be_printed(ordinary):
    assert said_by(ordinary["opened"])[:3] == (
        ("Product", "Lidocaine 20\u00a0mg/mL"),
        ("Discard after", "DISCARD AFTER"),
        ("Discard after", "2031-03-31\u00a023:59"),
    )


def test_a_mixture_that_no_rule_gives_a_time_says_do_not_use(ordinary, read_pages):
    (page,) = read_pages(render_labels([replace(ordinary["syringe"], use_before=None)], BY_CODE["brother-62"]))
    assert "DO NOT USE: no time is known" in page.text


def test_the_name_on_a_syringe_has_letters_of_two_and_a_half_millimetres(ordinary, read_pages):
    for medium in (each for each in ROLLS if each.code in FOR_SYRINGES):
        (page,) = read_pages(render_labels([ordinary["syringe"]], medium))
        line = "".join(each.character for each in page.ink)
        letter = page.ink[line.index("Cocktail")]
        assert letter.bottom - letter.top >= 2.5, medium.code


def test_a_clinics_own_label_is_laid_out_like_any_other(ordinary, read_pages):
    own = Medium(
        "own-1",
        "Vial flag",
        page_width=Decimal(70),
        page_height=Decimal(24),
        width=Decimal(33),
        height=Decimal(20),
        columns=2,
        left=Decimal(1),
        top=Decimal(2),
        pitch_x=Decimal(35),
        inset=Decimal("0.5"),
    )
    (page,) = read_pages(render_labels([ordinary["container"]], own, copies=2))
    assert page.codes == ["C86FQCZ25E"] * 2
