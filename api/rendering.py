"""Where reports are made: off the event loop, few at a time, and within a deadline.

That is work for a processor, and is done in processes of its own, so that nobody's diary waits for a report
(docs/decisions/0022). With no such process it is done in a thread. Whoever waits for a turn holds no connection.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import Annotated, Concatenate, ParamSpec, TypeVar

import structlog
from anyio import BrokenWorkerProcess, CapacityLimiter, move_on_after, sleep, to_process, to_thread
from fastapi import Depends, Request

from domain.errors import DermatrendError, ReportNotMade, ReportsBusy
from infra import garbage
from infra.db import Database
from infra.settings import Settings
from infra.storage import open_storage
from reports.documents import Options
from services.report_making import Desk, NotWritten, rehearse

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Desk, P], T]
NICENESS = 10
"""How far a process that makes reports stands back behind those that take entries."""
WARM_UP_AFTER_S = 1

log = structlog.get_logger(__name__)


class Press:
    """Makes reports, a few at a time."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings.model_copy(update={"secret_key": None})
        self._desk = desk_of(settings, database)
        self._turns = CapacityLimiter(max(settings.report_processes, 1))

    async def warm_up(self) -> None:
        """Start a process and rehearse in it before anybody waits, but not while the server itself still starts."""
        if self._settings.report_processes:
            await sleep(WARM_UP_AFTER_S)
            with suppress(DermatrendError, OSError):
                await self.make(rehearse)

    async def make(self, work: Work[P, T], *what: P.args, **more: P.kwargs) -> T:
        """Do some work on a report, in a turn of its own.

        Args:
            work: a function of a module; it, what it gets and what it gives are sent from process to process.
            what: what it gets beside the desk.
            more: the same by name.

        Raises:
            ReportsBusy: it was not ready in time.
            ReportNotMade: a format cannot be written.
        """
        try:
            with move_on_after(self._settings.report_seconds):
                if self._settings.report_processes:
                    apart = partial(_apart, self._settings, partial(_at_desk, work, what, more))
                    return await to_process.run_sync(apart, cancellable=True, limiter=self._turns)
                here = partial(work, self._desk, *what, **more)
                return await to_thread.run_sync(here, abandon_on_cancel=True, limiter=self._turns)
        except BrokenWorkerProcess:
            log.warning("a process that makes reports ended")
        except NotWritten as failed:
            log.error("report not written", error=str(failed))  # noqa: TRY400
            raise ReportNotMade from failed
        raise ReportsBusy


def desk_of(settings: Settings, database: Database) -> Desk:
    """What reports are made with, as set."""
    options = Options(snomed_codes=settings.snomed_codes, public_url=settings.public_url, font_dir=settings.font_dir)
    return Desk(look=database.look, storage=open_storage(settings), options=options)


def _at_desk(work: Callable[..., T], what: tuple[object, ...], more: dict[str, object], desk: Desk) -> T:
    return work(desk, *what, **more)


def _apart(settings: Settings, work: Callable[[Desk], T]) -> T:
    return work(_own_desk(settings))


@cache
def _own_desk(settings: Settings) -> Desk:
    """The desk of a process that makes nothing but reports; it lives as long as the process."""
    _stand_back()
    garbage.seldom()
    return desk_of(
        settings,
        Database(settings.database(), connections=1, timeout_s=settings.database_timeout_seconds, patient=False),
    )


def _stand_back() -> None:
    """Let those who take entries go first, and leave them a core.

    Niceness alone does not do it: a thread of the server that wakes up where a report is made may wait some
    milliseconds for its core. All processes leave the same one.
    """
    os.nice(NICENESS)
    if hasattr(os, "sched_setaffinity"):  # Linux
        cores = os.sched_getaffinity(0)
        with suppress(OSError):  # where it may not be chosen
            os.sched_setaffinity(0, cores - {min(cores)} or cores)


def press(request: Request) -> Press:
    """Where this application makes its reports."""
    found: Press = request.app.state.press
    return found


Printing = Annotated[Press, Depends(press)]
