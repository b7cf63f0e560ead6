"""Signatures: a person's word on a record, tied to the very text they saw.

Source: 21 CFR 11.50 (printed name, date and time, meaning) and 11.70 (a signature cannot be cut off and
put under another record). The row is immutable and its digest enters the audit chain of the same unit.
A password is confirmed before the unit begins, because checking one takes longer than a lock may be held.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, inspect, select
from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.errors import NotSigned, WrongSigner
from models.base import Base
from models.evidence import Signature
from models.vocabulary import SignatureMeaning

CONFIRMED_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class ConfirmedIdentity:
    """Somebody's password was right at `at`. Made only by the password service in `inventory.people`."""

    user_id: int
    printed_name: str
    at: datetime


def sign(  # noqa: PLR0913  # 11.50 and 11.70 demand who, when, meaning, record and text together
    session: Session,
    act: Act,
    confirmed: ConfirmedIdentity | None,
    meaning: SignatureMeaning,
    row: Base,
    text: str,
    *,
    single_handed_reason: str | None = None,
) -> Signature:
    """Sign `row`, of which the person saw `text`. The signer may be another person than the act's.

    `single_handed_reason`: why one person stood in for the second, at a site that allows it.
    Raises `NotSigned` without a confirmed password, `WrongSigner` when it was confirmed over ten minutes ago.
    """
    if confirmed is None:
        raise NotSigned(meaning)
    _refuse_stale(confirmed, meaning, act.now)
    session.flush()  # the signature names the signed row by its id
    signature = Signature(
        user_id=confirmed.user_id,
        printed_name=confirmed.printed_name,
        meaning=meaning,
        signed_at=act.now,
        record_kind=_kind(row),
        record_id=row.id,  # type: ignore[attr-defined]  # what is signed has a surrogate key
        text=text,
        is_single_handed=single_handed_reason is not None,
        reason=single_handed_reason,
    )
    session.add(signature)
    session.flush()  # the signed record may keep the signature's id
    return signature


def refuse_other_signer(act: Act, confirmed: ConfirmedIdentity | None, meaning: SignatureMeaning) -> None:
    """Where nobody signs for what another does. Raises `WrongSigner`."""
    if confirmed is not None and confirmed.user_id != act.user_id:
        raise WrongSigner(meaning, "the password is that of another person")


def signatures_of(session: Session, *, record_kind: str, record_id: int) -> list[Signature]:
    """All signatures on one record, the oldest first. `record_kind` is the table's name."""
    query = select(Signature).where(Signature.record_kind == record_kind, Signature.record_id == record_id)
    return list(session.scalars(query.order_by(Signature.id)))


def _refuse_stale(confirmed: ConfirmedIdentity, meaning: SignatureMeaning, now: datetime) -> None:
    if confirmed.at > now:
        raise WrongSigner(meaning, "the password was confirmed at a time that has not come yet")
    if now - confirmed.at > CONFIRMED_FOR:
        minutes = int(CONFIRMED_FOR.total_seconds() // 60)
        raise WrongSigner(meaning, f"the password was confirmed more than {minutes} minutes ago")


def _kind(row: Base) -> str:
    table = inspect(row).mapper.local_table
    assert isinstance(table, Table)  # noqa: S101  # every mapped class of ours is one table
    return table.name
