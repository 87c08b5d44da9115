"""Hashing passwords with argon2id, a few at a time: each takes tens of megabytes."""

from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher


class Passwords:
    """Hashes and verifies; call it from a worker thread, never from the event loop."""

    def __init__(self, *, memory_kib: int, passes: int, at_once: int) -> None:
        self._hash = PasswordHash((Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=1),))
        self._room = BoundedSemaphore(at_once)
        self._nobodys = self._hash.hash("nobody's password")

    def hash(self, password: str) -> str:
        """An argon2id hash in PHC form."""
        with self._room:
            return self._hash.hash(password)

    def verify(self, password: str, known_hash: str | None) -> bool:
        """Whether it is the password; takes as long where there is no account as where there is one."""
        with self._room:
            return self._hash.verify(password, known_hash or self._nobodys) and known_hash is not None
