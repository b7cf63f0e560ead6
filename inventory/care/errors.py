"""Refusals about patients and their care."""

from dataclasses import dataclass

from inventory.errors import InvalidInput, Refusal


@dataclass(eq=False)
class PatientLooksKnown(Refusal):
    """`references`: patients who may be the same person. A name is never a fact: facts reach logs."""

    references: tuple[str, ...]

    says = "Somebody with this name or birth date is registered already: {references}."
    why = "A patient registered twice is asked for allergies twice, and a recall may call only one of the two."
    do = "Compare them, and register only if it is another person."


@dataclass(eq=False)
class AskedInFuture(InvalidInput):
    asked_on: str

    says = "Asked on {asked_on}: that day has not come yet."
    do = "Enter the day on which the patient was asked."


@dataclass(eq=False)
class NoSuchSkinType(InvalidInput):
    skin_type: int

    says = "There is no skin type {skin_type}."
    why = "Fitzpatrick's scale goes from 1 to 6."
    do = "Choose a type from 1 to 6, or leave it open."
