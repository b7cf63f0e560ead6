"""What code and documents point at is there: pages, links, settings."""

import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from config.settings import FILE_VARIABLE, PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
TEXTS = (".py", ".md", ".html", ".js", ".css", ".toml", ".txt", ".yaml")
# A page's own name ends at a letter or digit, so that a sentence may end after it.
MENTION = re.compile(r"\bdocs/[\w/.-]*\w")
SETTING = re.compile(r"\bVIALTRACE_[A-Z0-9_]*[A-Z0-9]")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def _ours():
    """The files git knows or would take, without vendored ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [name for name in listed if name.endswith(TEXTS) and not name.startswith("static/vendor/")]


@pytest.fixture(scope="module")
def texts():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in _ours() if (ROOT / name).exists()}


def test_a_mentioned_document_is_there(texts):
    # `docs/decisions/0003` names a page by its number.
    missing = {
        (name, mention)
        for name, text in texts.items()
        for mention in MENTION.findall(text)
        if not list(ROOT.glob(f"{mention}*"))
    }
    assert missing == set()


def test_a_link_between_documents_leads_somewhere(texts):
    missing = {
        (name, target)
        for name, text in texts.items()
        if name.endswith(".md")
        for target in LINK.findall(text)
        if "://" not in target and not ((ROOT / name).parent / target).exists()
    }
    assert missing == set()


def test_no_text_points_at_a_document_of_another_place(texts):
    elsewhere = re.compile(r"\b(design|style|deps|domain)" + r"\.md\b")
    assert [name for name, text in texts.items() if elsewhere.search(text)] == []


def test_a_setting_that_a_document_names_is_one(texts):
    known = {PREFIX + field.name.upper() for field in fields(Settings)} | {FILE_VARIABLE}
    unknown = {
        (name, setting)
        for name, text in texts.items()
        if name.endswith(".md")
        for setting in SETTING.findall(text)
        if setting not in known
    }
    assert unknown == set()
