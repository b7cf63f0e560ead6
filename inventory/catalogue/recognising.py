"""Which product a scanned code is on, and "what is this?": a code not known yet is learnt once, with its product.

- What is compared is the part that names the product: the GTIN, HIBC's number, a PZN, else the code itself.
- A number that a person gave out in one country is no proof in another: a national number beside a GTIN that is
  not known only suggests products, and a person says yes.
- A code that looks like a slip, or is one of our own, is never learnt. The text as scanned goes into the audit
  (rule SCN-11).
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.catalogue import codes, products
from inventory.catalogue.codes import LearnCode
from inventory.catalogue.errors import NotAProductCode
from inventory.catalogue.products import AddProduct
from inventory.errors import WrongCheckDigit
from inventory.evidence import audit
from inventory.rules.barcodes import DEFAULT_SEPARATORS, Scan, ScanWarning, Scheme, read_code
from models.catalogue import Product, ProductCode
from models.organisation import Site
from models.vocabulary import CodeScheme, ContainerKind, Unit

_PZN = re.compile(r"11([0-9]{8})[0-9]{2}")
_NATIONAL = re.compile(r"71[0-7]")  # the GS1 identifiers of national numbers
_PLAIN = {
    Scheme.HIBC: CodeScheme.HIBC,
    Scheme.ISBT_128: CodeScheme.ISBT_128,
    Scheme.PPN: CodeScheme.OTHER,
    Scheme.INTERNAL: CodeScheme.OTHER,
}


@dataclass(frozen=True)
class CodeOnBox:
    """What of a scan names the product, as it is learnt."""

    scheme: CodeScheme
    code: str


@dataclass(frozen=True)
class KnownProduct:
    """A product by a code on its box, which holds `containers_per_pack`."""

    id: int
    name: str
    kind: ContainerKind
    unit: Unit
    is_active: bool
    containers_per_pack: int


@dataclass(frozen=True)
class LearnScan:
    """The code in `scan`, as it was scanned, is on the boxes of this product."""

    product_id: int
    scan: str
    containers_per_pack: int = 1


@dataclass(frozen=True, kw_only=True)
class AddScannedProduct(AddProduct):
    """A product not in the catalogue yet, with the code in `scan` on its boxes, whatever its `gtin` says."""

    scan: str


def code_on_box(scan: Scan) -> CodeOnBox | None:
    """None for what names no product of a maker: our own codes, lot and expiry alone."""
    if scan.gtin is not None:
        return CodeOnBox(CodeScheme.GTIN, scan.gtin)
    if scan.code is None or scan.scheme not in _PLAIN:
        return None
    pzn = _PZN.fullmatch(scan.code) if scan.scheme is Scheme.PPN else None
    return CodeOnBox(CodeScheme.NATIONAL, pzn[1]) if pzn else CodeOnBox(_PLAIN[scan.scheme], scan.code)


def find_product(session: Session, *, scan: Scan) -> KnownProduct | None:
    """The product that the scanned code was learnt for, also one that is no longer used."""
    found = find_by_scan(session, scan)
    return None if found is None else _known(*found)


def find_by_scan(session: Session, scan: Scan) -> tuple[Product, ProductCode] | None:
    wanted = code_on_box(scan)
    return None if wanted is None else codes.find_product_by_code(session, scheme=wanted.scheme, code=wanted.code)


def suggest_products(session: Session, *, scan: Scan) -> list[KnownProduct]:
    """Products that carry a national number which the code says beside its own."""
    numbers = [element.value.upper() for element in scan.elements if _NATIONAL.fullmatch(element.id)]
    pzn = _PZN.fullmatch(scan.code) if scan.scheme is Scheme.PPN and scan.code else None
    numbers += [pzn[1]] if pzn else []
    query = (
        select(Product, ProductCode)
        .join(ProductCode, ProductCode.product_id == Product.id)
        .where(ProductCode.scheme == CodeScheme.NATIONAL, ProductCode.code.in_(numbers))
        .where(ProductCode.removed_at.is_(None))
        .order_by(Product.name)
    )
    return [_known(product, code) for product, code in session.execute(query)] if numbers else []


def learn_scan(session: Session, act: Act, command: LearnScan) -> Product:
    """Raises `CodeOfAnotherProduct` with that product's name, and what the code itself is refused for."""
    act.require(Permission.MANAGE_CATALOGUE)
    product = products.product_to_change(session, act, command.product_id)
    scan, wanted = _code_to_learn(session, act, command.scan)
    codes.learn(session, product, LearnCode(product.id, wanted.scheme, wanted.code, command.containers_per_pack))
    audit.record(session, act, "code learnt", product, scan=scan.escaped_raw)
    return product


def add_scanned_product(session: Session, act: Act, command: AddScannedProduct) -> Product:
    """Product and code in one unit: neither is there without the other."""
    act.require(Permission.MANAGE_CATALOGUE)
    scan, wanted = _code_to_learn(session, act, command.scan)
    product = products.add_product(session, act, replace(command, gtin=None))
    codes.learn(session, product, LearnCode(product.id, wanted.scheme, wanted.code, command.containers_per_pack))
    audit.record(session, act, "code learnt", product, scan=scan.escaped_raw)
    return product


def today_at(session: Session, act: Act) -> date:
    return act.now.astimezone(ZoneInfo(session.get_one(Site, act.site_id).time_zone)).date()


def _code_to_learn(session: Session, act: Act, text: str) -> tuple[Scan, CodeOnBox]:
    scan = read_code(text, today_at(session, act), DEFAULT_SEPARATORS)
    if ScanWarning.CHECK_DIGIT in scan.warnings:
        raise WrongCheckDigit("number", scan.code or "", 1)
    wanted = code_on_box(scan)
    if wanted is None:
        raise NotAProductCode(scan.code or scan.escaped_raw, "is on a vial, a place or a patient's file of ours")
    return scan, wanted


def _known(product: Product, code: ProductCode) -> KnownProduct:
    return KnownProduct(
        product.id,
        product.name,
        product.container_kind,
        product.unit,
        product.is_active,
        code.containers_per_pack,
    )
