"""Messages between a worker and the process that commits for it: each a length and a pickle, over a pair of sockets.

Both ends are ours: a pickle that comes from here is no more to be feared than our own memory.
"""

import pickle
import select
import socket
from typing import Any

_LENGTH_BYTES = 4
PIECE_BYTES = 256 * 1024


class HungUp(Exception):
    """The other end is gone."""


def packed(message: object) -> bytes:
    """A message as it travels."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(content).to_bytes(_LENGTH_BYTES) + content


class Unpacking:
    """Takes bytes as they come, and gives the messages that are whole."""

    def __init__(self) -> None:
        self._came = bytearray()

    def messages(self, piece: bytes) -> list[Any]:
        """The messages that are whole with this piece."""
        self._came += piece
        whole = []
        begin = 0
        while (content := begin + _LENGTH_BYTES) <= len(self._came):
            end = content + int.from_bytes(self._came[begin:content])
            if end > len(self._came):
                break
            whole.append(pickle.loads(self._came[content:end]))  # noqa: S301
            begin = end
        del self._came[:begin]
        return whole


class Wire:
    """The end of the process that commits: it does one thing at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._unpacking = Unpacking()

    def send(self, message: object) -> None:
        """Send a message.

        Raises:
            HungUp: nobody is there any more.
        """
        try:
            self._connection.sendall(packed(message))
        except OSError as error:
            raise HungUp from error

    def arrived(self, wait_s: float | None) -> list[Any]:
        """The messages that are here, after waiting for the first so long, or until there is one.

        Raises:
            HungUp: nobody is there any more.
        """
        messages: list[Any] = []
        while not messages:
            if not select.select([self._connection], [], [], wait_s)[0]:
                return messages
            try:
                piece = self._connection.recv(PIECE_BYTES)
            except OSError as error:
                raise HungUp from error
            if not piece:
                raise HungUp
            messages = self._unpacking.messages(piece)
        return messages
