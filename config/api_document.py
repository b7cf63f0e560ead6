"""Writes docs/api/openapi.json, the description of the API as it is released.

`make api` renews it; a test compares. `/api/v1` is a promise: what is there is added to, never renamed or removed.
"""

import sys

from flask import Flask

from blueprints.api.description import as_text, describe
from config.access_document import bare_app
from config.paths import ROOT

DOCUMENT = ROOT / "docs" / "api" / "openapi.json"


def document(app: Flask) -> str:
    return as_text(describe(app))


def main() -> None:
    DOCUMENT.write_text(document(bare_app()), encoding="utf-8")
    sys.stdout.write(f"Written: {DOCUMENT.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
