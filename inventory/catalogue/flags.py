"""What a product contains or is that a patient or a mixture may not bear.

A flag that somebody sets carries no doubt. Taken off it keeps its row, so that loading data
again does not bring it back.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import RecordNotFound
from inventory.evidence import audit
from models.catalogue import Product, ProductFlag
from models.vocabulary import ProductFlagKind


@dataclass(frozen=True)
class SetFlag:
    product_id: int
    kind: ProductFlagKind
    source: str | None = None


@dataclass(frozen=True)
class RemoveFlag:
    product_id: int
    flag_id: int
    reason: str


def set_flag(session: Session, act: Act, command: SetFlag) -> Product:
    """Set again, it is the person's own and no longer in doubt."""
    act.require(Permission.MANAGE_CATALOGUE)
    product = _product(session, command.product_id)
    query = select(ProductFlag).where(ProductFlag.product_id == product.id, ProductFlag.kind == command.kind)
    flag = session.scalars(query).one_or_none()
    if flag is None:
        flag = ProductFlag(product_id=product.id, kind=command.kind)
        session.add(flag)
    flag.removed_at = None
    flag.doubt = None
    if command.source:
        flag.source = texts.note("Source", command.source)
    audit.record(session, act, "flag set", product)
    return product


def remove_flag(session: Session, act: Act, command: RemoveFlag) -> Product:
    """A patient may depend on it, so a reason is asked for."""
    act.require(Permission.MANAGE_CATALOGUE)
    product = _product(session, command.product_id)
    reason = texts.reason(command.reason)
    flag = session.get(ProductFlag, command.flag_id)
    if flag is None or flag.product_id != product.id or flag.removed_at is not None:
        raise RecordNotFound("flag", str(command.flag_id))
    flag.removed_at = act.now
    audit.record(session, act, "flag taken off", product, reason=reason, flag=flag.kind.value)
    return product


def flags_of(session: Session, *, product_id: int) -> list[ProductFlag]:
    query = select(ProductFlag).where(ProductFlag.product_id == product_id, ProductFlag.removed_at.is_(None))
    return list(session.scalars(query.order_by(ProductFlag.id)))


def _product(session: Session, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None or product.is_free_cocktail:
        raise RecordNotFound("product", str(product_id))
    return product
