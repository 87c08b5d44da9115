"""Where reports are made: off the event loop, few at a time, and within a deadline.

The database is asked in few threads, and only for as long as that takes: whoever waits here holds no connection.
Writing is work for a processor alone and is done in processes of its own, so that nobody's diary waits for a report
(docs/decisions/0061). With no such process it is done in a thread.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

import structlog
from anyio import BrokenWorkerProcess, CapacityLimiter, move_on_after, to_process, to_thread
from fastapi import Depends, Request

from domain.errors import ReportNotMade, ReportsBusy
from domain.report import Report
from infra.db import Session
from infra.storage import Storage
from reports import formats
from reports.documents import Options
from reports.formats import FORMATS, Format
from services import report_photos

T = TypeVar("T")
GATHERED_AT_ONCE = 2

log = structlog.get_logger(__name__)


class Press:
    """Makes reports, a few at a time."""

    def __init__(self, options: Options, storage: Storage, *, processes: int, seconds: int) -> None:
        self.options = options
        self._storage = storage
        self._apart = processes > 0
        self._seconds = seconds
        self._gathering = CapacityLimiter(GATHERED_AT_ONCE)
        self._writing = CapacityLimiter(max(processes, 1))

    async def gather(self, session: Session, work: Callable[[], T]) -> T:
        """Ask the database, in a turn of one's own, and let go of it.

        Raises:
            ReportsBusy: the turn did not come in time.
        """

        def ask() -> T:
            found = work()
            session.close()
            return found

        # Once begun it is not given up: the session would be closed while it is in use.
        return await self._in_turn(ask)

    async def write(self, report: Report, form: Format) -> bytes:
        """Write a report in one format; a photo that cannot be had now stays away.

        Raises:
            ReportsBusy: it was not ready in time.
            ReportNotMade: it cannot be written in this format.
        """
        if FORMATS[form].pictures:
            report = await self._in_turn(partial(report_photos.illustrate, report, self._storage, whole=False))
        return await self._run(partial(formats.write, report, form, self.options))

    async def write_all(self, report: Report) -> tuple[str, dict[str, bytes]]:
        """Write a report in every format; its digest, and the formats by name.

        Raises:
            ReportsBusy: they were not ready in time.
            ReportNotMade: it cannot be written in one of them.
            StorageUnavailable: its photos cannot be had now.
        """
        report = await self._in_turn(partial(report_photos.illustrate, report, self._storage, whole=True))
        return await self._run(partial(formats.write_all, report, self.options))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        with move_on_after(self._seconds):
            return await to_thread.run_sync(work, limiter=self._gathering)
        raise ReportsBusy

    async def _run(self, write: Callable[[], T]) -> T:
        try:
            with move_on_after(self._seconds):
                if self._apart:
                    return await to_process.run_sync(write, cancellable=True, limiter=self._writing)
                return await to_thread.run_sync(write, abandon_on_cancel=True, limiter=self._writing)
        except BrokenWorkerProcess:
            log.warning("a process that writes reports ended")
        except Exception as error:
            # What a renderer says may quote a note: only its kind is logged.
            log.error("report not written", error=type(error).__name__)  # noqa: TRY400
            raise ReportNotMade from error
        raise ReportsBusy


def press(request: Request) -> Press:
    """Where this application makes its reports."""
    found: Press = request.app.state.press
    return found


Printing = Annotated[Press, Depends(press)]
