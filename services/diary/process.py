"""The process that records single entries for a worker of the server, over a pair of sockets on its standard input."""

import gc
import signal
import socket
import sys
from contextlib import suppress

from infra import logs
from infra.commit import Order, serve
from infra.commit.wire import HungUp, Wire
from infra.db import Database
from services.diary.recording import record_free

OBJECTS_BETWEEN_COLLECTIONS = 20_000


def main() -> None:
    """Record until the worker hangs up."""
    # Whoever ends the server tells the worker, which hangs up once it has answered.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    wire = Wire(socket.socket(fileno=sys.stdin.fileno()))
    with suppress(HungUp):
        order: Order
        (order,) = wire.arrived(None)
        logs.configure(level=order.log_level, as_json=order.log_as_json)
        database = Database(order.database_url, connections=1, timeout_s=order.timeout_s, patient=False)
        gc.collect()
        gc.freeze()
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 10, 10)
        wire.send("ready")
        serve(wire, database, record_free, most_at_once=order.most_at_once)


if __name__ == "__main__":
    main()
