"""Hashing passwords with argon2id, a few at a time: each takes tens of megabytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from domain.errors import SignInBusy

MOST_WAITING = 12
"""How many may wait for their turn: each holds a thread that others need."""


class Passwords:
    """Hashes and verifies; call it from a worker thread, never from the event loop."""

    def __init__(self, *, memory_kib: int, passes: int, at_once: int) -> None:
        self._hash = PasswordHash((Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=1),))
        self._room = BoundedSemaphore(at_once)
        self._queue = BoundedSemaphore(at_once + MOST_WAITING)
        self._nobodys = self._hash.hash("nobody's password")

    def hash(self, password: str) -> str:
        """An argon2id hash in PHC form.

        Raises:
            SignInBusy: too many are waiting already.
        """
        with self._turn():
            return self._hash.hash(password)

    def verify(self, password: str, known_hash: str | None) -> bool:
        """Whether it is the password; takes as long where there is no account as where there is one.

        Raises:
            SignInBusy: too many are waiting already.
        """
        with self._turn():
            return self._hash.verify(password, known_hash or self._nobodys) and known_hash is not None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._queue.acquire(blocking=False):
            raise SignInBusy
        try:
            with self._room:
                yield
        finally:
            self._queue.release()
