"""Finds other distributions that put a package under one of our top-level names.

An application may own plain names like `labels`, but pip says nothing when a second distribution
installs the same name: the later one wins or overwrites files. This module imports nothing of ours, so
that the tests can run it by its path before the first such import.
"""

from importlib.metadata import packages_distributions

DISTRIBUTION = "vialtrace"
OUR_NAMES = ("blueprints", "config", "inventory", "labels", "migrations", "models", "static", "templates")


def foreign_packages() -> dict[str, list[str]]:
    """Those of our names that other distributions claim too, each with the distributions."""
    claims = packages_distributions()
    others = {name: sorted(set(claims.get(name, ())) - {DISTRIBUTION}) for name in OUR_NAMES}
    return {name: distributions for name, distributions in others.items() if distributions}


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
