"""What every test shares. The fixtures themselves are the plugins in `tests/fixtures`.

The check for foreign packages comes first: once a stranger's `labels` or `config` is imported, the
failures speak of anything but the cause.
"""

import importlib.util
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent


def _stop_if_foreign() -> None:
    # By its path: a foreign `config` would answer an ordinary import.
    spec = importlib.util.spec_from_file_location("foreign_packages", ROOT / "config" / "foreign_packages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.stop_if_foreign()


_stop_if_foreign()

# The gate runs the same examples each time; `make soak` looks for new ones.
settings.register_profile("gate", max_examples=200, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("soak", max_examples=20_000, deadline=None, print_blob=True)
settings.load_profile("gate")

pytest_plugins = [
    "no_network",
    "postgres_server",
    "clinic_databases",
    "cast",
    "browser",
    "waiting",
    "web",
    "program",
    "stock",
    "receiving",
    "tampering",
]
