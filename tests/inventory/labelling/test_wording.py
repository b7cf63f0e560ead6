"""What each label says, read from the records."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from inventory.care import patients
from inventory.catalogue import flags
from inventory.errors import BelongsToAnotherSite, PlaceNotOfThisSite, RecordNotFound, WrongCheckCharacter
from inventory.labelling import media
from inventory.labelling.errors import NoSuchLabel, NothingToLabel
from inventory.labelling.selecting import LabelsAsked
from inventory.labelling.wording import GRAVEST, labels_asked
from inventory.stock import containers, holds, receiving
from inventory.units import ORGANISATION
from labels.contents import BatchLabel, ContainerLabel, HoldLabel, OpenedLabel, PlaceLabel, SyringeLabel
from models.care import CompoundingRecord
from models.organisation import Location
from models.vocabulary import ContainerKind, HoldKind, LabelKind, LabelLanguage, ProductFlagKind, RulePack, Unit


@pytest.fixture
def ask(read):
    """`ask(actor, kind, codes=…)`: the contents of the labels."""

    def labels(actor, kind=LabelKind.CONTAINER, **asked):
        return [each.content for each in read(labels_asked, actor, LabelsAsked(kind, **asked))]

    return labels


def test_a_sealed_vial_says_what_its_box_says_and_our_code(ask, vial, assistant):
    (label,) = ask(assistant, codes=(vial.lower(),))
    assert label == ContainerLabel("Lidocaine 20 mg/mL", "10 mL", "L1", "2032-01-31", vial)


def test_an_opened_vial_says_until_when_on_the_clock_of_the_site(ask, do, vial, assistant):
    do(assistant, containers.open_container, containers.OpenContainer(vial))
    (label,) = ask(assistant, codes=(vial,))
    assert isinstance(label, OpenedLabel)
    assert (label.opened, label.discard_after) == ("2031-03-03 10:03", "2031-03-31 23:59")
    assert (label.opened_by, label.kept_for) == ("Anna Assistant", None)


def test_a_vial_that_expires_before_its_opened_time_is_up_says_the_earlier(ask, do, make_lot, product_id, assistant):
    (vial,) = make_lot(product_id, "SHORT", 1, date(2031, 3, 9))
    do(assistant, containers.open_container, containers.OpenContainer(vial))
    (label,) = ask(assistant, codes=(vial,))
    assert label.discard_after == "2031-03-09 23:59"


def test_what_is_opened_for_one_session_ends_with_it(ask, do, make_product, make_lot, start_session, practitioner):
    product = make_product("Ampoule", container_kind=ContainerKind.AMPOULE, is_preserved=False, content=Decimal(2))
    (ampoule,) = make_lot(product)
    command = containers.OpenContainer(ampoule, session_id=start_session())
    do(practitioner, containers.open_container, command)
    (label,) = ask(practitioner, codes=(ampoule,))
    assert label.is_session_only


@pytest.fixture
def mixture(make_product, make_lot, mix, start_session, make_patient, do, administrator):
    """A cocktail for a patient, of two products; one of them is itself told to contain soya."""
    allergenic = make_product("Phosphatidylcholine 50 mg/mL")
    do(administrator, flags.set_flag, flags.SetFlag(allergenic, ProductFlagKind.SOY), scope=ORGANISATION)
    parts = (make_lot(allergenic, "PC-1")[0], "2"), (make_lot(make_product("Saline"), "NS-1")[0], "1.5")
    reference = make_patient("Nadia Example", born_on=None)
    return mix(*parts, session_id=start_session(reference), syringes=("2.5", "0.9")), reference


def test_a_syringe_says_for_whom_what_is_in_it_and_what_it_contains(ask, mixture, practitioner):
    made, reference = mixture
    label = ask(practitioner, codes=made.codes)[0]
    assert isinstance(label, SyringeLabel)
    assert (label.patient_name, label.patient_reference) == ("Nadia Example", reference)
    assert [(each.name, each.amount, each.lot_number) for each in label.ingredients] == [
        ("Phosphatidylcholine 50 mg/mL", "2 mL", "PC-1"),
        ("Saline", "1.5 mL", "NS-1"),
    ]
    assert (label.amount, label.allergens, label.record) == ("2.5 mL", ("soy",), made.lot_number)
    assert (label.prepared_by, label.checked_by) == ("Peter Practitioner", None)
    assert label.use_before is not None


def test_who_may_not_reveal_identities_gets_the_reference_only(ask, mixture, assistant):
    made, reference = mixture
    label = ask(assistant, codes=made.codes)[0]
    assert (label.patient_name, label.born, label.patient_reference) == (None, None, reference)


def test_a_name_erased_is_gone_from_labels_too(ask, mixture, do, administrator, practitioner):
    made, reference = mixture
    command = patients.EraseIdentity(reference, "asked for it")
    do(administrator, patients.erase_identity, command)
    assert ask(practitioner, codes=made.codes)[0].patient_name is None


def test_allergens_come_through_a_mixture_of_a_mixture(ask, mixture, mix, make_lot, make_product, practitioner, read):
    made, _ = mixture
    again = mix((made.codes[0], "1"), (make_lot(make_product("Water"), "W-1")[0], "1"), session_id=_session(read, made))
    assert ask(practitioner, codes=again.codes)[0].allergens == ("soy",)


def _session(read, made):
    return read(lambda session: session.get_one(CompoundingRecord, made.record_id).treatment_session_id)


def test_a_batch_names_every_lot_that_went_in(ask, mixture, assistant):
    made, _ = mixture
    for asked in ({"lot_id": made.lot_id}, {"codes": (made.lot_number,)}, {"codes": made.codes}):
        (label,) = ask(assistant, LabelKind.BATCH, **asked)
        assert isinstance(label, BatchLabel)
        assert [each.lot_number for each in label.ingredients] == ["PC-1", "NS-1"]
        assert (label.containers, label.amount, label.facility) == (2, "3.4 mL", "Harbour")


def test_american_sites_write_units_and_others_their_language(
    ask, do, change_site, make_product, make_lot, administrator, assistant
):
    product = make_product("Hyaluronidase", unit=Unit.IU, content=Decimal(1500))
    (vial,) = make_lot(product)
    assert ask(assistant, codes=(vial,))[0].content == "1\u00a0500 IU"
    change_site(rule_pack=RulePack.US_797)
    do(administrator, media.choose_language, media.ChooseLanguage(LabelLanguage.SPANISH))
    (label,) = ask(assistant, codes=(vial,))
    assert (label.content, label.language) == ("1,500 units", "es")


def test_a_blocked_vial_says_why_and_a_sound_one_gets_no_such_sticker(ask, do, make_lot, product_id, pharmacist):
    held, sound = make_lot(product_id, "L1", 2)
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    (label,) = ask(pharmacist, LabelKind.HOLD, codes=(held,))
    assert label == HoldLabel(
        "quality", "cloudy", "Lidocaine 20 mg/mL", "L1", "2031-03-03 10:03", "Paula Pharmacist", held
    )
    with pytest.raises(NoSuchLabel, match="is not blocked"):
        ask(pharmacist, LabelKind.HOLD, codes=(held, sound))
    with pytest.raises(NoSuchLabel, match="is not recalled"):
        ask(pharmacist, LabelKind.RECALL, codes=(held,))


def test_every_kind_of_block_has_its_rank():
    assert sorted(GRAVEST) == sorted(HoldKind)


def test_places_are_labelled_all_or_by_number_or_code(ask, clinic, assistant, read):
    everywhere = ask(assistant, LabelKind.PLACE)
    assert [label.name for label in everywhere] == ["Quarantine", "Storage", "Treatment room"]
    (label,) = ask(assistant, LabelKind.PLACE, place_ids=(clinic.places.storage,))
    code = read(lambda session: session.get_one(Location, clinic.places.storage).code)
    assert label == PlaceLabel("Storage", "Harbour", code)
    assert ask(assistant, LabelKind.PLACE, codes=(code,)) == [label]
    with pytest.raises(PlaceNotOfThisSite):
        ask(assistant, LabelKind.PLACE, place_ids=(clinic.other_places.storage,))


def test_a_delivery_is_labelled_as_a_whole(ask, do, pharmacist, supplier_id, product_id, clinic, assistant, stranger):
    line = receiving.ReceiveLine(product_id, "N-1", date(2032, 1, 31), 3)
    command = receiving.ReceiveDelivery(
        supplier_id, "DN 1", clinic.places.storage, (line, replace(line, lot_number="N-2"))
    )
    delivery_id = do(pharmacist, receiving.receive_delivery, command)
    assert [label.lot_number for label in ask(assistant, delivery_id=delivery_id)] == ["N-1"] * 3 + ["N-2"] * 3
    with pytest.raises(RecordNotFound):
        ask(stranger, delivery_id=delivery_id)


def test_what_is_of_another_site_unknown_or_gone_has_no_label(
    ask, do, vial, look, stranger, assistant, make_lot, product_id
):
    with pytest.raises(BelongsToAnotherSite):
        ask(stranger, codes=(vial,))
    with pytest.raises(WrongCheckCharacter):
        ask(assistant, codes=(vial[:-1] + ("0" if vial[-1] != "0" else "1"),))
    with pytest.raises(NothingToLabel):
        ask(assistant)
    with pytest.raises(NothingToLabel):
        ask(stranger, lot_id=look(vial).lot_id)
    with pytest.raises(NoSuchLabel, match="is not opened"):
        ask(assistant, LabelKind.OPENED, codes=(vial,))
    with pytest.raises(NoSuchLabel, match="was not prepared here"):
        ask(assistant, LabelKind.SYRINGE, codes=(vial,))
    with pytest.raises(NoSuchLabel, match="was not prepared here"):
        ask(assistant, LabelKind.BATCH, lot_id=look(vial).lot_id)
