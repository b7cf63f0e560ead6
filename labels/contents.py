"""What a label says: one frozen value per kind, in ready texts. How it looks is for `labels.designs`.

Dates, amounts and names come as they are to be read; fixed words, allergens and storage come as codes, and
`labels.words` says them in the label's language. `code` is drawn as a symbol and printed beside it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ContainerLabel:
    """On a vial, ampoule or pack as it came: what the maker's label says, and our code."""

    product: str
    content: str
    lot_number: str
    expires: str | None
    code: str
    language: str = "en"
    is_demo: bool = False


@dataclass(frozen=True)
class OpenedLabel:
    """On a container at its first puncture. `kept_for`: the reference of the one patient it may serve.

    `is_session_only`: what was opened for one session ends with it, whatever the clock says.
    """

    product: str
    discard_after: str | None
    opened: str
    opened_by: str | None
    lot_number: str
    code: str
    kept_for: str | None = None
    is_session_only: bool = False
    language: str = "en"
    is_demo: bool = False


@dataclass(frozen=True)
class Ingredient:
    """`lot_number` is printed on the label of a batch, `amount` on that of a syringe."""

    name: str
    amount: str
    lot_number: str


@dataclass(frozen=True)
class SyringeLabel:
    """On a syringe prepared for one patient. Without `patient_name` the reference stands for the person."""

    patient_reference: str | None
    patient_name: str | None
    born: str | None
    name: str
    ingredients: tuple[Ingredient, ...]
    amount: str
    use_before: str | None
    prepared: str
    prepared_by: str
    checked_by: str | None
    record: str
    code: str
    allergens: tuple[str, ...] = ()
    storage: str | None = None
    language: str = "en"
    is_demo: bool = False


@dataclass(frozen=True)
class BatchLabel:
    """On the box or bag of a preparation: where it came from, lot by lot. Its symbol is the record's."""

    name: str
    amount: str
    record: str
    prepared: str
    prepared_by: str
    checked_by: str | None
    use_before: str | None
    containers: int
    ingredients: tuple[Ingredient, ...]
    facility: str
    allergens: tuple[str, ...] = ()
    storage: str | None = None
    language: str = "en"
    is_demo: bool = False


@dataclass(frozen=True)
class PlaceLabel:
    name: str
    site: str
    code: str
    language: str = "en"
    is_demo: bool = False


@dataclass(frozen=True)
class HoldLabel:
    """On what must not be used. `kind`: why, as a code; `cause`: as the person wrote it."""

    kind: str
    cause: str
    subject: str
    lot_number: str | None
    since: str
    placed_by: str
    code: str
    language: str = "en"
    is_demo: bool = False


@dataclass(frozen=True)
class RecallLabel:
    """On what the maker or an authority calls back."""

    reference: str
    subject: str
    lot_number: str | None
    since: str
    code: str
    language: str = "en"
    is_demo: bool = False


Content = ContainerLabel | OpenedLabel | SyringeLabel | BatchLabel | PlaceLabel | HoldLabel | RecallLabel
