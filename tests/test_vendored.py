"""The files of others that we ship are the ones the manifests name, byte for byte, with their licences."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT / "static" / "vendor", ROOT / "labels" / "fonts")
MANIFESTS: dict[Path, Any] = {
    folder: json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in FOLDERS
}
LISTED: list[tuple[Path, dict[str, Any]]] = [
    (folder, file)
    for folder, manifest in MANIFESTS.items()
    for file in (*(each for package in manifest["packages"] for each in package["files"]), *manifest["own_texts"])
]
PACKAGES = [(manifest, package) for manifest in MANIFESTS.values() for package in manifest["packages"]]
SPRITE = (FOLDERS[0] / "icons.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(("folder", "file"), LISTED, ids=[file["file"] for _, file in LISTED])
def test_a_vendored_file_is_the_one_that_was_checked(folder: Path, file: dict[str, Any]) -> None:
    assert hashlib.sha256((folder / file["file"]).read_bytes()).hexdigest() == file["sha256"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_is_vendored_that_the_manifest_does_not_name(folder: Path) -> None:
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert present == {file["file"] for owner, file in LISTED if owner == folder} | {"manifest.json"}


@pytest.mark.parametrize(("_manifest", "package"), PACKAGES, ids=[package["package"] for _, package in PACKAGES])
def test_a_package_is_pinned_with_its_checksum(_manifest: Any, package: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])


@pytest.mark.parametrize(("manifest", "package"), PACKAGES, ids=[package["package"] for _, package in PACKAGES])
def test_a_package_comes_with_its_licence(manifest: Any, package: dict[str, Any]) -> None:
    texts = [file["file"] for file in package["files"] + manifest["own_texts"] if "licences/" in file["file"]]
    stem = package["package"].removeprefix("@").split("/")[0].split(".")[0].removesuffix("-dist").removesuffix("-ttf")

    assert any(stem in text for text in texts)


def test_the_manifests_name_no_host() -> None:
    assert "://" not in json.dumps(list(MANIFESTS.values()))


def test_the_sprite_holds_the_listed_icons() -> None:
    listed = [icons for _, file in LISTED if (icons := file.get("icons"))]

    assert [re.findall(r'<symbol id="([^"]+)"', SPRITE)] == listed
