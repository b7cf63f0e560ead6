"""What to look for in the audit log, and its entries."""

from marshmallow import Schema, fields, validate

from blueprints.schemas import CommandSchema
from blueprints.schemas.values import Instant, Line, WholeNumber
from inventory.evidence.audit_log import MOST_ENTRIES, kinds


class AuditAsked(CommandSchema):
    user_id = WholeNumber()
    kind = fields.String(validate=validate.OneOf(kinds()))
    record = Line("Number or code", longest=100)
    since = Instant()
    until = Instant(metadata={"description": "The first instant no longer wanted."})
    before_id = WholeNumber(metadata={"description": "`next_before_id` of the part before."})
    limit = WholeNumber(most=MOST_ENTRIES)


class SubjectAnswer(Schema):
    kind = fields.String(required=True)
    id = fields.Integer(required=True)
    label = fields.String(required=True)


class AuditEntryAnswer(Schema):
    """`body` is the very text that `hash` covers, after the hash of the entry before."""

    id = fields.Integer(required=True)
    chain_id = fields.Integer(required=True)
    seq = fields.Integer(required=True)
    person = fields.String(required=True)
    action = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    subjects = fields.List(fields.Nested(SubjectAnswer), required=True)
    hash = fields.String(required=True)
    body = fields.String(required=True)
    at = Instant(required=True)


class AuditAnswer(Schema):
    entries = fields.List(fields.Nested(AuditEntryAnswer), required=True)
    next_before_id = fields.Integer(required=True, allow_none=True)
