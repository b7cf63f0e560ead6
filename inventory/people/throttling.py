"""Slows down who guesses passwords: counted in the database, per account and per address.

An attempt is written as failed before the password is looked at, and marked afterwards when it was right, so
that many attempts at once cannot slip past the count. While it waits, nothing is looked at: the answer is the same
for the right password.
"""

import hashlib
import math
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from inventory.people.errors import TooManyAttempts
from models.people import SignInAttempt

WINDOW = timedelta(minutes=15)
MOST_BY_NAME = 10
MOST_BY_ADDRESS = 50  # a whole clinic may come from one address
KEPT_FOR = timedelta(days=30)


def name_hash(sign_in_name: str) -> bytes:
    """What was typed may be a password by mistake, so the text itself is not kept."""
    return hashlib.sha256(sign_in_name.encode("utf-8", "surrogatepass")).digest()


def begin_attempt(session: Session, now: datetime, sign_in_name: str, address: str) -> int:
    """Count one more attempt and give its number. Raises `TooManyAttempts`."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - KEPT_FOR))
    name = name_hash(sign_in_name)
    last_success = select(func.max(SignInAttempt.id)).where(SignInAttempt.name_hash == name, SignInAttempt.is_success)
    since_success = SignInAttempt.id > func.coalesce(last_success.scalar_subquery(), 0)
    waits = [_wait(session, now, MOST_BY_NAME, SignInAttempt.name_hash == name, since_success)]
    if address:
        waits.append(_wait(session, now, MOST_BY_ADDRESS, SignInAttempt.address == address))
    if longest := max(waits):
        raise TooManyAttempts(longest)
    attempt = SignInAttempt(name_hash=name, address=address, at=now, is_success=False)
    session.add(attempt)
    session.flush()  # its number is the answer
    return attempt.id


def mark_success(session: Session, attempt_id: int) -> None:
    session.get_one(SignInAttempt, attempt_id).is_success = True


def _wait(session: Session, now: datetime, most: int, *conditions: object) -> int:
    """Seconds until fewer than `most` failures lie within the window; 0 when that is so now."""
    query = select(SignInAttempt.at).where(
        ~SignInAttempt.is_success,
        SignInAttempt.at > now - WINDOW,
        SignInAttempt.at <= now,
        *conditions,  # type: ignore[arg-type]  # column conditions
    )
    decides = session.scalar(query.order_by(SignInAttempt.at.desc()).offset(most - 1).limit(1))
    return 0 if decides is None else max(1, math.ceil((decides + WINDOW - now).total_seconds()))
