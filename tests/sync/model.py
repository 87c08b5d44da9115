"""What the server must make of every push, written a second time, from the contract and in a dictionary."""

from dataclasses import dataclass, field
from typing import Any

from tests.factories import Body

TEXT = {"entry": "note", "lesion": "label", "medication": "name"}
"""The field of each kind that tells two contents apart here."""
Outcome = tuple[str, int | None, str | None]
"""Result, version, and the name of the problem."""


@dataclass
class Thing:
    """One object: the texts of its versions, and those that came too late."""

    texts: list[str]
    late: list[str] = field(default_factory=list)
    is_deleted: bool = False

    @property
    def version(self) -> int:
        """Its current version; a deletion is one too."""
        return len(self.texts) + self.is_deleted


@dataclass
class Model:
    """All objects of one patient, by kind and id."""

    things: dict[tuple[str, str], Thing] = field(default_factory=dict)

    def push(self, changes: list[Body]) -> list[Outcome]:
        """What becomes of some changes."""
        lost: dict[tuple[str, str], int] = {}
        return [self._apply(change, lost) for change in changes]

    def live(self, kind: str) -> dict[str, str]:
        """The current texts of a kind, by id."""
        return {
            object_id: thing.texts[-1]
            for (of, object_id), thing in self.things.items()
            if of == kind and not thing.is_deleted
        }

    def _apply(self, change: Body, lost: dict[tuple[str, str], int]) -> Outcome:
        key = change["kind"], change["id"]
        base, thing = change["base_version"], self.things.get(key)
        if change["op"] == "delete":
            return self._delete(thing, base, built_on_lost=key in lost and (base or 0) > lost[key])
        content = change[change["kind"]]
        text = content[TEXT[change["kind"]]]
        if thing is None:
            return self._create(key, content) if base is None else ("rejected", None, "not-found")
        if thing.is_deleted:
            return "rejected", None, "deleted"
        if base is None:
            same = thing.texts[0] == text
            return ("replayed", thing.version, None) if same else ("rejected", None, "id-reused")
        builds_on_lost = base > lost.get(key, base)
        was_made_before = text in thing.texts[base : base + 1]
        if builds_on_lost or not (was_made_before or base == thing.version):
            lost.setdefault(key, base)
            return self._conflict(thing, text)
        return self._change(thing, base, text)

    @staticmethod
    def _change(thing: Thing, base: int, text: str) -> Outcome:
        if base < thing.version:
            return "replayed", thing.version, None
        thing.texts.append(text)
        return "applied", thing.version, None

    def _create(self, key: tuple[str, str], content: Body) -> Outcome:
        if any(("lesion", seen["lesion_id"]) not in self.things for seen in content.get("lesion_observations", ())):
            return "rejected", None, "unknown-reference"
        self.things[key] = Thing([content[TEXT[key[0]]]])
        return "applied", 1, None

    @staticmethod
    def _delete(thing: Thing | None, base: int | None, *, built_on_lost: bool) -> Outcome:
        if thing is None:
            return "replayed", None, None
        if thing.is_deleted:
            return "replayed", thing.version, None
        if built_on_lost or base not in {None, thing.version}:
            return "conflict", thing.version, None
        thing.is_deleted = True
        return "applied", thing.version, None

    @staticmethod
    def _conflict(thing: Thing, text: str) -> Outcome:
        if text not in thing.late:
            thing.late.append(text)
        return "conflict", thing.version, None


def outcome(result: Any) -> Outcome:
    """A result of the server, to compare."""
    problem = result["problem"]
    return result["result"], result["version"], problem and problem["type"].removeprefix("/problems/")
