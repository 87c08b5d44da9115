"""The real parts that tests run: a PostgreSQL server, the program itself, and nothing of either left behind."""

import itertools
import secrets
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Below the ports that systems give to outgoing connections: while a server is down, a client that dials its port
# would otherwise now and then be given that same port and connect to itself. Every process walks on from its own
# random start, so that two of them hardly ever hold the same free port in hand.
PORTS = range(10_000, 32_000)
_walk = itertools.islice(itertools.cycle(PORTS), secrets.randbelow(len(PORTS)), None)


def free_port() -> int:
    """A loopback TCP port that nobody listens on and that this process has not been given before."""
    for port in itertools.islice(_walk, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    message = "no free TCP port on 127.0.0.1"
    raise OSError(message)


@contextmanager
def keeper(last_wish: str, *arguments: str) -> Iterator[Callable[[str], None]]:
    """Run the shell script `last_wish` when the block is left, or when this process dies in whatever way.

    A finalizer does not run after SIGKILL; a process that waits at the other end of a pipe always hears of the end.
    The script finds `arguments` in `$1`..., and in `$said` the last thing told to the yielded function.
    """
    script = (
        "trap '' HUP INT TERM\n"
        'while read -r line && [ "$line" != leave ]; do said=$line; done\n'  # "leave": a fork may hold the pipe open
        f"{last_wish}"
    )
    with subprocess.Popen(
        ["/bin/sh", "-c", script, "keeper", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
    ) as process:
        ear = process.stdin
        assert ear is not None

        def tell(what: str) -> None:
            ear.write(f"{what}\n".encode())

        try:
            yield tell
        finally:
            tell("leave")


def tail(text: str, lines: int = 40) -> str:
    """The end of a log, for a message to somebody who wonders why."""
    return "\n".join(text.splitlines()[-lines:]) or "(its log is empty)"
