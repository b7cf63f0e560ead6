"""The schemas of commands against the commands they make, and the strictness of their entries."""

import dataclasses
import importlib
import pkgutil
from decimal import Decimal

import pytest
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

import blueprints.schemas
from blueprints.schemas import Makes, MakesSigned
from blueprints.schemas.containers import DiscardContainerSchema, MoveContainerSchema, SplitPackSchema
from blueprints.schemas.values import (
    Day,
    DecimalString,
    Instant,
    Line,
    MoneyString,
    Note,
    WholeNumber,
    YesNo,
    from_text,
)
from inventory.stock.containers import DiscardContainer

NOT_ALIKE = {
    "AddProductSchema",
    "RegisterPatientSchema",
    "CorrectMoveSchema",
    "CocktailSchema",
    "OpeningFormSchema",
    "AddRuleFormSchema",
    "AddScannedProductSchema",
    "PrintLabelsSchema",
}  # have their own way


def _schemas() -> list[type[Makes]]:
    for module in pkgutil.iter_modules(blueprints.schemas.__path__):
        importlib.import_module(f"blueprints.schemas.{module.name}")
    found, waiting = [], [Makes]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if dataclasses.is_dataclass(getattr(each, "command", None)) and each.__name__ not in NOT_ALIKE:
                found.append(each)
    return found


@pytest.mark.parametrize("schema", _schemas(), ids=lambda schema: schema.__name__)
def test_a_schema_takes_what_its_command_takes(schema):
    taken = set(schema().fields) - ({"password"} if issubclass(schema, MakesSigned) else set())
    facts = {field.name for field in dataclasses.fields(schema.command)} - {"signed"}
    assert taken <= facts
    assert all(
        name.endswith(("_id", "code", "reference")) for name in facts - taken - {"at_all_sites", "record_kind"}
    )  # in the address
    needed = {
        field.name
        for field in dataclasses.fields(schema.command)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    assert {name for name, field in schema().fields.items() if field.required} >= needed & taken


def _refused(field, value) -> str:
    schema = Schema.from_dict({"entry": field})()
    with pytest.raises(ValidationError) as refused:
        schema.load({"entry": value})
    (sentence,) = refused.value.messages["entry"]
    return sentence


@pytest.mark.parametrize("value", ["1", True, [1], 1.0, 1.5, {}, 0, -1, 2**63])
def test_a_whole_number_is_nothing_else(value):
    assert _refused(WholeNumber(), value) == "Enter a whole number, 1 or more."


@pytest.mark.parametrize("value", ["true", 1, 0, "yes", [True]])
def test_yes_and_no_are_nothing_else(value):
    assert _refused(YesNo(), value) == "Say true or false."


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("0", "'0' is not greater than 0."),
        ("0.000000", "'0.000000' is not greater than 0."),
        ("-1", "'-1' is negative."),
        ("NaN", "'NaN' is not a plain number."),
        ("Infinity", "'Infinity' is not a plain number."),
        ("1e3", "'1e3' is not a plain number."),
        ("1.0000001", "'1.0000001' has more than 6 decimals."),
        ("1000000000000", "'1000000000000' is too large."),
        ("01", "'01' is not written like 2.5."),
        (".5", "'.5' is not written like 2.5."),
        ("1,5", "'1,5' is not written like 2.5."),
        (" 1", "' 1' is not written like 2.5."),
        (1, "'1' is not text."),
        (1.5, "'1.5' is not text."),
        (True, "'True' is not text."),
        ([1], "'list' is not text."),
        ("x" * 10_000, "is too long."),
    ],
)
def test_an_amount_is_exact_text(value, problem):
    sentence = _refused(DecimalString(), value)
    assert problem in sentence
    assert sentence.endswith("Enter an amount greater than 0 with at most 6 decimals.")


def test_a_price_has_four_decimals():
    schema = Schema.from_dict({"price": MoneyString()})()
    assert schema.load({"price": "0"}) == {"price": Decimal(0)}
    assert schema.load({"price": "12.3456"}) == {"price": Decimal("12.3456")}
    assert "at most 4 decimals" in _refused(MoneyString(), "0.00001")


@pytest.mark.parametrize(
    "value", ["31.12.2031", "2031-2-3", "20310203", "2031-W05-1", "2031-02-30", "0001-01-01", 1, None]
)
def test_a_day_has_one_form(value):
    sentence = _refused(Day(allow_none=False, required=True), value)
    assert sentence in ("Enter a date as year-month-day, for example 2031-03-03.", "Field may not be null.")


@pytest.mark.parametrize(
    "value", ["2031-03-03T09:00:00", "2031-03-03", "2031-03-03T25:00:00Z", "0001-01-01T00:00:00+14:00", 0, ["x"]]
)
def test_an_instant_has_its_offset(value):
    assert _refused(Instant(), value).startswith("Enter a time with its offset")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        (" \t", "is empty"),
        ("x" * 201, "is longer than 200"),
        ("a\nb", "hidden"),
        ("a\u202eb", "hidden"),
    ],
)
def test_a_line_is_clean(text, problem):
    assert problem in _refused(Line("Area"), text)


def test_a_note_keeps_its_lines():
    schema = Schema.from_dict({"note": Note("Note")})()
    assert schema.load({"note": "one\r\ntwo"}) == {"note": "one\ntwo"}
    assert "is longer than 2000" in _refused(Note("Note"), "x" * 2001)


def test_what_a_browser_sends_as_text_is_read_first():
    schema = DiscardContainerSchema({"code": "C"})
    sent = from_text(schema, {"waste_reason": "spilled", "amount": "2,50", "is_destroyed": "true"})
    made = schema.load(sent)
    assert isinstance(made, DiscardContainer)
    assert (made.amount, made.is_destroyed) == (Decimal("2.5"), True)
    assert from_text(MoveContainerSchema(), {"location_id": "7"}) == {"location_id": 7}
    assert from_text(SplitPackSchema(), {"pieces": "2.5"}) == {"pieces": "2.5"}


def test_what_cannot_be_read_is_left_to_be_refused_as_it_was_typed():
    schema = DiscardContainerSchema({"code": "C"})
    for typed in ("1,500", "-1", "two"):
        with pytest.raises(ValidationError) as refused:
            schema.load(from_text(schema, MultiDict({"waste_reason": "spilled", "amount": typed})))
        assert repr(typed) in str(refused.value.messages["amount"])
