"""Writers of SQLite take turns: one connection, handed on in the order in which they came.

A pool's own queue wakes who waits and lets whoever is quicker have the connection: a thread that writes all the time
would take it again and again, and those who wait would starve.
"""

import logging
import threading
from collections import deque

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
