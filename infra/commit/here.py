"""Group commit in a thread of this process."""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic

from domain.errors import DatabaseUnavailable
from infra import metrics
from infra.commit.groups import PAUSE_S, Item, Record, Result, awaited, settle
from infra.db import Database


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
        record: records some items.
        most_at_once: size of the largest group.
        most_waiting: how many may wait; more are refused.
        deadline_s: how long one waits for its outcome.
    """

    def __init__(
        self,
        database: Database,
        record: Record[Item, Result],
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
        """Have an item recorded, as `Recorder` says."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting[Item, Result](item, loop.create_future(), loop)
        self._enqueue(waiting)
        return await awaited(waiting.answer, within_s=self._deadline_s)

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
            outcomes = settle(self._database, self._record, [waiting.item for waiting in group])
            _deliver(group, outcomes)
            held = [waiting for waiting, outcome in zip(group, outcomes, strict=True) if outcome is None]
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
