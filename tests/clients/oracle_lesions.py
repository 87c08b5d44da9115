"""How the lesions respond, read rule by rule from `docs/clinical.md`, slowly: each day is judged from the beginning."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from tests.clients.comparison import Words
from tests.clients.posted import Body

NOTE: Final = "patient-measured; skin only; not a clinical RECIST read"
BEST_FIRST: Final = (
    "complete", "partial", "stable", "non_complete_non_progression", "progression", "not_evaluable",
)  # fmt: skip


def lesion_trend(lesions: Sequence[Body], told: pd.DataFrame, first: date, last: date) -> Body:
    """The whole answer about lesions; `told` has a row for each entry, in the order in which they were told."""
    skin = Skin(lesions, told, last)
    judged = list(_without_what_was_made_up(skin, [(day, skin.response(day)) for day in skin.assessed]))
    progression_on = next((day for day, response in judged if response == "progression"), None)
    sums = [skin.sum(day) for day, _ in judged if skin.is_complete(day)]
    return {
        "strict_recist": skin.is_strict(),
        "response": judged[-1][1] if judged else None,
        "best_response": _best(skin, judged, progression_on),
        "progression_on": progression_on and progression_on.isoformat(),
        "confirmed": _is_confirmed(judged, progression_on),
        "unconfirmed_new_lesions": sum(map(skin.is_pending, skin.lesions)),
        "reason": Words(),
        "note": NOTE,
        "baseline_mm": skin.sum(skin.baseline) / 10 if skin.baseline else None,
        "nadir_mm": min(sums) / 10 if sums else None,
        "assessments": [_assessment(skin, *one, progression_on) for one in judged if one[0] >= first],
        "lesions": [
            {
                "lesion_id": lesion["id"],
                "label": lesion["label"],
                "target": bool(lesion.get("target")),
                "points": [_point(day, look) for day, look in skin.looks[lesion["id"]].items() if day >= first],
            }
            for lesion in skin.lesions
        ],
    }


class Skin:
    """All lesions known by a day, and what was seen of them."""

    def __init__(self, lesions: Sequence[Body], told: pd.DataFrame, last: date) -> None:
        self.last = last
        self.looks: dict[str, dict[date, Body]] = {lesion["id"]: {} for lesion in lesions}
        for day, entry in zip(told["day"], told["entry"], strict=True):
            for look in entry.get("lesion_observations") or ():
                if day <= last and look["lesion_id"] in self.looks:
                    self.looks[look["lesion_id"]][day] = look
        self.lesions = [lesion for lesion in lesions if self.known_from(lesion) <= last]
        self.targets = [lesion for lesion in self.lesions if lesion.get("target")]
        looked = sorted({day for looks in self.looks.values() for day in looks})
        self.baseline = next((day for day in looked if self.is_complete(day)), None)
        self.since = self.baseline if self.targets else next(iter(looked), None)
        self.assessed = [day for day in looked if self._is_assessed(day)]

    # What each lesion is.

    def known_from(self, lesion: Body) -> date:
        """Noticed, observed or called progressed, whichever was first."""
        told = [lesion["first_noticed_on"], lesion.get("progressed_on") or lesion["first_noticed_on"]]
        return min([*map(date.fromisoformat, told), *self.looks[lesion["id"]]])

    def called_on(self, lesion: Body) -> date | None:
        """The day on which a clinician called a non-target progressed, if that counts."""
        called = lesion.get("progressed_on") and date.fromisoformat(lesion["progressed_on"])
        if not called or lesion.get("target") or called > self.last:
            return None
        return called if self.baseline is None or called > self.baseline else None

    def is_late(self, lesion: Body) -> bool:
        """First known after the baseline."""
        return not lesion.get("target") and self.since is not None and self.known_from(lesion) > self.since

    def is_new(self, lesion: Body) -> bool:
        """A new lesion that counts."""
        return self.is_late(lesion) and bool(lesion.get("confirmed_new"))

    def is_pending(self, lesion: Body) -> bool:
        """A new lesion that no clinician has judged."""
        return self.is_late(lesion) and not self.is_new(lesion) and self.called_on(lesion) is None

    def is_strict(self) -> bool:
        """Whether RECIST 1.1 admits the targets."""
        values = self.values(self.baseline) if self.baseline else []
        kinds = all(target["kind"] in {"nodule", "plaque"} for target in self.targets)
        return kinds and len(self.targets) <= 2 and all(value >= 100 for value in values)

    # What is known on a day.

    def values(self, day: date) -> list[int]:
        """The values of the targets that have one, in tenths of a millimetre."""
        return [value for target in self.targets if (value := self._value(target, day)) is not None]

    def sum(self, day: date) -> int:
        """The values at hand."""
        return sum(self.values(day))

    def is_complete(self, day: date) -> bool:
        """Whether there are targets and every one has a value."""
        return bool(self.targets) and len(self.values(day)) == len(self.targets)

    def state(self, lesion: Body, day: date) -> str:
        """Unheard of, unseen, there or gone, at the end of a day."""
        if self.known_from(lesion) > day:
            return "unheard of"
        called = self.called_on(lesion)
        state = "there" if self.is_new(lesion) else "unseen"
        for then in sorted({*self.looks[lesion["id"]], called or day}):
            if then <= day:
                state = _seen(self.looks[lesion["id"]].get(then)) or state
                state = "there" if then == called else state
        return state

    def is_called(self, lesion: Body, day: date) -> bool:
        """Whether a clinician's call holds: until the lesion is seen gone on a later day."""
        called = self.called_on(lesion)
        if called is None or called > day:
            return False
        return not any(_seen(look) == "gone" for then, look in self.looks[lesion["id"]].items() if called < then <= day)

    def counted(self, day: date, *states: str) -> list[Body]:
        """The lesions in one of these states, without those that no clinician has judged."""
        return [one for one in self.lesions if not self.is_pending(one) and self.state(one, day) in states]

    def response(self, day: date) -> str:
        """The first rule that holds."""
        if not self.targets:
            return self._response_without_targets(day)
        if self.baseline is None or day < self.baseline:
            return "not_evaluable"
        if day == self.baseline:
            return "baseline"
        total = self.sum(day)
        before = [one for one in self.assessed if self.baseline <= one < day and self.is_complete(one)]
        nadir = min(map(self.sum, before))
        grown = total > 0 and 10 * total >= 12 * nadir and total - nadir >= 50
        returned = self._is_cleared(before[-1]) and bool(self.counted(day, "there"))
        rules = (
            (self._is_progression_without_sums(day) or grown or returned, "progression"),
            (not self.is_complete(day), "not_evaluable"),
            (self._is_cleared(day) and not self._is_pending_there(day), "complete"),
            (total == 0 or 10 * total <= 7 * self.sum(self.baseline), "partial"),
        )
        return next((response for holds, response in rules if holds), "stable")

    def _response_without_targets(self, day: date) -> str:
        if self._is_cleared(day) and not self._is_pending_there(day):
            return "complete"
        return "progression" if self._is_progression_without_sums(day) else "non_complete_non_progression"

    def _is_progression_without_sums(self, day: date) -> bool:
        """A confirmed new lesion is there, or a clinician's call holds."""
        new = any(self.is_new(one) for one in self.counted(day, "there"))
        return new or any(self.is_called(one, day) for one in self.lesions)

    def _is_cleared(self, day: date) -> bool:
        return self.sum(day) == 0 and not self.counted(day, "there", "unseen")

    def _is_pending_there(self, day: date) -> bool:
        return any(self.is_pending(one) and self.state(one, day) in {"there", "unseen"} for one in self.lesions)

    def _is_assessed(self, day: date) -> bool:
        return any(day in self.looks[one["id"]] and not self.is_pending(one) for one in self.lesions)

    def _value(self, target: Body, day: date) -> int | None:
        """The last value in the seven days up to this one."""
        for back in range(7):
            value = _tenths(self.looks[target["id"]].get(day - timedelta(days=back)))
            if value is not None:
                return value
        return None


