"""The codes on makers' boxes, learnt once: GTIN, HIBC, national numbers, and whatever else a supplier sticks on.

A code names one product. A code of another product is refused and that product named; taken off there, it is free.
"""

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue.errors import CodeOfAnotherProduct, NotAProductCode
from inventory.errors import InvalidAmount, InvalidText, RecordNotFound
from inventory.evidence import audit
from inventory.rules.barcodes.check_digits import GTIN_LENGTHS, find_gtin
from models.catalogue import Product, ProductCode
from models.vocabulary import CodeScheme

MOST_IN_PACK = 1000
LONGEST_CODE = 100
_HIBC = re.compile(r"[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]")
_NATIONAL = re.compile(r"[A-Z0-9][A-Z0-9./-]{2,19}")
_ISBT_128 = re.compile(r"[A-Z0-9]{16}")
_OTHER = re.compile(r"(?=.*[0-9])[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?")  # words are no code
_FORMS = {
    CodeScheme.HIBC: (_HIBC, "labeller, number and unit"),
    CodeScheme.NATIONAL: (_NATIONAL, "3 to 20 signs"),
    CodeScheme.ISBT_128: (_ISBT_128, "16 letters and digits"),
    CodeScheme.OTHER: (_OTHER, "plain letters and signs with at least one digit"),
}


@dataclass(frozen=True)
class LearnCode:
    """`containers_per_pack`: how many vials are in the box that carries it."""

    product_id: int
    scheme: CodeScheme
    code: str
    containers_per_pack: int = 1


@dataclass(frozen=True)
class RemoveCode:
    product_id: int
    code_id: int


def learn_code(session: Session, act: Act, command: LearnCode) -> Product:
    """Learnt again for the same product, it changes how many are in a pack. Raises `CodeOfAnotherProduct`."""
    act.require(Permission.MANAGE_CATALOGUE)
    product = _product(session, command.product_id)
    learn(session, product, command)
    audit.record(session, act, "code learnt", product)
    return product


def remove_code(session: Session, act: Act, command: RemoveCode) -> Product:
    act.require(Permission.MANAGE_CATALOGUE)
    product = _product(session, command.product_id)
    row = session.get(ProductCode, command.code_id)
    if row is None or row.product_id != product.id or row.removed_at is not None:
        raise RecordNotFound("code", str(command.code_id))
    row.removed_at = act.now
    audit.record(session, act, "code taken off", product)
    return product


def learn(session: Session, product: Product, command: LearnCode) -> ProductCode:
    code = checked_code(command.scheme, command.code)
    row = session.scalars(select(ProductCode).where(ProductCode.scheme == command.scheme, ProductCode.code == code))
    known = row.one_or_none()
    if known is None:
        known = ProductCode(scheme=command.scheme, code=code)
        session.add(known)
    elif known.product_id != product.id and known.removed_at is None:
        raise CodeOfAnotherProduct(code, session.get_one(Product, known.product_id).name)
    known.product_id = product.id
    known.containers_per_pack = checked_in_pack(command.containers_per_pack)
    known.removed_at = None
    return known


def find_product_by_code(session: Session, *, scheme: CodeScheme, code: str) -> tuple[Product, ProductCode] | None:
    """What a scan means. `code` as `checked_code` writes it."""
    query = (
        select(Product, ProductCode)
        .join(ProductCode, ProductCode.product_id == Product.id)
        .where(ProductCode.scheme == scheme, ProductCode.code == code, ProductCode.removed_at.is_(None))
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def codes_of(session: Session, *, product_id: int) -> list[ProductCode]:
    query = select(ProductCode).where(ProductCode.product_id == product_id, ProductCode.removed_at.is_(None))
    return list(session.scalars(query.order_by(ProductCode.id)))


def checked_code(scheme: CodeScheme, text: str) -> str:
    """As it is kept and compared: a GTIN in 14 digits, others in capitals, `OTHER` as it is.

    Raises `NotAProductCode`.
    """
    given = texts.line("Code", text, LONGEST_CODE)
    if scheme is CodeScheme.GTIN:
        return _checked_gtin(given)
    code = given if scheme is CodeScheme.OTHER else given.upper()
    pattern, form = _FORMS[scheme]
    if not pattern.fullmatch(code):
        raise NotAProductCode(given, f"does not have the form {form}")
    return code


def _checked_gtin(given: str) -> str:
    found = find_gtin(given)
    if found is not None:
        return found
    is_number = given.isascii() and given.isdigit() and len(given) in GTIN_LENGTHS
    raise InvalidText("GTIN", "has a wrong check digit" if is_number else "is not 8, 12, 13 or 14 digits")


def checked_in_pack(count: int) -> int:
    if not 1 <= count <= MOST_IN_PACK:
        raise InvalidAmount(str(count), f"is not a number of vials from 1 to {MOST_IN_PACK}")
    return count


def _product(session: Session, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None or product.is_free_cocktail:
        raise RecordNotFound("product", str(product_id))
    return product
