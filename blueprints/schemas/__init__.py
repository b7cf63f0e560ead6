"""One schema per command: the shape of what comes in, the same for pages and API. Schemas never query."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from marshmallow import RAISE, Schema, fields, post_load
from marshmallow.fields import Field

from blueprints.schemas.values import Password

LONGEST_TEXT = 200
LONGEST_NOTE = 2_000


class CommandSchema(Schema):
    """Refuses unknown fields and says what is missing in plain words."""

    class Meta:
        unknown = RAISE

    error_messages = {  # noqa: RUF012  # marshmallow reads it so
        "type": "Enter named values here.",
        "unknown": "There is no such entry here.",
    }

    def on_bind_field(self, field_name: str, field_obj: Field[Any]) -> None:  # noqa: ARG002  # marshmallow's signature
        field_obj.error_messages |= {"required": "Please fill this in.", "null": "Please fill this in."}
        if isinstance(field_obj, fields.String):
            field_obj.error_messages["invalid"] = "Enter text."


class Text(fields.String):
    """Text as typed; the services clean it. Surrounding space is not content."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).strip()


class Makes(CommandSchema):
    """Loads into the frozen command `command`. `known` are its facts that the address already gives."""

    command: ClassVar[Callable[..., Any]]

    def __init__(self, known: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.known = known or {}

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        return self.command(**self.known, **data)


class ToSign(NamedTuple):
    """A command that still lacks its signature, and the password that confirms who signs."""

    command: Any
    password: str


class MakesSigned(Makes):
    """The same for a command with a signature."""

    password = Password()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ToSign:
        password = data.pop("password")
        return ToSign(self.command(**self.known, **data, signed=None), password)
