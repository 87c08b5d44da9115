"""Group commit in a process of its own: the worker's side of it."""

import asyncio
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from itertools import count
from pathlib import Path
from typing import Any, Generic

import structlog
from anyio import CancelScope, to_thread

from domain.errors import DatabaseUnavailable
from infra import metrics
from infra.commit.groups import Item, Recorder, Result, awaited
from infra.commit.process import Order, Posted, Settled
from infra.commit.wire import PIECE_BYTES, Unpacking, packed

log = structlog.get_logger(__name__)

ROOT = Path(__file__).parents[2]
NOT_FOR_IT = ("DERMATREND_", "AWS_", "PROMETHEUS_")
"""What the process gets not of our environment, by how it begins: no secret, and its numbers are counted here."""
AGAIN_AFTER_S = 1
"""Before a process is started in the place of one that ended."""
AGAIN_AFTER_AT_MOST_S = 60
"""Each that was never ready doubles the time to the next, up to this."""
HANGS_AFTER_DEADLINES = 3
"""A process that is silent for so long is not waiting for the database, which has deadlines too."""
ENDS_WITHIN_S = 5


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
        pause_s: float = AGAIN_AFTER_S
        while True:
            pause_s = min(2 * pause_s, AGAIN_AFTER_AT_MOST_S)
            try:
                async with self._process() as line:
                    if await line.ready():
                        pause_s = AGAIN_AFTER_S
                        log.info("entries are recorded by a process of their own")
                        self._line = line
                        await line.listen()
            except Exception:
                log.exception("the process that records entries cannot be used")
            else:
                log.warning("the process that records entries ended")
            await asyncio.sleep(pause_s)

    async def submit(self, item: Item) -> Result:
        """Have an item recorded, as `Recorder` says."""
        if self._line and self._line.silent_for() > HANGS_AFTER_DEADLINES * self._deadline_s:
            log.warning("the process that records entries hangs")
            self._line.close()
            self._line = None
        line = self._line
        if line is None:
            return await self._here.submit(item)
        if len(line.waiting) >= self._most_waiting:
            raise DatabaseUnavailable
        answer = line.post(item, give_up_at=time.monotonic() + self._deadline_s)
        return await awaited(answer, within_s=self._deadline_s)

    async def drain(self) -> None:
        """Wait until all that was submitted has its outcome."""
        if self._line and self._line.waiting:
            await asyncio.wait(list(self._line.waiting.values()), timeout=self._deadline_s)
        await self._here.drain()

    @asynccontextmanager
    async def _process(self) -> AsyncIterator["_Line"]:
        ours, theirs = socket.socketpair()
        with closing(ours), closing(theirs):
            process = await to_thread.run_sync(self._start, theirs.fileno())
            theirs.close()
            try:
                line = _Line(*await asyncio.open_connection(sock=ours.dup()))
                with closing(line):
                    line.send(self._order)
                    yield line
            finally:
                self._line = None
                ours.close()
                with CancelScope(shield=True):
                    await to_thread.run_sync(_end, process)

    def _start(self, wire: int) -> subprocess.Popen[bytes]:
        environment = {name: it for name, it in os.environ.items() if not name.upper().startswith(NOT_FOR_IT)}
        command = [sys.executable, "-m", self._module]
        # Whoever ends the server tells the worker, which hangs up once it has answered.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            return subprocess.Popen(command, stdin=wire, cwd=ROOT, env=environment)  # noqa: S603  ours
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
        self._silent_since = 0.0

    def post(self, item: object, *, give_up_at: float) -> "asyncio.Future[Any]":
        """Send an item on its way; all that is posted before the loop turns travels together."""
        number, pickled = next(self._numbers), pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(Posted(number, give_up_at, structlog.contextvars.get_contextvars(), pickled))
        if not self.waiting:
            self._silent_since = time.monotonic()
        answer = self.waiting[number] = self._loop.create_future()
        return answer

    def silent_for(self) -> float:
        """How many seconds nothing was heard while somebody waited."""
        return time.monotonic() - self._silent_since if self.waiting else 0

    async def ready(self) -> bool:
        """Wait for the process to say that it is; False if it ends instead."""
        return bool(await self._messages())

    async def listen(self) -> None:
        """Deliver what the process says, until it ends."""
        while messages := await self._messages():
            for settled in messages:
                self._deliver(settled)

    def close(self) -> None:
        """Hang up. Whoever still waits cannot know whether it was recorded."""
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
        self._silent_since = time.monotonic()
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
