"""A person's word that a shipped fact is right. Who and when is kept; the doubt stays readable beside it."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.catalogue.errors import FactAlreadyVerified
from inventory.errors import RecordNotFound
from inventory.evidence import audit
from models.catalogue import IncompatibilityRule, Product, ProductFlag, Substance, Technique, TreatmentArea
from models.releasing import ReleaseCheck

Fact = Product | Substance | ProductFlag | IncompatibilityRule | TreatmentArea | Technique | ReleaseCheck


class FactKind(StrEnum):
    PRODUCT = "product"
    SUBSTANCE = "substance"
    FLAG = "flag"
    RULE = "rule"
    AREA = "area"
    TECHNIQUE = "technique"
    QUESTION = "question"


_TABLES: dict[FactKind, type[Fact]] = {
    FactKind.PRODUCT: Product,
    FactKind.SUBSTANCE: Substance,
    FactKind.FLAG: ProductFlag,
    FactKind.RULE: IncompatibilityRule,
    FactKind.AREA: TreatmentArea,
    FactKind.TECHNIQUE: Technique,
    FactKind.QUESTION: ReleaseCheck,
}


@dataclass(frozen=True)
class VerifyFact:
    kind: FactKind
    fact_id: int


def verify_fact(session: Session, act: Act, command: VerifyFact) -> Fact:
    """Raises `FactAlreadyVerified`. Only a person can verify."""
    act.require(Permission.MANAGE_CATALOGUE)
    fact = session.get(_TABLES[command.kind], command.fact_id)
    if not isinstance(fact, Fact):
        raise RecordNotFound(command.kind.value, str(command.fact_id))
    if fact.is_verified:
        raise FactAlreadyVerified(name_of(fact))
    fact.verified_at = act.now
    fact.verified_by_id = act.user_id
    audit.record(session, act, f"{command.kind.value} verified", fact)
    return fact


def name_of(fact: Fact) -> str:
    """How a sentence names it."""
    if isinstance(fact, ProductFlag):
        return fact.kind.value.replace("_", " ")
    if isinstance(fact, ReleaseCheck):
        return f"The question {fact.question!r}"
    return f"Rule {fact.code}" if isinstance(fact, IncompatibilityRule) else fact.name
