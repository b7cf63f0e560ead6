"""How a refusal is answered to a program (RFC 9457)."""

from marshmallow import Schema, fields


class ProblemSchema(Schema):
    """`code` is for programs, the sentences are for people. `facts` are those of the sentences."""

    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True, metadata={"description": "What was refused."})
    why = fields.String()
    remedy = fields.String(metadata={"description": "What can be done now."})
    rule = fields.String(metadata={"description": "The rule's entry in docs/rules.md."})
    facts = fields.Dict(keys=fields.String())
    errors = fields.Dict(keys=fields.String(), metadata={"description": "Sentences by entry, for the code `invalid`."})
    incident = fields.String(metadata={"description": "The number to quote to the administrator."})
