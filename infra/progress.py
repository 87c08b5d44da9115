"""How far long work has come, for the person who started it, on standard error."""

import sys
import time
from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how much of it is done, and how much there is in all, if that is known."""

_EVERY_S = 1.0


def silent(_what: str, _done: int, _total: int | None) -> None:
    """Say nothing."""


def on_standard_error() -> Progress:
    """Say it once a second at most and at the end of each kind of work; on a terminal all on one line."""
    said_at, last = 0.0, ""
    ends = "\r" if sys.stderr.isatty() else "\n"

    def say(what: str, done: int, total: int | None) -> None:
        nonlocal said_at, last
        if done != total and what == last and time.monotonic() - said_at < _EVERY_S:
            return
        of = "" if total is None else f" of {total:,}"
        end = "\n" if done == total else ends
        print(f"{what}: {done:,}{of}", end=end, file=sys.stderr, flush=True)  # noqa: T201  a command line prints
        said_at, last = time.monotonic(), what

    return say
