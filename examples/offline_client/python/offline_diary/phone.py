"""The phone: everything is written down here first, and sent when there is a network."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from .server import Refused, Server
from .store import Body, Change, Known, Store

FIELDS = {
    "lesion": ("site", "side", "kind", "label", "first_noticed_on"),
    "medication": (
        *("name", "dose", "times", "every_days", "cycle_on_days", "cycle_off_days"),
        *("as_needed", "starts_on", "ends_on"),
    ),
    "entry": ("recorded_at", "time_zone", "day", "ratings", "lesion_observations", "intakes", "lifestyle", "note"),
}
"""What a patient writes, by kind: what entries refer to comes first. Other kinds are only read."""
NOUNS = {"lesion": "lesions", "medication": "medications", "entry": "entries"}
SENT = (*FIELDS, "photo")
"""The kinds of which changes are sent. Photos have an upload of their own: only their deletion is a change."""

AT_ONCE = 100
"""Changes in one push; the server takes up to 500."""
KEPT_S = 30 * 24 * 3600
"""How long acknowledged entries stay, so that a server that went back to a backup can get them again."""
MOST_ROUNDS = 20
LOST = {"/problems/not-found", "/problems/unknown-reference"}
"""What a server says about changes to something that it lost; after starting over they are sent again."""


class Phone:
    """A diary that works without a network.

    `create`, `change` and `delete` write to the store and return; `sync` does the rest, as often as it is called.
    """

    def __init__(self, store: Store, server: Server, *, now: Callable[[], float] = time.time) -> None:
        self.store = store
        self.server = server
        self._now = now

    # What the app shows and what its user does

    def shown(self, kind: str) -> dict[str, Body]:
        """All objects of a kind by id: as the user last wrote them, else as the server has them."""
        found = {one.id: one.object for one in self.store.all_known() if one.kind == kind}
        found |= {change.id: change.content for change in self.store.waiting() if change.kind == kind}
        return {object_id: body for object_id, body in found.items() if body is not None}

    def create(self, kind: str, content: Body) -> str:
        """Write something new; its id."""
        object_id = str(content.get("id") or uuid4())
        self._write(kind, object_id, "upsert", content, None)
        return object_id

    def change(self, kind: str, object_id: str, content: Body) -> None:
        """Replace the content of something."""
        self._write(kind, object_id, "upsert", content, self._newest_version(kind, object_id))

    def delete(self, kind: str, object_id: str) -> None:
        """Delete something."""
        self._write(kind, object_id, "delete", None, self._newest_version(kind, object_id))

    def waiting(self) -> list[Change]:
        """What the server has not acknowledged yet."""
        return self.store.waiting()

    def aside(self) -> list[Change]:
        """What was refused, or is another text than the one that counts now: show it and let the user decide."""
        return self.store.aside()

    def _write(self, kind: str, object_id: str, op: str, content: Body | None, base: int | None) -> None:
        if content is not None:
            content = {name: content[name] for name in FIELDS[kind] if name in content}
        with self.store.saving():
            self.store.queue(Change(self.store.next_number(), kind, object_id, op, base, content))

    def _newest_version(self, kind: str, object_id: str) -> int | None:
        for change in reversed(self.store.waiting()):
            if (change.kind, change.id) == (kind, object_id):
                return change.makes_version
        known = self.store.known(kind, object_id)
        return known.version if known else None

    # Synchronising

    def sync(self) -> None:
        """Get what is new, send what waits, get what came of it; interrupted anywhere, just call it again.

        Raises:
            Unreachable: no network, or the server cannot answer now.
            Refused: the whole call was refused (consent is missing, signed out); the queue stays.
        """
        for _ in range(MOST_ROUNDS):
            self.pull()
            if not self.push():
                break
        with self.store.saving():
            self.store.forget_known("entry", until=self._now() - KEPT_S)

    def pull(self) -> None:
        """Get what changed since the last time."""
        try:
            self._pull(self.store.note("cursor"))
        except Refused as refusal:
            if refusal.type != "/problems/cursor-gone":
                raise
            self._start_over()

    def push(self) -> bool:
        """Send one lot of what waits; False if there was nothing to send."""
        lot = self.store.waiting()[:AT_ONCE]
        if not lot:
            return False
        answer = self.server.call("POST", self._path(), {"changes": [_sent(change) for change in lot]})
        results = list(zip(lot, answer["results"], strict=True))
        brought_back = {change.number for change, result in results if self._is_brought_back(change, result["current"])}
        with self.store.saving():
            for change, result in results:
                self._settle(change, result, is_brought_back=change.number in brought_back)
        return True

    def _pull(self, cursor: str | None) -> None:
        more = True
        while more:
            page = self._page(cursor)
            cursor, more = page["next_cursor"], page["has_more"]
            with self.store.saving():
                self._take(page["changes"])
                self.store.keep_note("cursor", str(cursor))

    def _page(self, cursor: str | None) -> Any:  # noqa: ANN401
        query = {"limit": 500, **({"cursor": cursor} if cursor else {})}
        return self.server.call("GET", self._path(), query=query)

    def _path(self, rest: str = "changes") -> str:
        return f"/v1/patients/{self.server.patient_id}/{rest}"

    def _take(self, told: Iterable[Body]) -> None:
        for one in told:
            self.store.know(one["kind"], one["id"], one["version"], one.get(one["kind"]), self._now())

    def _settle(self, change: Change, result: Body, *, is_brought_back: bool) -> None:
        current = result["current"]
        if current is not None:
            self._take([current])
        if result["result"] in {"applied", "replayed"}:
            self.store.drop(change)
        elif result["result"] == "rejected":
            self._refuse(change, result["problem"])
        elif change.restores is None:
            self._lose(change)
        elif _is_older(current, change) and not is_brought_back:
            self.store.rebase(change, current["version"])  # another phone was quicker, with something older
        else:
            self.store.drop(change)  # the server keeps the text among the versions

    def _refuse(self, change: Change, problem: Body) -> None:
        if problem["type"] == "/problems/id-reused" and (change.restores or 0) > 1:
            self.store.rebase(change, 1)  # another phone was quicker
        else:
            self.store.put_aside(change, problem)

    def _lose(self, change: Change) -> None:
        """Another text counts; the server has kept this one, and will keep what was built on it."""
        self.store.put_aside(change, {"type": "conflict"})
        for later in self.store.waiting():
            if (later.kind, later.id) == (change.kind, change.id) and later.base_version is not None:
                self.store.rebase(later, change.base_version or later.base_version)

    # After the server went back to a backup

    def _start_over(self) -> None:
        """Get all from the beginning, and queue again what the server has lost."""
        cursor, more = None, True
        told: list[Body] = []
        while more:
            page = self._page(cursor)
            cursor, more = page["next_cursor"], page["has_more"]
            told += page["changes"]
        there = {(one["kind"], one["id"]): one for one in told}
        lost = [
            change
            for known in self.store.all_known()
            if (change := _lost(known, _known(there.get((known.kind, known.id)))))
        ]
        stands_at = {
            (change.kind, change.id): version
            for change in lost
            if change.op == "upsert" and _is_older(there.get((change.kind, change.id)), change)
            if (version := self._version_with(change))
        }
        with self.store.saving():
            for change in self.store.aside():
                if change.problem and change.problem["type"] in LOST:
                    self.store.send_again(change)
            self._queue_again(lost, stands_at)
            self.store.forget_all_known()
            self._take(told)
            self.store.keep_note("cursor", str(cursor))

    def _queue_again(self, lost: Iterable[Change], stands_at: Mapping[tuple[str, str], int]) -> None:
        """Queue what the server lost before all that waits, which builds on it; what it has again is built on there."""
        lost = sorted(lost, key=lambda change: SENT.index(change.kind))
        first = self.store.first_number() - len(lost)
        for place, change in enumerate(lost):
            version = stands_at.get((change.kind, change.id))
            moved = (version or change.makes_version) - (change.restores or 0)
            for later in self.store.waiting():
                if (later.kind, later.id) == (change.kind, change.id) and later.base_version is not None:
                    self.store.rebase(later, later.base_version + moved)
            if version is None:
                self.store.queue(replace(change, number=first + place))

    def _is_brought_back(self, change: Change, current: Body | None) -> bool:
        """Whether another phone was quicker with this text, and may have gone on from there."""
        return _is_older(current, change) and self._version_with(change) is not None

    def _version_with(self, change: Change) -> int | None:
        """The version in which the server has had this text since it went back; None if it has not."""
        cursor, more = None, True
        while more:
            query = {"limit": 500, **({"cursor": cursor} if cursor else {})}
            page = self.server.call("GET", self._path(f"{NOUNS[change.kind]}/{change.id}/versions"), query=query)
            for one in page["items"]:
                if one["applied"] and _written(change.kind, one) == change.content:
                    return int(one["version"])
            cursor = page["next_cursor"]
            more = cursor is not None
        return None


def _is_older(current: Body | None, change: Change) -> bool:
    """Whether what a server has counts fewer versions than it once acknowledged: what was done in between is gone."""
    return bool(current and current["op"] == "upsert" and change.restores and current["version"] < change.restores)


def _known(told: Body | None) -> Known | None:
    return None if told is None else Known(told["kind"], told["id"], told["version"], told[told["kind"]])


def _sent(change: Change) -> Body:
    content = {} if change.content is None else {change.kind: change.content}
    return {"kind": change.kind, "id": change.id, "op": change.op, "base_version": change.base_version, **content}


def _written(kind: str, told: Body) -> Body:
    """What a patient may write of an object."""
    return {name: told[name] for name in FIELDS[kind]}


def _lost(here: Known, there: Known | None) -> Change | None:
    """The change that gives a server back what it once acknowledged; None if it has that."""
    if here.kind not in SENT or (there and there.object is None):
        return None
    again = Change(0, here.kind, here.id, "upsert", None, None, restores=here.version)
    if here.object is None:
        return replace(again, op="delete") if there else None
    if here.kind not in FIELDS:
        return None
    again = replace(again, content=_written(here.kind, here.object))
    if there is None:
        return again
    if here.version > there.version:
        return replace(again, base_version=there.version)
    # It went another way since: what differs becomes a version beside the one that counts.
    differs = here.version > 1 and _written(here.kind, there.object or {}) != again.content
    return replace(again, base_version=here.version - 1) if differs else None
