"""Fetch the files of other projects that Vialtrace ships, as the manifest.json beside them lists them.

Browser files are in static/vendor/, the fonts of the labels in labels/fonts/. For each package this packs the named
version with npm, refuses a tarball whose SHA-512 is not the one in the manifest, copies only the named files and
writes their SHA-256 back. For a new version, change `version`, empty `integrity`, run this and read the diff: the
registry's own checksum is then taken over. It lives in docs/ because it needs npm and never ships: people who install
Vialtrace need neither npm nor this.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "static" / "vendor", ROOT / "labels" / "fonts")
SVG = "http://www.w3.org/2000/svg"
SYMBOL = {
    "viewBox": "0 0 24 24",
    "fill": "none",
    "stroke": "currentColor",
    "stroke-width": "2",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
}


def main() -> None:
    for folder in FOLDERS:
        update(folder)


def update(vendor: Path) -> None:
    manifest_path = vendor / "manifest.json"
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    for package in manifest["packages"]:
        name = f"{package['package']}@{package['version']}"
        print(name)
        with tempfile.TemporaryDirectory() as folder:
            tarball = pack(name, Path(folder))
            package["integrity"] = checked_integrity(name, tarball, package["integrity"])
            update_files(vendor, package, tarball)
    for text in manifest["own_texts"]:
        text["sha256"] = sha256(vendor / text["file"])
    manifest_path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def pack(name: str, folder: Path) -> Path:
    npm("pack", name, "--silent", "--pack-destination", str(folder))
    return next(folder.glob("*.tgz"))


def checked_integrity(name: str, tarball: Path, expected: str) -> str:
    """The tarball's SHA-512, once registry, tarball and manifest agree on it."""
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    actual = "sha512-" + base64.b64encode(digest).decode("ascii")
    published = npm("view", name, "dist.integrity").strip()
    if actual != published or expected not in ("", actual):
        sys.exit(f"{name}: the tarball is {actual}, the registry says {published}, the manifest {expected}.")
    return actual


def update_files(vendor: Path, package: dict[str, Any], tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        for file in package["files"]:
            target = vendor / file["file"]
            target.parent.mkdir(exist_ok=True)
            if "icons" in file:
                target.write_bytes(sprite(archive, file["from"], file["icons"]))
            else:
                target.write_bytes(member(archive, file["from"]))
            file["sha256"] = sha256(target)


def sprite(archive: tarfile.TarFile, pattern: str, names: list[str]) -> bytes:
    """One file with a symbol per icon: a page loads it once and draws each by its name."""
    ET.register_namespace("", SVG)
    root = ET.Element(f"{{{SVG}}}svg")
    for name in names:
        symbol = ET.SubElement(root, f"{{{SVG}}}symbol", {"id": name, **SYMBOL})
        symbol.extend(drawn_shapes(member(archive, pattern.format(name=name))))
    ET.indent(root)
    return ET.tostring(root) + b"\n"


def drawn_shapes(svg: bytes) -> Iterator[ET.Element]:
    """What the icon draws, without the invisible square that only marks its bounds."""
    # Parsed only after the tarball's checksum was compared.
    return (shape for shape in ET.fromstring(svg) if shape.get("stroke") != "none")


def member(archive: tarfile.TarFile, path: str) -> bytes:
    file = archive.extractfile(f"package/{path}")
    if file is None:
        sys.exit(f"{path} is not a file in the package.")
    return file.read()


def npm(*arguments: str) -> str:
    return subprocess.run(["npm", *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
