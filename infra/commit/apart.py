"""Group commit in a process of its own: the worker's side of it."""

import asyncio
import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from itertools import count
from pathlib import Path
from typing import Any, Generic

import structlog
from anyio import CancelScope, to_thread

from domain.errors import DatabaseUnavailable
from infra import metrics
from infra.commit.groups import Item, Recorder, Result
from infra.commit.process import Order, Posted, Settled
from infra.commit.wire import PIECE_BYTES, Unpacking, packed

log = structlog.get_logger(__name__)

ROOT = Path(__file__).parents[2]
NOT_FOR_IT = frozenset({"DERMATREND_SECRET_KEY", "PROMETHEUS_MULTIPROC_DIR"})
"""What the process gets not of our environment: it signs nothing, and its numbers are counted here."""
AGAIN_AFTER_S = 1
"""Before a process is started in the place of one that ended."""
ENDS_WITHIN_S = 30


class CommitApart(Generic[Item, Result]):
    """Collects what the tasks of one event loop submit, and has it recorded by a process of its own.

    As long as there is no such process (it starts, or was ended by somebody) it is recorded in this one.

    Args:
        here: how it is recorded in this process.
        module: what the process runs, with the wire as its standard input.
        order: what it is told first.
        most_waiting: how many may wait; more are refused.
        deadline_s: how long one waits for its outcome.
    """

    def __init__(
        self,
        here: Recorder[Item, Result],
        module: str,
        order: Order,
        *,
        most_waiting: int,
        deadline_s: float,
    ) -> None:
        self._here = here
        self._module = module
        self._order = order
        self._most_waiting = most_waiting
        self._deadline_s = deadline_s
        self._line: _Line | None = None

    async def run(self) -> None:
        """Keep a process, until cancelled."""
        while True:
            try:
                async with self._process() as line:
                    if await line.ready():
                        log.info("entries are recorded by a process of their own")
                        self._line = line
                        await line.listen()
            except Exception:
                log.exception("the process that records entries cannot be used")
            else:
                log.warning("the process that records entries ended")
            await asyncio.sleep(AGAIN_AFTER_S)

    async def submit(self, item: Item) -> Result:
        """Have an item recorded, as `Recorder` says."""
        line = self._line
        if line is None:
            return await self._here.submit(item)
        if len(line.waiting) >= self._most_waiting:
            raise DatabaseUnavailable
        answer = line.post(item, give_up_at=time.monotonic() + self._deadline_s)
        try:
            async with asyncio.timeout(self._deadline_s):
                outcome = await answer
        except TimeoutError:
            raise DatabaseUnavailable from None
        if isinstance(outcome, Exception):
            raise outcome
        result: Result = outcome
        return result

    async def drain(self) -> None:
        """Wait until all that was submitted has its outcome."""
        if self._line and self._line.waiting:
            await asyncio.wait(list(self._line.waiting.values()), timeout=self._deadline_s)
        await self._here.drain()

    @asynccontextmanager
    async def _process(self) -> AsyncIterator["_Line"]:
        ours, theirs = socket.socketpair()
        with closing(theirs), ExitStack() as if_it_fails:
            if_it_fails.enter_context(closing(ours))
            process = await to_thread.run_sync(self._start, theirs)
            if_it_fails.pop_all()
        with CancelScope(shield=True):
            line = _Line(*await asyncio.open_connection(sock=ours))
        try:
            line.send(self._order)
            yield line
        finally:
            self._line = None
            line.hang_up()
            with CancelScope(shield=True):
                await to_thread.run_sync(_end, process)

    def _start(self, wire: socket.socket) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_IT}
        command = [sys.executable, "-m", self._module]
        return subprocess.Popen(command, stdin=wire.fileno(), cwd=ROOT, env=environment)  # noqa: S603  ours


class _Line:
    """The wire to one process, and who waits for its answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.waiting: dict[int, asyncio.Future[Any]] = {}
        self._loop = asyncio.get_running_loop()
        self._reader = reader
        self._writer = writer
        self._numbers = count()
        self._unsent: list[Posted] = []
        self._unpacking = Unpacking()

    def post(self, item: object, *, give_up_at: float) -> "asyncio.Future[Any]":
        """Send an item on its way; all that is posted before the loop turns travels together."""
        number = next(self._numbers)
        answer = self.waiting[number] = self._loop.create_future()
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(Posted(number, give_up_at, pickle.dumps(item, pickle.HIGHEST_PROTOCOL)))
        return answer

    async def ready(self) -> bool:
        """Wait for the process to say that it is; False if it ends instead."""
        return bool(await self._messages())

    async def listen(self) -> None:
        """Deliver what the process says, until it ends."""
        while messages := await self._messages():
            for settled in messages:
                self._deliver(settled)

    def hang_up(self) -> None:
        """Whoever still waits cannot know whether it was recorded."""
        self._writer.close()
        for answer in self.waiting.values():
            if not answer.done():
                answer.set_result(DatabaseUnavailable())
        self.waiting.clear()

    def send(self, message: object) -> None:
        """Send a message."""
        self._writer.write(packed(message))

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if not self._writer.is_closing():
            self.send(unsent)

    async def _messages(self) -> list[Any]:
        """The next messages; none once the process has ended."""
        with suppress(OSError):
            while piece := await self._reader.read(PIECE_BYTES):
                if messages := self._unpacking.messages(piece):
                    return messages
        return []

    def _deliver(self, settled: Settled) -> None:
        if settled.together:
            metrics.TOGETHER.observe(settled.together)
        for number, outcome in settled.outcomes:
            answer = self.waiting.pop(number)
            if not answer.done():
                answer.set_result(outcome)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was hung up on; it ends after what it is doing."""
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
