"""What needs attention: a few rules over the numbers of a report, each with its reason (docs/decisions/0024)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from domain.lesions import LesionResponse
from domain.report.bands import SEVERE_FROM
from domain.report.contents import Attention, AttentionRule, ReportedLesions
from domain.trends import ChangeClass, SymptomTrend

SILENT_DAYS: Final = 7
"""Expected days without a rating up to the end (ours): a diary kept on half of its days is silent so long by chance
less than once in a hundred weeks."""


def silent_days(*, enrolled_on: date, last_rated_on: date | None, last_day: date, today: date) -> int:
    """Expected days since the last rating, up to the end of a period; today is not over and does not count.

    Args:
        enrolled_on: the first day that was expected.
        last_rated_on: the last day with a rating up to `last_day`; None if there never was one.
        last_day: last day of the period.
        today: the day on which the question is asked.
    """
    end = min(last_day, today - timedelta(days=1))
    start = enrolled_on if last_rated_on is None else max(enrolled_on, last_rated_on + timedelta(days=1))
    return max(0, (end - start).days + 1)


def attention(
    symptoms: Sequence[SymptomTrend],
    lesions: ReportedLesions,
    *,
    silent: int,
    last_rated_on: date | None,
) -> tuple[Attention, ...]:
    """All that needs attention, in the order of the rules.

    Args:
        symptoms: their trends in the period.
        lesions: how they responded.
        silent: answer of `silent_days`.
        last_rated_on: the last day with a rating; None if there never was one.
    """
    found = [*_progression(lesions), *_worse(symptoms), *_severe(symptoms)]
    found += [
        Attention(
            AttentionRule.UNCONFIRMED_NEW_LESION, lesion_id=one.lesion_id, label=one.label, day=one.first_noticed_on
        )
        for one in lesions.lesions
        if one.unconfirmed
    ]
    if silent >= SILENT_DAYS:
        found.append(Attention(AttentionRule.SILENCE, days=silent, day=last_rated_on))
    return tuple(found)


def _progression(lesions: ReportedLesions) -> Iterator[Attention]:
    """The latest progression of the period; also an older one that nothing has followed."""
    listed = lesions.assessments or lesions.history[-1:]
    progressed = [one for one in listed if one.response is LesionResponse.PROGRESSION]
    if progressed:
        latest = progressed[-1]
        sums = [
            one.sum_mm
            for one in lesions.history
            if one.day < latest.day and one.sum_mm is not None and one.measured == one.targets
        ]
        from_baseline = sums and lesions.baseline_on is not None
        yield Attention(
            AttentionRule.PROGRESSION,
            day=latest.day,
            reason=latest.reason,
            sum_mm=latest.sum_mm,
            nadir_mm=min(sums) if from_baseline else None,
        )


def _worse(symptoms: Sequence[SymptomTrend]) -> Iterator[Attention]:
    """Symptoms that are worse, the largest change first."""
    worse = [one for one in symptoms if one.change_class is ChangeClass.WORSE]
    for one in sorted(worse, key=lambda one: -(one.change or 0)):
        if one.baseline is not None and one.current is not None:
            yield Attention(
                AttentionRule.WORSE,
                symptom=one.symptom,
                baseline=one.baseline.value,
                current=one.current.value,
                change=one.change,
                threshold=one.threshold,
            )


def _severe(symptoms: Sequence[SymptomTrend]) -> Iterator[Attention]:
    """Symptoms with a severe day, the most often severe first."""
    for one in sorted((one for one in symptoms if one.severe_days), key=lambda one: -one.severe_days / one.n):
        yield Attention(
            AttentionRule.SEVERE,
            symptom=one.symptom,
            days=one.severe_days,
            of_days=one.n,
            value=one.worst.value,
            day=one.worst.day,
            last_day=max(point.day for point in one.points if point.value >= SEVERE_FROM),
        )
