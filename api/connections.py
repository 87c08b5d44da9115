"""Connections of clients that are slow: uvicorn itself waits for ever, for headers and for readers.

Bodies have a limit of their own, where the answer can still say so (`api/routing.py`).
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_WITHIN_S = 20.0
READERS_LOOKED_AT_EVERY_S = 30.0
LEAST_BYTES_READ = 64 * 1024
"""What a reader must have taken since the last look, while something waits for it."""


class PunctualProtocol(HttpToolsProtocol):
    """Hangs up on who does not finish the headers of a request, or does not read the answer."""

    _headers_due: asyncio.TimerHandle | None = None
    _reader_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the first headers."""
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        for timer in (self._headers_due, self._reader_due):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Expect the rest of the headers."""
        super().on_message_begin()
        if self._headers_due is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        """Expect no more."""
        if self._headers_due is not None:
            self._headers_due.cancel()
            self._headers_due = None
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Look after a reader for whom much is waiting."""
        super().pause_writing()
        self._look_after_reader()

    def resume_writing(self) -> None:
        """Leave a reader alone who has read."""
        if self._reader_due is not None:
            self._reader_due.cancel()
            self._reader_due = None
        super().resume_writing()

    def _expect_headers(self) -> None:
        self._headers_due = self.loop.call_later(HEADERS_WITHIN_S, self._give_up_on_headers)

    def _give_up_on_headers(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._expect_headers()  # an earlier request on this connection is still being answered
        else:
            self.transport.close()

    def _look_after_reader(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._reader_due = self.loop.call_later(READERS_LOOKED_AT_EVERY_S, self._give_up_on_reader, waiting)

    def _give_up_on_reader(self, waiting: int) -> None:
        if waiting - self.transport.get_write_buffer_size() >= LEAST_BYTES_READ:
            self._look_after_reader()
        else:
            self.transport.abort()
