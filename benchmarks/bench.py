"""What the benchmarks share: both databases, a server on each, and the numbers that describe a sample."""

import argparse
import io
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # a script sees its own directory only

from tests.faults.installations import CHEAP, Installation, installed, is_whole  # noqa: E402
from tests.support import postgres  # noqa: E402
from tests.support.server import Server  # noqa: E402

KINDS = ("SQLite", "PostgreSQL")


def ask_for_databases(parser: argparse.ArgumentParser) -> None:
    """Let the user choose which of `databases` are measured."""
    parser.add_argument("--databases", choices=KINDS, nargs="+", default=KINDS, help="by default both")


@contextmanager
def databases() -> Iterator[list[tuple[str, str]]]:
    """Name and URL of an empty database of each kind, both with every commit on disk."""
    with ExitStack() as leaving:
        directory = leaving.enter_context(tempfile.TemporaryDirectory())
        server = os.environ.get("TEST_DATABASE_URL") or leaving.enter_context(postgres.private_server()).url
        urls = f"sqlite:///{directory}/dermatrend.sqlite3", leaving.enter_context(postgres.fresh_database(server))
        yield list(zip(KINDS, urls, strict=True))


@contextmanager
def compiled() -> Iterator[dict[str, str]]:
    """Settings of a server whose modules are compiled, as in the image; the first start compiles them."""
    with tempfile.TemporaryDirectory() as directory:
        yield {
            **CHEAP,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": directory,
            "DERMATREND_LOG_LEVEL": "WARNING",
        }


@contextmanager
def service(database_url: str, environment: Mapping[str, str], *extra: str) -> Iterator[Installation]:
    """An installation that keeps its last words to itself."""
    with ExitStack() as leaving:
        installation = leaving.enter_context(installed(database_url, environment, *extra))
        yield installation
        with quiet():
            leaving.close()


@contextmanager
def quiet() -> Iterator[None]:
    """What ends here keeps its last words to itself."""
    with redirect_stdout(io.StringIO()):
        yield


class Connection:
    """One connection to a server, with nothing in between that would cost time."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, request: bytes) -> bytes:
        """The answer to a request, as it came over the wire."""
        self._socket.sendall(request)
        received = bytearray()
        while not is_whole(bytes(received)):
            more = self._socket.recv(262_144)
            if not more:
                message = f"the server hung up after {len(received)} bytes"
                raise ConnectionError(message)
            received += more
        return bytes(received)


def status(received: bytes) -> int:
    """The status of an answer."""
    return int(received[9:12])


def timed(work: Callable[[], object]) -> float:
    """How many milliseconds it took."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def processor_seconds(server: Server) -> float:
    """Processor time that a server's process has used so far (Linux)."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(sample: Sequence[float], share: int) -> float:
    """The value that `share` percent of the sample do not exceed."""
    return statistics.quantiles(sample, n=100, method="inclusive")[share - 1]


def table(title: str, columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    """Print a table in Markdown."""
    width = max(map(len, [title, *rows]))
    print(f"\n| {title:<{width}} | {' | '.join(columns)} |")
    print(f"|{'-' * (width + 2)}|{'|'.join('-' * (len(column) + 1) + ':' for column in columns)}|")
    for name, values in rows.items():
        cells = (f"{value:>{len(column)}}" for value, column in zip(values, columns, strict=True))
        print(f"| {name:<{width}} | {' | '.join(cells)} |", flush=True)


def machine() -> str:
    """What it ran on."""
    return f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
