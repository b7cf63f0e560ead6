"""The API: the same services and schemas as the pages, for programs with a token."""

from flask import Flask

from blueprints.api import (
    administering,
    attachments,
    audit,
    catalogue,
    compounding,
    containers,
    corrections,
    counts,
    deliveries,
    description,
    deviations,
    drafts,
    holds,
    importing,
    incompatibilities,
    lots,
    opening_stock,
    patients,
    places,
    products,
    receiving,
    releasing,
    scanning,
    sessions,
    sites,
    stock,
    tracing,
    transfers,
    treating,
)
from blueprints.api.description import LedgerApi

AREAS = (
    stock,
    products,
    catalogue,
    incompatibilities,
    scanning,
    receiving,
    releasing,
    opening_stock,
    places,
    drafts,
    deliveries,
    containers,
    counts,
    transfers,
    corrections,
    lots,
    holds,
    patients,
    sessions,
    compounding,
    administering,
    treating,
    tracing,
    deviations,
    attachments,
    audit,
    importing,
    sites,
)


def install(app: Flask) -> None:
    api = LedgerApi(app)
    for area in AREAS:
        api.add(area.operations)
    app.register_blueprint(description.bp)
