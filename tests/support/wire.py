"""A bad line to a server: it passes bytes on, slowly if told so, and breaks where it is told."""

import random
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Self

from tests.support import free_port

_RESET = struct.pack("ii", 1, 0)
"""Closing sends a reset: nothing more arrives, as when a network is gone."""
_PIECE_BYTES = 16_384
_IDLE_S = 60
"""What says nothing for so long is forgotten, as by routers on the way; else a client without a deadline waits on."""


class Wire:
    """A TCP proxy on 127.0.0.1 while the block lasts.

    Attributes:
        cuts_left: how many more connections are cut, each after `cut_after` bytes from the client, a random number.
        bytes_per_second: how fast bytes go to the server; None for as fast as they come.
        frozen: nothing passes while it is set.
    """

    def __init__(self, target_port: int, *, cuts: int = 0, cut_after: tuple[int, int] = (0, 0), seed: int = 1) -> None:
        self.port = free_port()
        self.cuts_left = cuts
        self.bytes_per_second: float | None = None
        self.frozen = threading.Event()
        self._target_port = target_port
        self._cut_after = cut_after
        self._rng = random.Random(seed)
        self._open: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for one in list(self._open):
            _cut(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                phone, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=[phone], daemon=True).start()

    def _connect(self, phone: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._target_port))
        except OSError:
            _cut(phone)
            return
        pair = {phone, server}
        for one in pair:
            one.settimeout(_IDLE_S)
        self._open |= pair
        back = threading.Thread(target=self._pass, args=[server, phone, None], daemon=True)
        back.start()
        budget = self._rng.randint(*self._cut_after) if self.cuts_left else None
        if self._pass(phone, server, budget):
            self.cuts_left -= 1
            _cut(phone)
            _cut(server)
        back.join()
        for one in pair:
            _cut(one)
        self._open -= pair

    def _pass(self, source: socket.socket, target: socket.socket, budget: int | None) -> bool:
        """Pass bytes on until they end; whether the budget ran out before."""
        passed = 0
        try:
            while piece := source.recv(_PIECE_BYTES):
                while self.frozen.is_set():
                    time.sleep(0.02)
                target.sendall(piece)
                passed += len(piece)
                if budget is not None and passed >= budget:
                    return True
                if self.bytes_per_second is not None:
                    time.sleep(len(piece) / self.bytes_per_second)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        return False


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
