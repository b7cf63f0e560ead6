"""Signing in, the first set-up, people and tokens."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from blueprints.schemas import LONGEST_NOTE, LONGEST_TEXT, CommandSchema, Text
from blueprints.schemas.values import LARGEST_NUMBER
from inventory.access import Permission
from inventory.people.passwords import LONGEST
from inventory.people.sign_ins import Credentials
from models.vocabulary import MixingPlace, Role, RulePack

_NAME = validate.Length(1, LONGEST_TEXT)
_RECORD = validate.Range(1, LARGEST_NUMBER, error="There is no such record.")


class SignInSchema(CommandSchema):
    sign_in_name = fields.String(required=True, validate=validate.Length(1, LONGEST_TEXT))
    password = fields.String(required=True, validate=validate.Length(1, 4 * LONGEST))
    next = fields.String(load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> tuple[Credentials, str]:
        return Credentials(data["sign_in_name"], data["password"]), data["next"]


class UnlockSchema(CommandSchema):
    username = fields.String()  # for the browser's password manager; who is locked is known
    password = fields.String(required=True, validate=validate.Length(1, 4 * LONGEST))
    next = fields.String(load_default="")


class NewPasswordSchema(CommandSchema):
    username = fields.String()
    password = fields.String(required=True, validate=validate.Length(1, 4 * LONGEST))


class ChangePasswordSchema(CommandSchema):
    username = fields.String()
    password = fields.String(required=True, validate=validate.Length(1, 4 * LONGEST))
    new_password = fields.String(required=True, validate=validate.Length(1, 4 * LONGEST))


class FirstRunSchema(CommandSchema):
    secret = Text(required=True, validate=_NAME)
    organisation = Text(required=True, validate=_NAME)
    country = Text(required=True, validate=validate.Length(2, 2))
    site_name = Text(required=True, validate=_NAME)
    time_zone = Text(required=True, validate=_NAME)
    rule_pack = fields.Enum(RulePack, by_value=True, required=True)
    mixing_place = fields.Enum(MixingPlace, by_value=True, required=True)
    full_name = Text(required=True, validate=_NAME)
    sign_in_name = Text(required=True, validate=_NAME)
    password = fields.String(required=True, validate=validate.Length(1, 4 * LONGEST))


class InviteSchema(CommandSchema):
    full_name = Text(required=True, validate=_NAME)
    sign_in_name = Text(required=True, validate=_NAME)
    roles = fields.List(fields.Enum(Role, by_value=True), required=True, validate=validate.Length(1))


class RoleAtSite(fields.Field[tuple[int, Role]]):
    """`3:pharmacist`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[int, Role]:  # noqa: ARG002  # marshmallow's signature
        site, _, role = str(value).partition(":")
        if not (site.isascii() and site.isdecimal() and len(site) < 19 and role in set(Role)):
            raise ValidationError("This is not a role at a site.")
        return int(site), Role(role)


class ChangeRolesSchema(CommandSchema):
    """`sites` are those that the form showed: unticked boxes are not sent."""

    version = fields.String(required=True)
    sites = fields.List(fields.Integer(validate=_RECORD), required=True)
    roles = fields.List(RoleAtSite(), load_default=list)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> tuple[dict[int, frozenset[Role]], str]:
        by_site = {
            site: frozenset(role for at, role in data["roles"] if at == site) for site in dict.fromkeys(data["sites"])
        }
        if any(at not in by_site for at, _role in data["roles"]):
            raise ValidationError("This is not a role at a site.", "roles")
        return by_site, data["version"]


class DeactivateSchema(CommandSchema):
    version = fields.Integer(required=True, validate=_RECORD)
    reason = Text(required=True, validate=validate.Length(1, LONGEST_NOTE))


class ActivateSchema(CommandSchema):
    version = fields.Integer(required=True, validate=_RECORD)


class MakeResponsibleSchema(CommandSchema):
    site_id = fields.Integer(required=True, validate=_RECORD)
    from_on = fields.Date(required=True)
    until_on = fields.Date(load_default=None)


class EmptySchema(CommandSchema):
    """A button."""


class MakeTokenSchema(CommandSchema):
    name = Text(required=True, validate=validate.Length(1, 100))
    days = fields.Integer(required=True)
    scopes = fields.List(fields.Enum(Permission, by_value=True), required=True, validate=validate.Length(1))


class SwitchSiteSchema(CommandSchema):
    site_id = fields.Integer(required=True, validate=_RECORD)
