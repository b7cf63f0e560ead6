"""The browser files we ship are the ones the manifest names, byte for byte, with their licences."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
LISTED: list[dict[str, Any]] = [
    *(file for package in MANIFEST["packages"] for file in package["files"]),
    *MANIFEST["own_texts"],
]
SPRITE = (VENDOR / "icons.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", LISTED, ids=lambda file: file["file"])
def test_a_vendored_file_is_the_one_that_was_checked(file: dict[str, Any]) -> None:
    assert hashlib.sha256((VENDOR / file["file"]).read_bytes()).hexdigest() == file["sha256"]


def test_nothing_is_vendored_that_the_manifest_does_not_name() -> None:
    present = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}

    assert present == {file["file"] for file in LISTED} | {"manifest.json"}


@pytest.mark.parametrize("package", MANIFEST["packages"], ids=lambda package: package["package"])
def test_a_package_is_pinned_with_its_checksum(package: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])


@pytest.mark.parametrize("package", MANIFEST["packages"], ids=lambda package: package["package"])
def test_a_package_comes_with_its_licence(package: dict[str, Any]) -> None:
    texts = [file["file"] for file in package["files"] + MANIFEST["own_texts"] if "licences/" in file["file"]]
    stem = package["package"].removeprefix("@").split("/")[0].split(".")[0].removesuffix("-dist")

    assert any(stem in text for text in texts)


def test_the_manifest_names_no_host() -> None:
    assert "://" not in json.dumps(MANIFEST)


def test_the_sprite_holds_the_listed_icons() -> None:
    listed = [icons for file in LISTED if (icons := file.get("icons"))]

    assert [re.findall(r'<symbol id="([^"]+)"', SPRITE)] == listed
