"""Writes docs/access.md: which role may do what, and what each page and API call demands.

`make access` renews it; a test compares. It is read from the declarations themselves, so it cannot say anything else.
"""

import secrets
import sys
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from blueprints.access import EVEN_LOCKED, PUBLIC, WITHOUT_DECLARATION, declared_access
from config.application import create_app
from config.paths import ROOT
from config.settings import Settings
from inventory.access import ROLE_PERMISSIONS, Permission
from models.vocabulary import Role

DOCUMENT = ROOT / "docs" / "access.md"
_WORDS = {PUBLIC: "everybody", EVEN_LOCKED: "who is signed in, locked or not", None: "**nobody: not declared**"}
_HEAD = """# Access

Made by `make access` from the declarations in the code; do not edit it by hand.

Permissions are held per site, by role. A view without a declaration is refused, and so is whoever lacks its permission.
Rules about a single record, such as "who prepared may not check", are kept by the services and are not listed here.
"""
_RESPONSIBLE = """`responsible_person` belongs to no role: an administrator gives it to a person at a site, with dates.
It brings `approve_count` along.
"""


def document(app: Flask) -> str:
    parts = [_HEAD, "## Roles\n", _roles(), _RESPONSIBLE, "## Pages and API calls\n", _endpoints(app)]
    return "\n".join(parts)


def _roles() -> str:
    roles = list(Role)
    lines = [
        f"| permission | {' | '.join(role.value for role in roles)} |",
        f"|---|{'|'.join(':-:' for _ in roles)}|",
    ]
    for permission in Permission:
        held = ["yes" if permission in ROLE_PERMISSIONS[role] else "" for role in roles]
        lines.append(f"| {permission.value} | {' | '.join(held)} |")
    return "\n".join(lines) + "\n"


def _endpoints(app: Flask) -> str:
    lines = ["| address | method | who |", "|---|---|---|"]
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in WITHOUT_DECLARATION]
    lines += [_line(app, rule) for rule in sorted(rules, key=lambda rule: (rule.rule, rule.endpoint))]
    return "\n".join(lines) + "\n"


def _line(app: Flask, rule: Rule) -> str:
    methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    declared = declared_access(app.view_functions[rule.endpoint])
    who = declared.value if isinstance(declared, Permission) else _WORDS[declared]
    return f"| `{rule.rule}` | {methods} | {who} |"


def bare_app() -> Flask:
    """The application as it would be served, never asked anything: no database is opened."""
    return create_app(Settings(data=Path("nowhere"), secret_key=secrets.token_hex()))


def main() -> None:
    DOCUMENT.write_text(document(bare_app()), encoding="utf-8")
    sys.stdout.write(f"Written: {DOCUMENT.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
