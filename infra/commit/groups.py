"""One group, one transaction; wherever that is done."""

import asyncio
from collections.abc import Callable, Sequence
from copy import copy
from typing import Protocol, TypeVar

import structlog

from domain.errors import DatabaseUnavailable, DermatrendError, OutOfSpace, Unavailable
from infra.db import Database, Session

log = structlog.get_logger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")
Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

Record = Callable[[Session, Sequence[Item]], Sequence[Result | DermatrendError | None]]
"""Records some items; returns an outcome for each: its result, the error that kept it out, or None if it must wait for
a lock that another transaction holds."""

PAUSE_S = 0.005
"""Before those are tried again who all wait for locks of others."""


class Recorder(Protocol[Item_contra, Result_co]):
    """Where single items are submitted."""

    async def submit(self, item: Item_contra) -> Result_co:
        """Have an item recorded; it is on disk when this returns.

        The item of a task that is cancelled meanwhile may be recorded all the same.

        Raises:
            DatabaseUnavailable: too many wait, it took too long, or the outcome of the commit is unknown.
            DermatrendError: what kept it out.
        """

    async def drain(self) -> None:
        """Wait until all that was submitted has its outcome."""


async def awaited(answer: "asyncio.Future[Result | Exception]", *, within_s: float) -> Result:
    """What becomes of an item, as `Recorder.submit` says."""
    # Not asyncio.timeout, which interrupts whatever a task does, and costs five times as much.
    deadline = asyncio.get_running_loop().call_later(within_s, _give_up, answer)
    try:
        found = await answer
    finally:
        deadline.cancel()
    if isinstance(found, Exception):
        raise found
    return found


def _give_up(answer: "asyncio.Future[Result | Exception]") -> None:
    if not answer.done():
        answer.set_result(DatabaseUnavailable())


def settle(
    database: Database, record: Record[Item, Result], items: Sequence[Item]
) -> Sequence[Result | Exception | None]:
    """Record a group, and say for each what became of it; None for who must wait for a lock.

    What passes by itself, and a commit whose outcome is unknown, is the same for all of the group. An unexpected
    error is somebody's in particular: the halves are tried again, down to the one whose it is.
    """
    try:
        with database.transaction() as session:
            return record(session, items)
    except (Unavailable, OutOfSpace) as error:
        return [copy(error) for _ in items]
    except Exception as error:  # noqa: BLE001  whatever it is, somebody waits for an answer
        if len(items) == 1:
            return [error]
        log.warning("a group failed and is tried again by halves", size=len(items))
        middle = len(items) // 2
        return [*settle(database, record, items[:middle]), *settle(database, record, items[middle:])]
