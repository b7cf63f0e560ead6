"""Imports every table, so that `Base.metadata` is complete wherever it is compared or migrated."""

from models import care, catalogue, evidence, organisation, people, receiving, stock
from models.base import Base

__all__ = ["Base", "care", "catalogue", "evidence", "organisation", "people", "receiving", "stock"]
