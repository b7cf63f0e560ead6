"""B1 to B20 are the vectors the rules were written from, in the clinic's local time in Paris."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import (
    BeyondUseDataMissing,
    ComponentPastUse,
    ImmediateUseForOnePatient,
    ImmediateUseNotStored,
    LaneNotAvailable,
    LimitNotPublished,
    Refusal,
    StorageNotAllowed,
    TooManyProducts,
)
from inventory.rules import beyond_use, expiry
from inventory.rules.beyond_use import Component, LimitKind, Preparation, Stability
from inventory.rules.expiry import Hours, Opening
from models.vocabulary import ContainerKind, Lane, Method, MixingPlace, RulePack, Storage

PARIS = ZoneInfo("Europe/Paris")
US, EU, UK = RulePack.US_797, RulePack.EU_GENERIC, RulePack.UK_HMR2012
ROOM, REFRIGERATOR, FREEZER = Storage.ROOM_TEMPERATURE, Storage.REFRIGERATOR, Storage.FREEZER


def paris(*when):
    return datetime(*when, tzinfo=PARIS)


STARTED_AT = paris(2026, 3, 10, 9, 30)


def component(product_id=1, expires_on=date(2027, 5, 31), **facts):
    return Component(product_id, f"product {product_id}", f"LOT-{product_id}", expires_on, **facts)


HA = component(1, date(2027, 5, 31))
VITAMIN_C = component(2, date(2026, 12, 31))
LIDOCAINE = component(3, date(2027, 1, 31))
DEXPANTHENOL = component(4, date(2027, 1, 31))

IMMEDIATE = Preparation(STARTED_AT, PARIS, US, Lane.IMMEDIATE_USE)
CATEGORY_1 = Preparation(STARTED_AT, PARIS, US, Lane.CATEGORY_1, storage=ROOM)
CATEGORY_1_COLD = replace(CATEGORY_1, storage=REFRIGERATOR)
CATEGORY_2 = Preparation(STARTED_AT, PARIS, US, Lane.CATEGORY_2, Method.ASEPTIC, storage=REFRIGERATOR)  # B5


def opened(product_id, kind, opened_at, place=MixingPlace.HOOD, label=None):
    in_use = expiry.in_use_deadline(Opening(kind, opened_at, place, True, label), US, PARIS)
    return component(product_id, in_use_until=in_use.deadline)


MULTI_DOSE_OF_13_FEBRUARY = opened(3, ContainerKind.MULTI_DOSE_VIAL, paris(2026, 2, 13, 14, 0))
SINGLE_DOSE_OF_LAST_NIGHT = opened(3, ContainerKind.SINGLE_DOSE_VIAL, paris(2026, 3, 9, 22, 0))
LABELLED_4_HOURS = opened(2, ContainerKind.SINGLE_DOSE_VIAL, paris(2026, 3, 10, 6, 0), label=Hours(4))


def capless(preparation):
    return replace(preparation, in_use_caps=False)


@pytest.mark.parametrize(
    ("preparation", "components", "at", "binding"),
    [
        pytest.param(IMMEDIATE, [HA, VITAMIN_C, LIDOCAINE], paris(2026, 3, 10, 13, 30), LimitKind.LANE, id="B1"),
        pytest.param(CATEGORY_1, [HA], paris(2026, 3, 10, 21, 30), LimitKind.LANE, id="B2"),
        pytest.param(CATEGORY_1_COLD, [HA], paris(2026, 3, 11, 9, 30), LimitKind.LANE, id="B3"),
        pytest.param(CATEGORY_2, [HA], paris(2026, 3, 20, 9, 30), LimitKind.LANE, id="B5"),
        pytest.param(
            CATEGORY_2,
            [HA, component(2, date(2026, 3, 15))],
            paris(2026, 3, 15, 23, 59, 59),
            LimitKind.COMPONENT_EXPIRY,
            id="B6",
        ),
        pytest.param(
            replace(CATEGORY_2, stability=Stability(timedelta(days=7), "study 12")),
            [HA],
            paris(2026, 3, 17, 9, 30),
            LimitKind.STABILITY,
            id="B7",
        ),
        pytest.param(
            replace(CATEGORY_2, has_nonsterile=True, storage=ROOM),
            [HA],
            paris(2026, 3, 11, 9, 30),
            LimitKind.LANE,
            id="B8",
        ),
        pytest.param(
            CATEGORY_2,
            [HA, MULTI_DOSE_OF_13_FEBRUARY],
            paris(2026, 3, 13, 23, 59, 59),
            LimitKind.COMPONENT_IN_USE,
            id="B9",
        ),
        pytest.param(
            capless(CATEGORY_2),
            [HA, MULTI_DOSE_OF_13_FEBRUARY],
            paris(2026, 3, 20, 9, 30),
            LimitKind.LANE,
            id="B9-no-caps",
        ),
        pytest.param(
            CATEGORY_1,
            [HA, SINGLE_DOSE_OF_LAST_NIGHT],
            paris(2026, 3, 10, 10, 0),
            LimitKind.COMPONENT_IN_USE,
            id="B11",
        ),
        pytest.param(
            capless(CATEGORY_1),
            [HA, SINGLE_DOSE_OF_LAST_NIGHT],
            paris(2026, 3, 10, 21, 30),
            LimitKind.LANE,
            id="B11-no-caps",
        ),
        pytest.param(
            CATEGORY_1_COLD,
            [HA, LABELLED_4_HOURS],
            paris(2026, 3, 10, 10, 0),
            LimitKind.COMPONENT_IN_USE,
            id="B12",
        ),
        pytest.param(
            capless(CATEGORY_1_COLD),
            [HA, LABELLED_4_HOURS],
            paris(2026, 3, 11, 9, 30),
            LimitKind.LANE,
            id="B12-no-caps",
        ),
        pytest.param(
            replace(CATEGORY_2, method=Method.TERMINAL, is_sterility_tested=True, storage=FREEZER),
            [HA],
            paris(2026, 6, 8, 10, 30),
            LimitKind.LANE,
            id="B13",
        ),
        pytest.param(
            replace(CATEGORY_2, lane=Lane.CATEGORY_3, is_sterility_tested=True),
            [HA],
            paris(2026, 6, 8, 10, 30),
            LimitKind.LANE,
            id="B14",
        ),
        pytest.param(
            CATEGORY_2,
            [HA, component(5, None, beyond_use_at=paris(2026, 3, 12, 8, 0))],
            paris(2026, 3, 12, 8, 0),
            LimitKind.COMPONENT_BEYOND_USE,
            id="B15",
        ),
        pytest.param(
            CATEGORY_1_COLD,
            [HA, component(2, date(2026, 3, 10))],
            paris(2026, 3, 10, 23, 59, 59),
            LimitKind.COMPONENT_EXPIRY,
            id="B17",
        ),
        pytest.param(
            replace(CATEGORY_1, started_at=paris(2026, 3, 28, 20, 0)),
            [HA],
            paris(2026, 3, 29, 9, 0),
            LimitKind.LANE,
            id="B19",
        ),
    ],
)
def test_the_beyond_use_time_and_the_limit_that_binds(preparation, components, at, binding):
    answer = beyond_use.beyond_use(preparation, components)

    assert answer.at.replace(microsecond=0) == at
    assert answer.at.tzinfo is UTC
    assert answer.binding.kind == binding
    assert answer.binding in answer.limits
    assert answer.cautions == ()


def test_b4_category_1_is_not_frozen():
    with pytest.raises(StorageNotAllowed) as refused:
        beyond_use.beyond_use(replace(CATEGORY_1, storage=FREEZER), [HA])
    assert refused.value.facts == {"lane": Lane.CATEGORY_1, "storage": FREEZER}
    assert refused.value.what == "A category 1 preparation cannot be kept in the freezer."


@pytest.mark.parametrize("preparation", [CATEGORY_2, capless(CATEGORY_2)])
def test_b10_a_vial_past_its_in_use_time_is_refused_capping_or_not(preparation):
    late = opened(3, ContainerKind.MULTI_DOSE_VIAL, paris(2026, 2, 9, 14, 0))
    with pytest.raises(ComponentPastUse) as refused:
        beyond_use.beyond_use(preparation, [HA, late])
    assert refused.value.limit == LimitKind.COMPONENT_IN_USE
    assert "2026-03-09 23:59 (component in use)" in refused.value.what


def test_b16_an_expired_component_is_refused():
    with pytest.raises(ComponentPastUse) as refused:
        beyond_use.beyond_use(CATEGORY_2, [HA, component(2, date(2026, 3, 9))])
    assert (refused.value.component, refused.value.lot_number) == ("product 2", "LOT-2")
    assert refused.value.limit == LimitKind.COMPONENT_EXPIRY
    assert refused.value.rule == "BUD-09"


def test_b18_four_products_need_a_hood_in_the_usa_and_a_thought_in_europe():
    four = [HA, VITAMIN_C, DEXPANTHENOL, LIDOCAINE]
    with pytest.raises(TooManyProducts) as refused:
        beyond_use.beyond_use(IMMEDIATE, four)
    assert refused.value.facts == {"products": 4, "most": 3}

    for pack in (EU, UK):
        answer = beyond_use.beyond_use(replace(IMMEDIATE, pack=pack), four)
        assert [caution.rule for caution in answer.cautions] == ["BUD-01"]
        assert answer.at == paris(2026, 3, 10, 13, 30)


def test_b20_a_multi_dose_vial_opened_15_march_is_discarded_after_12_april():
    vial = opened(3, ContainerKind.MULTI_DOSE_VIAL, paris(2026, 3, 15, 11, 0))
    assert vial.in_use_until.astimezone(PARIS).date() == date(2026, 4, 12)


def test_two_vials_of_one_product_count_once():
    second_lot = replace(HA, lot_number="LOT-1B")
    assert beyond_use.beyond_use(IMMEDIATE, [HA, second_lot, VITAMIN_C, LIDOCAINE]).cautions == ()


@pytest.mark.parametrize("storage", Storage)
def test_immediate_use_is_not_stored(storage):
    with pytest.raises(ImmediateUseNotStored) as refused:
        beyond_use.beyond_use(replace(IMMEDIATE, storage=storage), [HA])
    assert refused.value.rule == "BUD-02"


@pytest.mark.parametrize("patients", [0, 2])
def test_immediate_use_is_for_one_patient(patients):
    with pytest.raises(ImmediateUseForOnePatient) as refused:
        beyond_use.beyond_use(replace(IMMEDIATE, patients=patients), [HA])
    assert refused.value.patients == patients


def test_immediate_use_takes_nothing_nonsterile():
    with pytest.raises(LimitNotPublished, match="nonsterile"):
        beyond_use.beyond_use(replace(IMMEDIATE, has_nonsterile=True), [HA])


@pytest.mark.parametrize("method", Method)
def test_category_3_needs_a_sterility_test(method):
    with pytest.raises(LimitNotPublished, match="sterility test"):
        beyond_use.beyond_use(replace(CATEGORY_2, lane=Lane.CATEGORY_3, method=method), [HA])


# The whole table of USP <797> 2023, in days; (method, tested, nonsterile) -> room, refrigerator, freezer.
ASEPTIC, TERMINAL = Method.ASEPTIC, Method.TERMINAL
TWO, THREE = Lane.CATEGORY_2, Lane.CATEGORY_3


@pytest.mark.parametrize(
    ("lane", "method", "is_tested", "has_nonsterile", "days"),
    [
        (TWO, ASEPTIC, False, True, (1, 4, 45)),
        (TWO, ASEPTIC, False, False, (4, 10, 45)),
        (TWO, ASEPTIC, True, False, (30, 45, 60)),
        (TWO, ASEPTIC, True, True, (30, 45, 60)),
        (TWO, TERMINAL, False, False, (14, 28, 45)),
        (TWO, TERMINAL, False, True, (14, 28, 45)),
        (TWO, TERMINAL, True, False, (45, 60, 90)),
        (TWO, TERMINAL, True, True, (45, 60, 90)),
        (THREE, ASEPTIC, True, False, (60, 90, 120)),
        (THREE, ASEPTIC, True, True, (60, 90, 120)),
        (THREE, TERMINAL, True, False, (90, 120, 180)),
        (THREE, TERMINAL, True, True, (90, 120, 180)),
    ],
)
def test_the_table_of_days(lane, method, is_tested, has_nonsterile, days):
    for storage, limit in zip((ROOM, REFRIGERATOR, FREEZER), days, strict=True):
        preparation = Preparation(STARTED_AT, PARIS, US, lane, method, storage, is_tested, has_nonsterile)
        assert beyond_use.beyond_use(preparation, [HA]).at == STARTED_AT.astimezone(UTC) + timedelta(days=limit)


@pytest.mark.parametrize("method", [None, *Method])
@pytest.mark.parametrize("has_nonsterile", [True, False])
def test_category_1_asks_for_nothing_but_the_storage(method, has_nonsterile):
    preparation = replace(CATEGORY_1, method=method, has_nonsterile=has_nonsterile)
    assert beyond_use.beyond_use(preparation, [HA]).at == paris(2026, 3, 10, 21, 30)


def test_a_longer_stability_never_extends_the_table():
    stable = replace(CATEGORY_2, stability=Stability(timedelta(days=60), "study 12"))
    assert beyond_use.beyond_use(stable, [HA]).at == paris(2026, 3, 20, 9, 30)


@pytest.mark.parametrize(
    ("stability", "at", "binding"),
    [
        (None, paris(2026, 3, 10, 13, 30), LimitKind.LANE),
        (Stability(timedelta(hours=24), "SmPC 6.3"), paris(2026, 3, 11, 9, 30), LimitKind.STABILITY),
        (Stability(timedelta(hours=2), "study 12"), paris(2026, 3, 10, 11, 30), LimitKind.STABILITY),
        (Stability(timedelta(hours=24), "  "), paris(2026, 3, 10, 13, 30), LimitKind.LANE),  # hearsay
        (Stability(timedelta(hours=2), ""), paris(2026, 3, 10, 11, 30), LimitKind.STABILITY),
    ],
)
@pytest.mark.parametrize("pack", [EU, UK])
@pytest.mark.parametrize("lane", Lane)
def test_without_a_published_table_the_limit_is_4_hours_or_what_is_referenced(pack, lane, stability, at, binding):
    preparation = Preparation(STARTED_AT, PARIS, pack, lane, stability=stability)
    answer = beyond_use.beyond_use(preparation, [HA])
    assert (answer.at, answer.binding.kind) == (at, binding)


def test_europe_neither_blocks_storage_nor_asks_for_the_method():
    preparation = Preparation(STARTED_AT, PARIS, EU, Lane.CATEGORY_2, storage=FREEZER, patients=0)
    assert beyond_use.beyond_use(preparation, [HA]).at == paris(2026, 3, 10, 13, 30)


def test_what_is_given_as_labelled_lasts_as_its_label_says():
    as_labelled = replace(IMMEDIATE, lane=Lane.ADMINISTER_ONLY, stability=Stability(timedelta(hours=24), "label"))
    answer = beyond_use.beyond_use(as_labelled, [HA])
    assert (answer.at, answer.binding.subject) == (paris(2026, 3, 11, 9, 30), "label")


@pytest.mark.parametrize(
    ("preparation", "components", "missing"),
    [
        (IMMEDIATE, [], ("what goes in",)),
        (IMMEDIATE, [component(1, None)], ("the expiry of product 1, lot LOT-1",)),
        (replace(CATEGORY_1, storage=None), [HA], ("the storage",)),
        (replace(CATEGORY_2, method=None), [HA], ("whether the method is aseptic or terminal",)),
        (
            replace(CATEGORY_2, method=None, storage=None),
            [component(1, None)],
            (
                "the expiry of product 1, lot LOT-1",
                "the storage",
                "whether the method is aseptic or terminal",
            ),
        ),
        (replace(IMMEDIATE, lane=Lane.ADMINISTER_ONLY), [HA], ("how long the label allows",)),
        (replace(IMMEDIATE, pack=EU), [component(1, None)], ("the expiry of product 1, lot LOT-1",)),
    ],
)
def test_where_a_fact_is_missing_no_time_is_guessed(preparation, components, missing):
    with pytest.raises(BeyondUseDataMissing) as refused:
        beyond_use.beyond_use(preparation, components)
    assert refused.value.missing == missing
    assert all(part in refused.value.what for part in missing)


def test_a_component_whose_own_beyond_use_time_has_passed_is_refused():
    stale = component(5, None, beyond_use_at=STARTED_AT - timedelta(microseconds=1))
    with pytest.raises(ComponentPastUse) as refused:
        beyond_use.beyond_use(CATEGORY_2, [stale])
    assert refused.value.limit == LimitKind.COMPONENT_BEYOND_USE


def test_a_component_may_be_used_until_the_very_instant():
    just = component(5, None, beyond_use_at=STARTED_AT)
    assert beyond_use.beyond_use(CATEGORY_2, [just]).at == STARTED_AT


def test_every_limit_considered_is_reported_with_its_subject():
    preparation = replace(CATEGORY_2, stability=Stability(timedelta(days=7), "study 12"))
    limits = beyond_use.beyond_use(preparation, [HA, MULTI_DOSE_OF_13_FEBRUARY]).limits
    assert [(limit.kind, limit.subject) for limit in limits] == [
        (LimitKind.LANE, "category_2"),
        (LimitKind.STABILITY, "study 12"),
        (LimitKind.COMPONENT_EXPIRY, "product 1, lot LOT-1"),
        (LimitKind.COMPONENT_EXPIRY, "product 3, lot LOT-3"),
        (LimitKind.COMPONENT_IN_USE, "product 3, lot LOT-3"),
    ]


@pytest.mark.parametrize(
    ("place", "lanes"),
    [
        (MixingPlace.TREATMENT_ROOM, {Lane.ADMINISTER_ONLY, Lane.IMMEDIATE_USE}),
        (MixingPlace.HOOD, {Lane.ADMINISTER_ONLY, Lane.IMMEDIATE_USE, Lane.CATEGORY_1}),
        (MixingPlace.CLEAN_ROOM, set(Lane)),
    ],
)
def test_the_place_of_mixing_decides_the_lanes_in_the_usa(place, lanes):
    for lane in Lane:
        beyond_use.check_lane(lane, place, EU)
        if lane in lanes:
            beyond_use.check_lane(lane, place, US)
            continue
        with pytest.raises(LaneNotAvailable) as refused:
            beyond_use.check_lane(lane, place, US)
        assert refused.value.facts == {"lane": lane, "place": place}


preparations = st.builds(
    Preparation,
    started_at=st.just(STARTED_AT),
    zone=st.just(PARIS),
    pack=st.sampled_from(RulePack),
    lane=st.sampled_from(Lane),
    method=st.none() | st.sampled_from(Method),
    storage=st.none() | st.sampled_from(Storage),
    is_sterility_tested=st.booleans(),
    has_nonsterile=st.booleans(),
    patients=st.integers(0, 2),
    stability=st.none()
    | st.builds(Stability, st.timedeltas(min_value=timedelta(0), max_value=timedelta.max), st.text(max_size=5)),
    in_use_caps=st.booleans(),
)
instants = st.integers(-300, 6000).map(lambda hours: STARTED_AT.astimezone(UTC) + timedelta(hours=hours))
components = st.lists(
    st.builds(
        Component,
        product_id=st.integers(1, 5),
        name=st.text(max_size=5),
        lot_number=st.text(max_size=5),
        expires_on=st.none() | st.dates(date(2026, 3, 1), date.max),
        in_use_until=st.none() | instants,
        beyond_use_at=st.none() | instants,
    ),
    max_size=5,
)


def answer_or_refusal(preparation, components):
    try:
        return beyond_use.beyond_use(preparation, components)
    except Refusal as refusal:
        return refusal


@given(preparations, components)
def test_the_answer_is_never_later_than_any_limit_or_it_is_a_refusal(preparation, components):
    answer = answer_or_refusal(preparation, components)
    if isinstance(answer, Refusal):
        assert str(answer)
        return
    assert answer.at == min(limit.at for limit in answer.limits) == answer.binding.at
    assert answer.at >= STARTED_AT
    assert all(component.beyond_use_at is None or answer.at <= component.beyond_use_at for component in components)
