"""One schema per command: the shape of what comes in, the same for pages and API. Schemas never query."""

from typing import Any

from marshmallow import RAISE, Schema, fields
from marshmallow.fields import Field

LONGEST_TEXT = 200
LONGEST_NOTE = 2_000


class CommandSchema(Schema):
    """Refuses unknown fields and says what is missing in plain words."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: Field[Any]) -> None:  # noqa: ARG002  # marshmallow's signature
        field_obj.error_messages |= {"required": "Please fill this in.", "null": "Please fill this in."}


class Text(fields.String):
    """Text as typed; the services clean it. Surrounding space is not content."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).strip()
