"""What holds for every template and script file, whatever page it draws.

The policy sent with each page forbids inline script and style and anything from elsewhere. A browser
would refuse them silently, so a page would only look wrong; here they are found by name.
"""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "vendor" / "icons.svg").read_text()))
FORBIDDEN = {
    "inline style": r"\sstyle\s*=|<style",
    "inline script": r"<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:",
    "something from elsewhere": r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""",
    "text that is not escaped": r"\|\s*safe\b|autoescape\s+false",
}


def template_id(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=template_id)
def test_a_template_can_be_parsed(path: Path) -> None:
    Environment(autoescape=True).parse(path.read_text(encoding="utf-8"), filename=str(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=template_id)
def test_a_template_keeps_to_the_policy(path: Path) -> None:
    markup = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert [what for what, pattern in FORBIDDEN.items() if re.search(pattern, markup)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=template_id)
def test_a_form_that_changes_something_carries_the_token_against_forgery(path: Path) -> None:
    forms = re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert [form for form in forms if "csrf_token()" not in form] == []


def test_the_icons_drawn_are_in_the_sprite() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    named = re.findall(r'\b(?:icon|empty)\("([a-z0-9-]+)"|badge\("[a-z]+", "([a-z0-9-]+)"', source)
    of_states = re.findall(r'^  "[a-z_]+": \("[a-z]+", "([a-z0-9-]+)"', source, flags=re.MULTILINE)

    assert {name for names in named for name in names if name} | set(of_states) <= ICONS
    assert of_states


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_what_happens_without_it(path: Path) -> None:
    opening = re.match(r"(?://[^\n]*\n)+", path.read_text(encoding="utf-8"))

    assert opening is not None
    assert "Without it" in opening[0]
