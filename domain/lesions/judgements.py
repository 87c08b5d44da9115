"""The assessments of a course, one after the other, each judged afresh."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.lesions.histories import History, Told
from domain.lesions.reasons import mm, unmeasured
from domain.lesions.responses import Findings, LesionResponse, judge
from domain.lesions.skin import Part, Skin
from domain.lesions.targets import Targets

MAKE_UP_DAYS = 6
"""An assessment that is not evaluable is dropped if a complete one follows within so many days (ours)."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The response on a day on which a target, a non-target or a confirmed new lesion was observed.

    Attributes:
        known: sum of the target values at hand in tenths of a millimetre; None if none is at hand.
        measured: how many targets have a value.
        complete: whether all have.
    """

    day: date
    known: int | None
    measured: int
    complete: bool
    response: LesionResponse
    reason: str


def judgements(history: History) -> list[Judgement]:
    """Every assessment of a course but those that a complete one made up for within six days, in order of day."""
    return _made_up_for(list(_Course(history).assessments()))


def _made_up_for(assessments: Sequence[Judgement]) -> list[Judgement]:
    kept: list[Judgement] = []
    complete_on: date | None = None
    for assessment in reversed(assessments):
        if assessment.complete:
            complete_on = assessment.day
        made_up = complete_on is not None and (complete_on - assessment.day).days <= MAKE_UP_DAYS
        if assessment.response is not LesionResponse.NOT_EVALUABLE or not made_up:
            kept.append(assessment)
    return kept[::-1]


class _Course:
    """One pass over a history, day after day."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._skin = Skin(history.lesions, history.parts)
        self._targets = Targets(history.targets)
        self._baseline = sum(history.baseline.values())
        self._nadir = self._baseline
        self._cleared_on: date | None = None

    def assessments(self) -> Iterator[Judgement]:
        for day, told in self._history.days:
            self._tell(told)
            if any(self._history.parts[look.lesion_id] is not Part.UNCONFIRMED for look in told.looks):
                yield self._assess(day)

    def _tell(self, told: Told) -> None:
        for lesion in told.notices:
            self._skin.notice(lesion)
        for look in told.looks:
            self._skin.look(look)
            self._targets.tell(look)
        for lesion in told.calls:
            self._skin.call(lesion)

    def _assess(self, day: date) -> Judgement:
        values = self._targets.values(day)
        missing = tuple(target for target in self._history.targets if target.id not in values)
        known = sum(values.values())
        found = Findings(
            skin=self._skin,
            known=known,
            missing=missing,
            targets=len(self._history.targets),
            baseline=self._baseline,
            nadir=self._nadir,
            cleared_on=self._cleared_on,
        )
        response, reason = self._from_the_baseline(day, found)
        if found.targets and not missing and response is not LesionResponse.BASELINE:
            self._nadir = min(self._nadir, known)
            self._cleared_on = None if known or self._skin.remaining else day
        return Judgement(day, known if values else None, len(values), not missing, response, reason)

    def _from_the_baseline(self, day: date, found: Findings) -> tuple[LesionResponse, str]:
        baseline_on = self._history.baseline_on
        if not found.targets or (baseline_on is not None and day > baseline_on):
            return judge(found)
        if day == baseline_on:
            return LesionResponse.BASELINE, f"baseline, sum {mm(found.known)}"
        return LesionResponse.NOT_EVALUABLE, f"no baseline yet; {unmeasured(found.missing)}"
