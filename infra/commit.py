"""Group commit: what is submitted at the same time is recorded in one transaction (docs/decisions/0017).

A group is whatever queued up while the group before was being committed, so nobody waits for company: a submission
that finds nothing under way is a group of its own at once. Each is answered after the commit that holds it.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from domain.errors import DatabaseUnavailable, DermatrendError, OutOfSpace, Unavailable
from infra import metrics
from infra.db import Database, Session

log = structlog.get_logger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

PAUSE_S = 0.005
"""Before those are tried again who all wait for locks of others."""


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Item, Result]):
    """Something submitted, and where its outcome is awaited."""

    item: Item
    answer: "asyncio.Future[Result | Exception]"
    loop: asyncio.AbstractEventLoop


class GroupCommit(Generic[Item, Result]):
    """Collects what tasks submit and records it group by group, in a thread of its own.

    Args:
        database: where each group is one transaction.
        record: records some items; returns an outcome for each: its result, the error that kept it out, or None if
            it must wait for a lock that another transaction holds.
        most_at_once: size of the largest group.
        most_waiting: how many may wait; more are refused.
        deadline_s: how long one waits for its outcome.
    """

    def __init__(
        self,
        database: Database,
        record: Callable[[Session, Sequence[Item]], Sequence[Result | DermatrendError | None]],
        *,
        most_at_once: int,
        most_waiting: int,
        deadline_s: float,
    ) -> None:
        self._database = database
        self._record = record
        self._most_at_once = most_at_once
        self._most_waiting = most_waiting
        self._deadline_s = deadline_s
        self._queue: deque[_Waiting[Item, Result]] = deque()
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._running = False
        self._writer = ThreadPoolExecutor(1, "group-commit")

    async def submit(self, item: Item) -> Result:
        """Have an item recorded; it is on disk when this returns.

        A task that is cancelled meanwhile takes its item back, unless a group has it already: then it may be recorded.

        Raises:
            DatabaseUnavailable: too many wait, it took too long, or the outcome of the commit is unknown.
            DermatrendError: what kept it out.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting[Item, Result](item, loop.create_future(), loop)
        self._enqueue(waiting)
        try:
            async with asyncio.timeout(self._deadline_s):
                outcome = await waiting.answer
        except TimeoutError:
            raise DatabaseUnavailable from None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def drain(self) -> None:
        """Wait until all that was submitted has its outcome."""
        await asyncio.wrap_future(self._writer.submit(lambda: None))

    def _enqueue(self, waiting: _Waiting[Item, Result]) -> None:
        with self._lock:
            if len(self._queue) >= self._most_waiting:
                raise DatabaseUnavailable
            self._queue.append(waiting)
            if not self._running:
                self._running = True
                self._writer.submit(self._run)
        self._arrived.set()

    def _run(self) -> None:
        while group := self._next_group():
            metrics.TOGETHER.observe(len(group))
            held = self._settle(group)
            if held:
                with self._lock:
                    self._queue.extend(held)
            if len(held) == len(group):
                self._arrived.wait(PAUSE_S)

    def _next_group(self) -> list[_Waiting[Item, Result]]:
        """What is still awaited, in the order of arrival; when it is nothing, the thread is let go."""
        group: list[_Waiting[Item, Result]] = []
        with self._lock:
            self._arrived.clear()
            while self._queue and len(group) < self._most_at_once:
                waiting = self._queue.popleft()
                if not waiting.answer.done():
                    group.append(waiting)
            self._running = bool(group)
        return group

    def _settle(self, group: Sequence[_Waiting[Item, Result]]) -> list[_Waiting[Item, Result]]:
        """Record a group and deliver the outcomes; those who must wait for a lock.

        What passes by itself, and a commit whose outcome is unknown, is the same for all of the group. An unexpected
        error is somebody's in particular: the halves are tried again, down to the one whose it is.
        """
        try:
            outcomes: Sequence[Result | Exception | None] = self._transaction([waiting.item for waiting in group])
        except (Unavailable, OutOfSpace) as error:
            outcomes = [copy(error) for _ in group]
        except Exception as error:  # noqa: BLE001  whatever it is, somebody waits for an answer
            if len(group) > 1:
                log.warning("a group failed and is tried again by halves", size=len(group))
                middle = len(group) // 2
                return self._settle(group[:middle]) + self._settle(group[middle:])
            outcomes = [error]
        _deliver(group, outcomes)
        return [waiting for waiting, outcome in zip(group, outcomes, strict=True) if outcome is None]

    def _transaction(self, items: Sequence[Item]) -> Sequence[Result | DermatrendError | None]:
        with self._database.transaction() as session:
            return self._record(session, items)


def _deliver(
    group: Sequence[_Waiting[Item, Result]],
    outcomes: Sequence[Result | Exception | None],
) -> None:
    """Wake those who wait, with one call for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Result | Exception], Result | Exception]]] = {}
    for waiting, outcome in zip(group, outcomes, strict=True):
        if outcome is not None:
            by_loop.setdefault(waiting.loop, []).append((waiting.answer, outcome))
    for loop, answers in by_loop.items():
        with suppress(RuntimeError):  # that loop has ended, and with it who waited
            loop.call_soon_threadsafe(_wake, answers)


def _wake(answers: "Sequence[tuple[asyncio.Future[Result | Exception], Result | Exception]]") -> None:
    for answer, outcome in answers:
        if not answer.done():
            answer.set_result(outcome)
