"""Finds other distributions that put a package under one of our top-level names.

An application may own plain names like `labels`, but pip says nothing when a second distribution
installs the same name: the later one wins or overwrites files. This module imports nothing of ours, so
that the tests can run it by its path before the first such import.
"""

import re
from collections import defaultdict
from importlib.metadata import Distribution, distributions

DISTRIBUTION = "vialtrace"
OUR_NAMES = ("blueprints", "config", "inventory", "labels", "migrations", "models", "static", "templates")

# A line of a distribution's list of files. Each start of the command line reads them all, so they are searched as text.
_OURS_IN_RECORD = re.compile(rf"^({'|'.join(OUR_NAMES)})(?:/|\.(?:[\w-]+\.)?(?:py|so|pyd),)", re.MULTILINE)


def foreign_packages() -> dict[str, list[str]]:
    """Those of our names that other distributions claim too, each with the distributions."""
    found = defaultdict(set)
    for distribution in distributions():
        for name in _claimed(distribution):
            if distribution.name != DISTRIBUTION:
                found[name].add(distribution.name)
    return {name: sorted(claimants) for name, claimants in sorted(found.items())}


def _claimed(distribution: Distribution) -> set[str]:
    listed = _OURS_IN_RECORD.findall(distribution.read_text("RECORD") or "")
    # Installed by an old tool, a distribution has no list of files, but names its packages.
    named = (distribution.read_text("top_level.txt") or "").split()
    return {*listed, *named} & {*OUR_NAMES}


def stop_if_foreign() -> None:
    """End the process with one sentence a name; nothing of ours can be trusted beside such a package."""
    if found := foreign_packages():
        raise SystemExit(
            "\n".join(
                f"The package {name!r} is also installed by {', '.join(distributions)}: "
                f"run `pip uninstall {' '.join(distributions)}`, then install vialtrace again."
                for name, distributions in found.items()
            )
        )
