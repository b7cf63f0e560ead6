"""Imports every table, so that `Base.metadata` is complete wherever it is compared or migrated."""

from models import (
    care,
    catalogue,
    counts,
    evidence,
    importing,
    organisation,
    people,
    printing,
    receiving,
    releasing,
    stock,
    transfers,
)
from models.base import Base

__all__ = [
    "Base",
    "care",
    "catalogue",
    "counts",
    "evidence",
    "importing",
    "organisation",
    "people",
    "printing",
    "receiving",
    "releasing",
    "stock",
    "transfers",
]
