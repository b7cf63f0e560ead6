"""What cannot be printed. Facts only: who asked says it in the clinic's words."""

from dataclasses import dataclass


class LabelProblem(Exception):
    """The labels cannot be drawn as asked; nothing was."""


@dataclass(eq=False)
class TextDoesNotFit(LabelProblem):
    """At its least size the text of `field` finds no room. `label`: the how manieth of those asked for."""

    field: str
    label: int = 1


@dataclass(eq=False)
class TextNotDrawable(LabelProblem):
    """The embedded fonts cannot draw these characters rightly."""

    field: str
    characters: str
    label: int = 1


@dataclass(eq=False)
class MediumNotPossible(LabelProblem):
    """`problem` ends a sentence that begins with the medium: "its labels overlap"."""

    name: str
    problem: str


@dataclass(eq=False)
class StartBeyondSheet(LabelProblem):
    start: int
    labels_a_sheet: int


@dataclass(eq=False)
class CountNotPossible(LabelProblem):
    """`counted`: copies of each label, or labels at once."""

    counted: str
    count: int
    most: int
