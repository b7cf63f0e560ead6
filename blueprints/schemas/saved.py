"""What a change answers: which records it made or touched. Never a body, so that a repetition answers the same."""

from marshmallow import Schema, fields

from blueprints.schemas.values import Code


class SavedContainer(Schema):
    container_code = Code(required=True)


class SavedEntry(Schema):
    entry_id = fields.Integer(required=True)


class SavedDelivery(Schema):
    delivery_id = fields.Integer(required=True)


class SavedDraft(Schema):
    draft_id = fields.Integer(required=True)
    version = fields.Integer(required=True)


class SavedDraftLine(SavedDraft):
    line_id = fields.Integer(required=True)


class SavedDraftFile(SavedDraft):
    file_id = fields.Integer(required=True)


class SavedHold(Schema):
    hold_id = fields.Integer(required=True)


class SavedLot(Schema):
    lot_id = fields.Integer(required=True)


class SavedPatient(Schema):
    patient_reference = Code(required=True)


class SavedSession(Schema):
    session_id = fields.Integer(required=True)


class SavedPreparation(Schema):
    record_id = fields.Integer(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)


class SavedAdministration(Schema):
    administration_id = fields.Integer(required=True)
    session_id = fields.Integer(required=True)


class SavedTreatment(Schema):
    session_id = fields.Integer(required=True)
    record_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)


class SavedLabels(Schema):
    sheet_id = fields.Integer(required=True)


class SavedDeviation(Schema):
    deviation_id = fields.Integer(required=True)


class SavedSite(Schema):
    site_id = fields.Integer(required=True)
