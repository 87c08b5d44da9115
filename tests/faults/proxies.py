"""A network that misbehaves: a TCP proxy which delays, cuts in the middle, or swallows what the server answered."""

import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

_PIECE = 65536


@dataclass(frozen=True)
class Trouble:
    """What happens to one connection."""

    name: str
    delay_s: float = 0.0
    """Before an answer is passed on."""
    request_bytes: int | None = None
    """After so many bytes from the phone the connection is cut."""
    answer_bytes: int | None = None
    """After so many bytes of the answer the connection is cut; 0 swallows it, when the server has done its work."""


FINE = Trouble("fine")


def any_trouble(chance: random.Random) -> Trouble:
    """What may happen to a connection in a train."""
    return chance.choice(
        [
            FINE,
            Trouble("delayed", delay_s=chance.uniform(0.05, 0.5)),
            Trouble("request cut", request_bytes=chance.randint(1, 900)),
            Trouble("answer cut", answer_bytes=chance.randint(1, 600)),
            Trouble("answer swallowed", answer_bytes=0),
        ]
    )


@dataclass
class Proxy:
    """Passes connections on to a port of this machine, each with a trouble of its own."""

    target: int
    choose: Callable[[], Trouble]
    port: int = 0
    met: Counter[str] = field(default_factory=Counter)
    """How many connections met which trouble."""

    @property
    def url(self) -> str:
        """Where phones think that the server is."""
        return f"http://127.0.0.1:{self.port}"

    def take(self, door: socket.socket) -> None:
        """Take connections until the door is closed."""
        with suppress(OSError):
            while True:
                phone, _ = door.accept()
                Thread(target=self._serve, args=(phone, self.choose()), daemon=True).start()

    def _serve(self, phone: socket.socket, trouble: Trouble) -> None:
        with suppress(OSError), phone, socket.create_connection(("127.0.0.1", self.target)) as server:
            asking = Thread(target=self._pass_on, args=(phone, server, trouble, trouble.request_bytes), daemon=True)
            asking.start()
            self._pass_on(server, phone, trouble, trouble.answer_bytes, delay_s=trouble.delay_s)
            asking.join(1)

    def _pass_on(
        self, source: socket.socket, target: socket.socket, trouble: Trouble, most: int | None, delay_s: float = 0.0
    ) -> None:
        passed = 0
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                time.sleep(delay_s)
                if delay_s and not passed:
                    self.met[trouble.name] += 1
                if most is not None and passed + len(piece) >= most:
                    target.sendall(piece[: most - passed])
                    self.met[trouble.name] += 1
                    break
                target.sendall(piece)
                passed += len(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(target: int, choose: Callable[[], Trouble]) -> Iterator[Proxy]:
    """A proxy to a port, while the block lasts."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as door:
        made = Proxy(target, choose, door.getsockname()[1])
        taking = Thread(target=made.take, args=(door,), daemon=True)
        taking.start()
        try:
            yield made
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            taking.join(5)
