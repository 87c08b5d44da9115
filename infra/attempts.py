"""Counting failed attempts to sign in, so that passwords cannot be guessed quickly."""

import hashlib

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Attempts:
    """Failed attempts per name in the last minute, in this process."""

    def __init__(self, *, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._counter = MovingWindowRateLimiter(MemoryStorage())

    def exhausted(self, name: str) -> bool:
        """Whether no further attempt is allowed now."""
        return not self._counter.test(self._limit, _key(name))

    def failed(self, name: str) -> None:
        """Count one more."""
        self._counter.hit(self._limit, _key(name))


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
