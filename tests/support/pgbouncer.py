"""A PgBouncer in transaction mode in front of a PostgreSQL of the tests."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy

from tests.support import free_port, keeper, tail
from tests.support.postgres import NOBODY, ROLE, not_as_root

_READY_WITHIN_S = 20


class PgBouncerMissing(Exception):
    """There is no PgBouncer to test with; the message says why."""


@contextmanager
def pgbouncer(database_url: str, *, connections: int = 5) -> Iterator[str]:
    """URL of a database through a pooler that has few connections to it.

    Raises:
        PgBouncerMissing: it is not installed, or does not run here.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        message = "pgbouncer is not installed"
        raise PgBouncerMissing(message)
    url, port = sqlalchemy.make_url(database_url), free_port()
    with tempfile.TemporaryDirectory(prefix="dermatrend_test_") as name:
        place = Path(name)
        (place / "users").write_text(f'"{ROLE}" ""\n')
        (place / "ini").write_text(
            f"[databases]\n* = host={url.host} port={url.port}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {place / 'users'}\n"
            f"pool_mode = transaction\ndefault_pool_size = {connections}\nmax_client_conn = 200\n"
        )
        if "setpriv" in not_as_root():
            for path in (place, place / "users", place / "ini"):
                shutil.chown(path, NOBODY, NOBODY)
        with (
            (place / "log").open("wb") as log,
            keeper('[ -z "$said" ] || kill -s KILL "$said"') as tell,
            subprocess.Popen(
                [*not_as_root(), program, str(place / "ini")], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            ) as process,
        ):
            tell(str(process.pid))
            try:
                _wait(process, port, place / "log")
                yield url.set(port=port).render_as_string(hide_password=False)
            finally:
                process.terminate()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"pgbouncer did not start:\n{tail(log.read_text(errors='replace'))}"
                raise PgBouncerMissing(message) from None
            time.sleep(0.05)
        else:
            return
