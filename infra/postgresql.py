"""Connections to PostgreSQL that notice what happens to them.

A server that ended its connections is seen when one is taken from the pool, by a look at its socket that asks the
server nothing. One that is frozen is given up after a while. And a pooler in between that hands each transaction to
another connection (PgBouncer) is recognised, and then nothing is left behind in a session (docs/decisions/0016).
"""

import select
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

_POOLED = "pooled"
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3}
"""Seconds and probes after which a machine that is gone is noticed."""
_MARGIN_S = 1
"""How much longer than the server's own limit is waited for its answer."""


class _Connection(psycopg.Connection[Any]):
    """A connection that does not wait for ever."""

    patience_s: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401
        """Wait for the server, as long as patience lasts."""
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # an answer that comes now would be taken for that to the next question
            raise

    @property
    def read_only(self) -> bool | None:
        """Whether transactions write nothing; None leaves it to the database."""
        return super().read_only

    @read_only.setter
    def read_only(self, value: bool | None) -> None:
        # The pool says False when it takes a reader back; that would overrule a database that is set to read-only.
        self.wait(self._set_read_only_gen(value or None))


def engine(url: str, *, connections: int, timeout_s: int, patient: bool) -> Engine:
    """An engine whose statements end in time.

    Args:
        url: where the database is.
        connections: how many at most.
        timeout_s: how long a connection, a statement, and thrice a lock may take.
        patient: waits for the server however long it takes, once connected: for an operator's work.
    """
    limits = {"statement_timeout": timeout_s * 1000, "lock_timeout": timeout_s * 1000 // 3}
    made = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        pool_timeout=timeout_s,
        connect_args={"connect_timeout": timeout_s, "tcp_user_timeout": timeout_s * 1000, **_KEEPALIVE},
    )

    @event.listens_for(made, "do_connect")
    def _connect(_dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]) -> _Connection:
        return _Connection.connect(*arguments, **named)

    @event.listens_for(made, "connect")
    def _prepare(connection: _Connection, record: Any) -> None:  # noqa: ANN401
        if not patient:
            connection.patience_s = timeout_s + _MARGIN_S
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        record.info[_POOLED] = not row or row[0] != connection.info.backend_pid
        connection.execute("SET TIME ZONE 'UTC'")  # a pooler keeps this one for us
        if record.info[_POOLED]:
            connection.prepare_threshold = None
        else:
            _limit(connection.execute, "SET", limits)
        connection.commit()

    @event.listens_for(made, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401
        if connection.info.get(_POOLED):
            _limit(connection.exec_driver_sql, "SET LOCAL", limits)

    @event.listens_for(made, "checkout")
    def _look(connection: _Connection, _record: object, _proxy: object) -> None:
        # Nobody is asking, so whatever there is to read is a farewell.
        looking = select.poll()
        looking.register(connection.pgconn.socket, select.POLLIN)
        if looking.poll(0):
            raise DisconnectionError

    return made


def _limit(execute: Any, how: str, limits: dict[str, int]) -> None:  # noqa: ANN401
    execute("; ".join(f"{how} {name} = {milliseconds}" for name, milliseconds in limits.items()))
