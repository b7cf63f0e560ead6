"""Each stored code that a page shows has the clinic's word in templates/macros/words.html."""

from enum import StrEnum
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from inventory.evidence.attachments import CARRIERS
from inventory.evidence.audit_log import kinds
from inventory.labelling.replacing import Why
from inventory.rules.expiry import UseLimit
from inventory.stock.container_facts import Condition, HoldTarget
from inventory.stock.count_facts import CountState
from inventory.stock.count_results import Since
from inventory.stock.release_queue import Lack
from inventory.stock.transfer_facts import LineState, TransferState
from inventory.tracing.answers import ApartKind, Certainty
from models import vocabulary

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
WORDS = Environment(autoescape=True, loader=FileSystemLoader(TEMPLATES)).get_template("macros/words.html").module
STATES = TEMPLATES / "macros" / "states.html"


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("ROLES", vocabulary.Role),
        ("RULE_PACKS", vocabulary.RulePack),
        ("MIXING_PLACES", vocabulary.MixingPlace),
        ("CONTAINER_KINDS", vocabulary.ContainerKind),
        ("LOT_ORIGINS", vocabulary.LotOrigin),
        ("LOCATION_KINDS", vocabulary.LocationKind),
        ("MOVE_PURPOSES", vocabulary.MovePurpose),
        ("ENTRY_PURPOSES", vocabulary.EntryPurpose),
        ("WASTE_REASONS", vocabulary.WasteReason),
        ("HOLD_KINDS", vocabulary.HoldKind),
        ("IDENTIFIED_BY", vocabulary.IdentifiedBy),
        ("DELIVERY_KINDS", vocabulary.DeliveryLineKind),
        ("RECORD_KINDS", vocabulary.RecordKind),
        ("CERTAINTIES", Certainty),
        ("APART_KINDS", ApartKind),
        ("USE_LIMITS", UseLimit),
        ("HOLD_TARGETS", HoldTarget),
        ("CHECK_OUTCOMES", vocabulary.CheckOutcome),
        ("VERDICTS", vocabulary.ReleaseVerdict),
        ("REJECTED_GOES", vocabulary.RejectedGoes),
        ("LACKS", Lack),
        ("ATTACHMENT_KINDS", vocabulary.AttachmentKind),
        ("FILE_TYPES", vocabulary.FileType),
        ("TRANSFER_ASKS", vocabulary.TransferAsk),
        ("TRANSFER_STATES", TransferState),
        ("LINE_STATES", LineState),
        ("COUNT_STATES", CountState),
        ("COUNT_METHODS", vocabulary.CountMethod),
        ("COUNT_SINCE", Since),
        ("PATIENT_FLAGS", vocabulary.PatientFlagKind),
        ("SESSION_ENDINGS", vocabulary.SessionEnding),
        ("LABEL_KINDS", vocabulary.LabelKind),
        ("LABEL_LANGUAGES", vocabulary.LabelLanguage),
        ("LABEL_WHY", Why),
    ],
)
def test_every_code_has_a_word(table: str, codes: type[StrEnum]) -> None:
    assert set(getattr(WORDS, table)) == {code.value for code in codes}


@pytest.mark.parametrize("kind", vocabulary.HoldKind)
def test_every_hold_has_a_state_to_show(kind: vocabulary.HoldKind) -> None:
    assert f'"{kind.value}": (' in STATES.read_text(encoding="utf-8")


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_has_a_state_to_show(condition: Condition) -> None:
    assert f'"{condition.value}": (' in STATES.read_text(encoding="utf-8")


def test_every_record_that_carries_files_has_a_word() -> None:
    assert set(WORDS.CARRIERS) == set(CARRIERS)


def test_every_kind_of_record_in_the_log_has_a_word() -> None:
    assert set(WORDS.AUDITED_KINDS) == set(kinds())
