"""Writers of SQLite take turns, in the order in which they came: one connection, and one process after the other.

A pool's own queue wakes who waits and lets whoever is quicker have the connection: a thread that writes all the time
would take it again and again, and those who wait would starve. So would a process: SQLite looks whether its lock is
free now and then, and who has just let go of it is there first.
"""

import fcntl
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from weakref import finalize

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

# A pool tells the logger of its class's module when it is emptied, which nobody wants to know.
logging.getLogger(__name__).setLevel(logging.WARNING)


class Turns:
    """A lock that goes to who has waited longest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def take(self, timeout_s: float) -> bool:
        """Wait for one's turn; False if it did not come in time."""
        mine = threading.Event()
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            self._waiting.append(mine)
        if mine.wait(timeout_s):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
        return False

    def pass_on(self) -> None:
        """Let the next have it."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class FairPool(QueuePool):
    """A pool of one connection, for one thread after the other."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self._turns = Turns()

    def _do_get(self) -> ConnectionPoolEntry:
        if not self._turns.take(self.timeout()):
            message = "The turn of this writer did not come in time."
            raise PoolTimeout(message)
        try:
            return super()._do_get()
        except BaseException:
            self._turns.pass_on()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            super()._do_return_conn(record)
        finally:
            self._turns.pass_on()


class Turnstile:
    """Held by the process that waits for SQLite's lock: who has just written must wait behind it."""

    LOOK_EVERY_S = 0.001

    def __init__(self, file: Path, *, timeout_s: float) -> None:
        self._file = file
        self._timeout_s = timeout_s
        self._descriptor: int | None = None

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Be the next; one thread at a time. On a disk that takes no lock everybody is: SQLite will say what is wrong.

        Raises:
            PoolTimeout: another process was the next for too long.
        """
        with ExitStack() as held:
            with suppress(OSError):
                descriptor = self._opened()
                self._wait(descriptor)
                held.callback(fcntl.flock, descriptor, fcntl.LOCK_UN)
            yield

    def _opened(self) -> int:
        if self._descriptor is None:
            # Not to write: what is open for writing keeps a disk from being made read-only.
            self._descriptor = os.open(self._file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            finalize(self, os.close, self._descriptor)
        return self._descriptor

    def _wait(self, descriptor: int) -> None:
        give_up = time.monotonic() + self._timeout_s
        while not _locked(descriptor):
            if time.monotonic() > give_up:
                message = "The turn of this process did not come in time."
                raise PoolTimeout(message)
            time.sleep(self.LOOK_EVERY_S)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
