"""Where our files are: the same in a checkout and in an installed wheel."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES, STATIC, MIGRATIONS = ROOT / "templates", ROOT / "static", ROOT / "migrations"
