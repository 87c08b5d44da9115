"""Fakes at the small doors: what a test decides instead of the world."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        """Let time pass."""
        self.time += timedelta(**by)