def _tenths(look: Body | None) -> int | None:
    """What enters a sum; nothing for a length that was estimated."""
    if look is None or (look["state"] == "measured" and look["method"] == "estimate"):
        return None
    if look["state"] == "measured":
        tenths: int = round(10 * look["length_mm"])
        return tenths
    return {"too_small": 50, "gone": 0}.get(look["state"])


def _seen(look: Body | None) -> str | None:
    """There or gone, which an estimate tells as well; None if nobody could see it."""
    if look is None or look["state"] == "unmeasurable":
        return None
    return "gone" if look["state"] == "gone" or look.get("length_mm") == 0 else "there"


def _without_what_was_made_up(skin: Skin, judged: list[tuple[date, str]]) -> Iterator[tuple[date, str]]:
    for day, response in judged:
        week = [later for later, _ in judged if timedelta() < later - day <= timedelta(days=6)]
        if response != "not_evaluable" or not any(map(skin.is_complete, week)):
            yield day, response


def _best(skin: Skin, judged: list[tuple[date, str]], progression_on: date | None) -> str | None:
    if skin.targets and skin.baseline is None:
        return None
    first, last = skin.baseline or date.min, progression_on or date.max
    given = {response for day, response in judged if first <= day <= last}
    return next((response for response in BEST_FIRST if response in given), None)


def _is_confirmed(judged: list[tuple[date, str]], progression_on: date | None) -> bool:
    responded = [day for day, response in judged if response in {"complete", "partial"}]
    before = [day for day in responded if progression_on is None or day < progression_on]
    return bool(before) and before[-1] - before[0] >= timedelta(days=28)


def _assessment(skin: Skin, day: date, response: str, progression_on: date | None) -> Body:
    values = skin.values(day)
    return {
        "day": day.isoformat(),
        "sum_mm": sum(values) / 10 if values else None,
        "response": response,
        "after_progression": progression_on is not None and day > progression_on,
        "reason": Words(),
        "measured": len(values),
        "targets": len(skin.targets),
    }


def _point(day: date, look: Body) -> dict[str, Any]:
    return {"day": day.isoformat(), **{name: look.get(name) for name in ("state", "length_mm", "width_mm", "method")}}
