"""Fields of commands and answers: strict in JSON, and read from text where a browser sends nothing else.

A value that is wrong in itself is refused in the words of `inventory.errors`, so that page, API and command line
say the same sentence about it.

- JSON is taken at its word: `"1"`, `true` and `[1]` are no whole number, and amounts are text, never floats.
- `from_text` turns what a form or an address carries into the JSON value that the field then checks.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from inventory import texts
from inventory.errors import InvalidAmount, InvalidInput
from inventory.evidence.canonical import amount_text
from inventory.rules.amounts import parse_amount, parse_amount_or_zero, rounded

LARGEST_NUMBER = 2**63 - 1
LARGEST_COUNT = 1_000_000
EARLIEST_YEAR, LATEST_YEAR = 1900, 9998  # the years in which every zone has every instant
EXAMPLE = "C86FQCZ25E"

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?")
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """A refusal of a value becomes the message of its field."""
    try:
        yield
    except InvalidInput as refusal:
        raise ValidationError(str(refusal)) from None


def _describe(field: fields.Field[Any], **facts: Any) -> None:
    """What the OpenAPI description says of a field beside its type."""
    field.metadata = {**facts, **field.metadata}


class WholeNumber(fields.Integer):
    """A whole number of at least `least`. In JSON nothing else will do."""

    def __init__(self, *, least: int = 1, most: int = LARGEST_NUMBER, **options: Any) -> None:
        is_open = most == LARGEST_NUMBER
        self.bounds = (
            f"Enter a whole number, {least} or more." if is_open else f"Enter a whole number, {least} to {most}."
        )
        check = validate.Range(least, most, error=self.bounds)
        super().__init__(strict=True, validate=check, **options)

    def from_text(self, text: str) -> int | str:
        return int(text) if _WHOLE.fullmatch(text) else text

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(self.bounds)
        return value


class YesNo(fields.Boolean):
    """True or false. A browser sends a ticked box and leaves out the others."""

    def from_text(self, text: str) -> bool | str:
        return {"true": True, "yes": True, "on": True, "false": False, "no": False}.get(text, text)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:  # noqa: ARG002  # marshmallow's signature
        if not isinstance(value, bool):
            raise ValidationError("Say true or false.")
        return value


class DecimalString(fields.String):
    """An exact amount carried as JSON text; a float has already lost what the person wrote."""

    read: Callable[[object], Decimal] = staticmethod(parse_amount)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _describe(self, pattern=f"^{_AMOUNT.pattern}$", examples=["2.5"])

    def from_text(self, text: str) -> str:
        """A person may type a decimal comma. What cannot be read is left for the field to refuse."""
        with contextlib.suppress(InvalidAmount):
            return amount_text(self.read(text))
        return text

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> str | None:  # noqa: ARG002  # marshmallow's signature
        if value is None:
            return None
        return amount_text(rounded(value) if isinstance(value, Fraction) else value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Decimal:  # type: ignore[override]  # noqa: ARG002  # text in, an amount out
        with in_words():
            amount = self.read(value)
            if not _AMOUNT.fullmatch(value):
                raise InvalidAmount(value, "is not written like 2.5")
            return amount


class DecimalStringOrZero(DecimalString):
    """Where nothing is a good answer."""

    read = staticmethod(parse_amount_or_zero)


class MoneyString(DecimalStringOrZero):
    """A price: at most 4 decimals and 10 digits before the point."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Decimal:  # type: ignore[override]  # as above
        amount = super()._deserialize(value, attr, data, **options)
        if amount != round(amount, 4) or amount >= 10**10:
            raise ValidationError("Enter a price with at most 4 decimals and 10 digits before the point.")
        return amount


class Pieces(WholeNumber):
    """Whole pieces of a pack, as the exact amount that the ledger keeps."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        return Decimal(super()._deserialize(value, attr, data, **options))


class Line(fields.String):
    """One line of text, cleaned and checked. `called` names it in the sentence that refuses it."""

    clean: Callable[[str, str, int], str] = staticmethod(texts.line)

    def __init__(self, called: str, *, longest: int = texts.LONGEST_LINE, **options: Any) -> None:
        super().__init__(**options)
        self.called = called
        self.longest = longest
        _describe(self, minLength=1, maxLength=longest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        with in_words():
            return self.clean(self.called, text, self.longest)


class Note(Line):
    """Text that may have several lines."""

    clean = staticmethod(texts.note)

    def __init__(self, called: str, *, longest: int = texts.LONGEST_NOTE, **options: Any) -> None:
        super().__init__(called, longest=longest, **options)


class Code(fields.String):
    """One of our codes, or what was scanned instead: the services check it and name what is wrong."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _describe(self, maxLength=40, examples=[EXAMPLE])


class Day(fields.Date):
    """A calendar date, year first."""

    default_error_messages = {"invalid": "Enter a date as year-month-day, for example 2031-03-03."}  # noqa: RUF012  # marshmallow reads it so

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        day: date = super()._deserialize(value, attr, data, **options)
        if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return day


class Instant(fields.AwareDateTime):
    """A point in time with its offset from UTC."""

    default_error_messages = {  # noqa: RUF012  # marshmallow reads it so
        "invalid": "Enter a time with its offset, for example 2031-03-03T09:30:00Z."
    }

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **options: Any) -> str | None:  # noqa: ARG002  # marshmallow's signature
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        at: datetime = super()._deserialize(value, attr, data, **options)
        if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return at.astimezone(UTC)


class ChoiceOf(fields.Enum[StrEnum]):
    """One of a closed list, by its stored value."""

    def __init__(self, members: type[StrEnum], **options: Any) -> None:
        super().__init__(members, by_value=fields.String, **options)


class Several(fields.List[Any]):
    """A list that enters a frozen command as a tuple."""

    def __init__(self, inner: Any, *, most: int, least: int = 1, **options: Any) -> None:
        error = f"Enter {least} to {most} of these." if least else f"Enter at most {most} of these."
        super().__init__(inner, validate=validate.Length(least, most, error=error), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **options))


class Password(fields.String):
    """The signer's own password: checked before the change and stored nowhere."""

    def __init__(self, *, required: bool = True, **options: Any) -> None:
        super().__init__(required=required, load_only=True, validate=validate.Length(1, 512), **options)
        _describe(self, format="password")


def from_text(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """What came as text, as the JSON values that the fields check."""
    return {name: _read(schema.fields.get(name), value) for name, value in given.items()}


def _read(field: fields.Field[Any] | None, value: Any) -> Any:
    if isinstance(field, fields.List) and isinstance(value, list):
        return [_read(field.inner, each) for each in value]
    read = getattr(field, "from_text", None)
    return read(value) if read is not None and isinstance(value, str) else value
