"""Work on a large table that goes on after its request was answered, so that its page can say how far it is.

One thread for each table, in the process that serves. What it writes is a unit like any other, whole or not at
all: where the process ends before it, nothing was written, and the page offers the table again.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from inventory.errors import Refusal
from inventory.importing.errors import ImportStopped

_EXTENSION = "vialtrace-background"
_KEPT = 100
_log = logging.getLogger(__name__)


@dataclass
class Progress:
    """How far it is. `refusal`: why it ended without what was asked for, of this version of the table."""

    doing: str
    total: int
    version: int
    done: int = 0
    is_over: bool = False
    refusal: Refusal | None = None

    def reach(self, done: int) -> None:
        self.done = done


class Background:
    """What goes on, and what ended last, table by table."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._progress: dict[int, Progress] = {}

    def find(self, key: int) -> Progress | None:
        return self._progress.get(key)

    def start(self, key: int, progress: Progress, work: Callable[[Progress], object]) -> bool:
        """Whether it was begun: not while something else goes on with the same table."""
        with self._turn:
            known = self._progress.pop(key, None)
            if known is not None and not known.is_over:
                self._progress[key] = known
                return False
            over = [each for each, of in self._progress.items() if of.is_over]
            for each in over[: len(self._progress) - _KEPT]:
                del self._progress[each]
            self._progress[key] = progress
        threading.Thread(target=_done, args=(progress, work), daemon=True).start()
        return True


def _done(progress: Progress, work: Callable[[Progress], object]) -> None:
    try:
        work(progress)
    except Refusal as refusal:
        progress.refusal = refusal
    except Exception:  # noqa: BLE001  # the page says that it stopped, whatever it was
        _log.exception("work on a table ended with an error")
        progress.refusal = ImportStopped()
    finally:
        progress.is_over = True


def background() -> Background:
    found: Background = current_app.extensions.setdefault(_EXTENSION, Background())
    return found
