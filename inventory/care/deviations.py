"""Deviations: what was done against a rule waits here until it is reviewed and signed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import DeviationReviewed, RecordNotFound
from inventory.evidence import audit
from inventory.evidence.signatures import ConfirmedIdentity, refuse_other_signer, sign
from models.care import Deviation
from models.vocabulary import SignatureMeaning


@dataclass(frozen=True)
class ReviewDeviation:
    deviation_id: int
    review: str
    signed: ConfirmedIdentity | None


def review_deviation(session: Session, act: Act, command: ReviewDeviation) -> Deviation:
    """Say what was found, and sign. Raises `DeviationReviewed`, `NotSigned`, `WrongSigner`."""
    act.require(Permission.REVIEW_DEVIATION)
    deviation = session.get(Deviation, command.deviation_id)
    if deviation is None or deviation.site_id != act.site_id:
        raise RecordNotFound("deviation", str(command.deviation_id))
    if deviation.reviewed_at is not None:
        raise DeviationReviewed(deviation.id)
    review = texts.reason(command.review)
    refuse_other_signer(act, command.signed, SignatureMeaning.REVIEWED)
    signature = sign(session, act, command.signed, SignatureMeaning.REVIEWED, deviation, f"{deviation.facts} {review}")
    deviation.review = review
    deviation.reviewed_at = act.now
    deviation.signature_id = signature.id
    audit.record(session, act, "deviation reviewed", deviation, reason=review)
    return deviation


def list_open_deviations(session: Session, *, site_id: int) -> list[Deviation]:
    query = select(Deviation).where(Deviation.site_id == site_id, Deviation.reviewed_at.is_(None))
    return list(session.scalars(query.order_by(Deviation.id)))
