"""The installation's clock: the only place that asks the machine for the time.

`elapsed` runs on while the machine sleeps, so that waking up after a week-end is not taken for a leap.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, in UTC."""

    def elapsed(self) -> float:
        """Seconds on a scale that setting the wall clock does not move."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed(self) -> float:
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()


@dataclass
class MovedClock:
    """A clock that stands until it is moved: for the demo's history and for tests."""

    at: datetime
    ticks: timedelta = timedelta(0)
    _elapsed: float = field(default=0.0, init=False)

    def now(self) -> datetime:
        """Each question moves the clock on by `ticks`, so that what follows is later."""
        self.pass_time(self.ticks)
        return self.at

    def elapsed(self) -> float:
        return self._elapsed

    def pass_time(self, span: timedelta) -> None:
        """Time really passes: both scales move."""
        self.at += span
        self._elapsed += span.total_seconds()

    def set_wall(self, at: datetime) -> None:
        """Someone sets the wall clock: only one scale moves."""
        self.at = at
