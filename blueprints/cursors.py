"""Where the next part of a list begins, as one opaque word in an address."""

import base64
import binascii
import json

from marshmallow import ValidationError

OLD = "This part of the list is no longer known. Begin again without `cursor`."


def cursor(*key: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def key_of(text: str, kinds: tuple[type, ...]) -> tuple[str | int, ...]:
    """The sort key that `cursor` wrote. Raises `ValidationError` for anything else."""
    try:
        key = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, binascii.Error, RecursionError):
        raise ValidationError({"cursor": [OLD]}) from None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        raise ValidationError({"cursor": [OLD]})
    if any(abs(part) >= 2**63 if isinstance(part, int) else "\x00" in part for part in key):
        raise ValidationError({"cursor": [OLD]})
    return tuple(key)
