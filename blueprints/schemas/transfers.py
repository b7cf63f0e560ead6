"""Transfers between sites: what is asked for, sent, received, lost and cancelled."""

from typing import Any

from blueprints.schemas import Makes, MakesSigned
from blueprints.schemas.values import ChoiceOf, Code, Note, Several, WholeNumber
from inventory.stock.transfers import (
    MOST_CONTAINERS,
    MOST_PIECES,
    AskForTransfer,
    CancelTransfer,
    DeclareLost,
    ReceiveContainers,
    SendContainers,
)
from models.vocabulary import IdentifiedBy, TransferAsk


class ScannedCodes(Several):
    """Codes one by one, or as a scanner writes them into one field: a line each."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Code(), most=MOST_CONTAINERS, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            value = [line.strip() for each in value for line in each.splitlines() if line.strip()]
        return super()._deserialize(value, attr, data, **options)


class AskForTransferSchema(Makes):
    command = AskForTransfer

    from_site_id = WholeNumber(required=True)
    ask = ChoiceOf(TransferAsk, required=True)
    codes = ScannedCodes(least=0)
    product_id = WholeNumber()
    pieces = WholeNumber(most=MOST_PIECES)
    note = Note("Note")


class SendContainersSchema(Makes):
    command = SendContainers

    codes = ScannedCodes(required=True)
    to_site_id = WholeNumber()
    note = Note("Note")
    identified_by = ChoiceOf(IdentifiedBy)


class ReceiveContainersSchema(Makes):
    command = ReceiveContainers

    location_id = WholeNumber(required=True)
    codes = ScannedCodes(required=True)
    damage = Note("What is damaged")
    identified_by = ChoiceOf(IdentifiedBy)


class DeclareLostSchema(MakesSigned):
    command = DeclareLost

    codes = ScannedCodes(required=True)
    reason = Note("Reason", required=True)


class CancelTransferSchema(Makes):
    command = CancelTransfer

    reason = Note("Reason", required=True)
