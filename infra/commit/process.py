"""Group commit in a process of its own: what that process does."""

import pickle
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple

import structlog

from domain.errors import DatabaseUnavailable, DermatrendError, InternalError
from infra.commit.groups import PAUSE_S, Item, Record, Result, settle
from infra.commit.wire import Wire
from infra.db import Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What the process is told first."""

    directory: str
    """The worker's: paths in settings may begin there."""
    database_url: str
    timeout_s: int
    most_at_once: int
    log_level: str
    log_as_json: bool


class Posted(NamedTuple):
    """An item on its way to the process."""

    number: int
    give_up_at: float
    """On the monotonic clock, which processes share."""
    context: Mapping[str, object]
    """What the log says of it."""
    pickled: bytes
    """By itself, so that one that cannot be read spoils no other."""


class Settled(NamedTuple):
    """Outcomes on their way back, by the numbers of their items."""

    outcomes: Sequence[tuple[int, object]]
    together: int
    """How many shared a transaction."""


class _Group(Generic[Item]):
    """What is tried at once, and what is known of some before."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.posted: list[Posted] = []
        self.outcomes: list[tuple[int, object]] = []

    def add(self, posted: Posted) -> None:
        if posted.give_up_at < time.monotonic():
            self.outcomes.append((posted.number, DatabaseUnavailable()))
            return
        try:
            self.items.append(pickle.loads(posted.pickled))  # noqa: S301  ours, see wire.py
        except Exception as error:  # noqa: BLE001  somebody waits for an answer
            self.outcomes.append((posted.number, _tellable(posted, error)))
        else:
            self.posted.append(posted)


def serve(wire: Wire, database: Database, record: Record[Item, Result], *, most_at_once: int) -> None:
    """Record what comes, group by group, as long as somebody is there to be told.

    Raises:
        HungUp: nobody is. What waits is dropped: nobody was told that it is stored.
    """
    waiting: deque[Posted] = deque()
    wait_s: float | None = None
    while True:
        for message in wire.arrived(wait_s):
            waiting += message
        group = _Group[Item]()
        while waiting and len(group.items) < most_at_once:
            group.add(waiting.popleft())
        held = _settled(wire, database, record, group)
        nothing_else = not waiting or len(held) == len(group.items) > 0
        waiting += held
        wait_s = (PAUSE_S if nothing_else else 0) if waiting else None


def _settled(wire: Wire, database: Database, record: Record[Item, Result], group: _Group[Item]) -> Sequence[Posted]:
    """Record a group and tell what became of it; those who must wait for a lock."""
    found = settle(database, record, group.items) if group.items else ()
    pairs = list(zip(group.posted, found, strict=True))
    told = [(posted.number, _tellable(posted, outcome)) for posted, outcome in pairs if outcome is not None]
    if told or group.outcomes:
        wire.send(Settled([*group.outcomes, *told], together=len(group.items)))
    return [posted for posted, outcome in pairs if outcome is None]


def _tellable(posted: Posted, outcome: object) -> object:
    """An outcome that travels; what nobody foresaw is logged here, where its places are known, and told as such."""
    if isinstance(outcome, Exception) and (
        isinstance(outcome, InternalError) or not isinstance(outcome, DermatrendError)
    ):
        log.error("unforeseen error", **posted.context, exc_info=outcome)
        return InternalError()
    return outcome
