"""The oracle: what phones sent and what they were told, in a file that is on disk before they go on.

After a fault the server is asked for everything and compared with the ledger: what was acknowledged is there once with
the content that was sent, what was refused is not there, what was never answered is there once or not at all, and there
is nothing else. Then the unanswered is sent again, and must be there once.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Self

from tests.factories import Body, Person, ok
from tests.faults import forms

ENTRIES = "/v1/patients/{me}/entries"


class Told(StrEnum):
    """What a phone knows of something that it sent."""

    UNKNOWN = "unknown"
    ACKED = "acked"
    REJECTED = "rejected"


@dataclass
class Ledger:
    """Everything that the phones of one patient have sent."""

    file: Path
    drafts: dict[str, Body] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    attempts: int = 0
    _writing: Lock = field(default_factory=Lock)

    def send(self, *drafts: Body) -> None:
        """Note what is about to be sent: until an answer comes nobody knows what becomes of it."""
        for draft in drafts:
            self.drafts[draft["id"]] = draft
            self.told.setdefault(draft["id"], Told.UNKNOWN)
        self._write([{"id": draft["id"], "sha256": digest(draft, draft), "told": Told.UNKNOWN} for draft in drafts])

    def hear(self, told: Told, ids: Iterable[str]) -> None:
        """Note an answer; what was acknowledged once stays acknowledged."""
        heard = [one for one in ids if self.told[one] is not Told.ACKED]
        self.told.update(dict.fromkeys(heard, told))
        self._write([{"id": one, "told": told} for one in heard])

    def unknown(self) -> list[Body]:
        """What must be sent again."""
        return [self.drafts[one] for one, told in self.told.items() if told is Told.UNKNOWN]

    def compare(self, stored: list[Body]) -> Self:
        """Find what is stored just as the ledger says; an error names what is not."""
        times = Counter(entry["id"] for entry in stored)
        lost = {one for one, told in self.told.items() if told is Told.ACKED and not times[one]}
        doubled = {one for one, number in times.items() if number > 1}
        strange = times.keys() - self.drafts.keys()
        kept_although_refused = {one for one, told in self.told.items() if told is Told.REJECTED and times[one]}
        changed = {
            entry["id"]
            for entry in stored
            if entry["id"] in self.drafts
            and digest(entry, self.drafts[entry["id"]]) != digest(self.drafts[entry["id"]], self.drafts[entry["id"]])
        }
        forms.count(lost=len(lost), doubled=len(doubled))
        assert not lost, f"lost although acknowledged: {sorted(lost)[:5]} and {len(lost)} in all"
        assert not doubled, f"stored twice: {sorted(doubled)[:5]}"
        assert not strange, f"never sent: {sorted(strange)[:5]}"
        assert not kept_although_refused, f"refused and stored all the same: {sorted(kept_although_refused)[:5]}"
        assert not changed, f"stored with other content: {sorted(changed)[:5]}"
        return self

    def settle(self, send: Callable[[list[Body]], object], stored: Callable[[], list[Body]]) -> None:
        """After a fault: compare, send the unanswered again, and compare once more."""
        self.compare(stored())
        unanswered = self.unknown()
        send(unanswered)
        self.hear(Told.ACKED, [draft["id"] for draft in unanswered])
        self.compare(stored())
        assert not self.unknown()

    def _write(self, lines: list[Body]) -> None:
        with self._writing, self.file.open("a") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())


def digest(entry: Body, draft: Body) -> str:
    """A fingerprint of what was sent, or of the same fields of what is stored."""
    return hashlib.sha256(json.dumps({name: entry[name] for name in draft}, sort_keys=True).encode()).hexdigest()


def stored_entries(person: Person) -> list[Body]:
    """All entries that a patient has."""
    found: list[Body] = []
    cursor = None
    while True:
        page = ok(person.get(ENTRIES, params={"limit": 500} | ({"cursor": cursor} if cursor else {})))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
