"""The process that records single entries for a worker of the server, over a pair of sockets on its standard input."""

import os
import socket
import sys
from contextlib import suppress

from infra import garbage, logs
from infra.commit import Order, serve
from infra.commit.wire import HungUp, Wire
from infra.db import Database
from services.diary.recording import record_free


def main() -> None:
    """Record until the worker hangs up."""
    wire = Wire(socket.socket(fileno=sys.stdin.fileno()))
    with suppress(HungUp):
        order: Order
        (order,) = wire.arrived(None)
        os.chdir(order.directory)
        logs.configure(level=order.log_level, as_json=order.log_as_json)
        database = Database(order.database_url, connections=1, timeout_s=order.timeout_s, patient=False)
        garbage.seldom()
        wire.send("ready")
        serve(wire, database, record_free, most_at_once=order.most_at_once)


if __name__ == "__main__":
    main()
