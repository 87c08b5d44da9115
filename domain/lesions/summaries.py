"""The response of a patient's lesions: the judgements of the whole course, summed up and listed for a period."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from domain.lesions.histories import History, history
from domain.lesions.judgements import Judgement, judgements
from domain.lesions.observations import Lesion, Observation
from domain.lesions.responses import LesionResponse
from domain.lesions.skin import Part
from domain.lesions.targets import are_strict
from domain.lesions.trends import NOTE, Assessment, LesionCourse, LesionTrend, Point

CONFIRMING_DAYS = 28
"""A response is confirmed by a second one at least four weeks later (Eisenhauer 2009, best overall response)."""

BEST_FIRST = (
    LesionResponse.COMPLETE,
    LesionResponse.PARTIAL,
    LesionResponse.STABLE,
    LesionResponse.NON_COMPLETE_NON_PROGRESSION,
    LesionResponse.PROGRESSION,
    LesionResponse.NOT_EVALUABLE,
)
RESPONDED = frozenset({LesionResponse.COMPLETE, LesionResponse.PARTIAL})


def assess(
    lesions: Sequence[Lesion], observations: Sequence[Observation], *, period_from: date, to: date
) -> LesionTrend:
    """How the lesions responded up to a day, computed over the whole history and listed for a period.

    Args:
        lesions: the patient's, with what clinicians say of them now.
        observations: in order of day and time; lengths in tenths of a millimetre. Of several looks at a lesion on one
            day the last counts.
        period_from: first day that is listed; it changes nothing else.
        to: last day that counts.

    Source: Eisenhauer et al., Eur J Cancer 45 (2009) 228-247; EORTC, RECIST 1.1 questions and clarifications.
    """
    return summed_up(history(lesions, observations, to), period_from=period_from)


def summed_up(known: History, *, period_from: date) -> LesionTrend:
    """The same of what is known already.

    Args:
        known: by the last day that counts.
        period_from: first day that is listed; it changes nothing else.
    """
    assessments = judgements(known)
    progression_on = next((one.day for one in assessments if one.response is LesionResponse.PROGRESSION), None)
    latest = assessments[-1] if assessments else None
    sums = [one.known for one in assessments if one.complete and one.known is not None]
    return LesionTrend(
        strict_recist=are_strict(known.targets, known.baseline),
        response=latest.response if latest else None,
        best_response=_best(known, assessments, progression_on),
        progression_on=progression_on,
        confirmed=_is_confirmed(assessments, progression_on),
        unconfirmed_new_lesions=sum(part is Part.UNCONFIRMED for part in known.parts.values()),
        reason=latest.reason if latest else _why_nothing(known),
        note=NOTE,
        baseline_mm=_mm(sum(known.baseline.values())) if known.baseline else None,
        nadir_mm=_mm(min(sums)) if sums else None,
        assessments=_listed(assessments, progression_on, len(known.targets), period_from),
        lesions=_courses(known, period_from),
    )


def _mm(tenths: int) -> float:
    """Millimetres from tenths; the division rounds correctly, so 161 is exactly the float 16.1."""
    return tenths / 10


def _mm_or_none(tenths: int | None) -> float | None:
    return None if tenths is None else _mm(tenths)


def _why_nothing(known: History) -> str:
    return "no lesion has been observed yet" if known.lesions else "no lesion has been registered"


def _best(known: History, assessments: Iterable[Judgement], progression_on: date | None) -> LesionResponse | None:
    if known.targets and known.baseline_on is None:
        return None
    first, last = known.baseline_on or date.min, progression_on or date.max
    responses = {one.response for one in assessments if first <= one.day <= last}
    return next((response for response in BEST_FIRST if response in responses), None)


def _is_confirmed(assessments: Iterable[Judgement], progression_on: date | None) -> bool:
    responded = [
        one.day
        for one in assessments
        if one.response in RESPONDED and (progression_on is None or one.day < progression_on)
    ]
    return bool(responded) and (responded[-1] - responded[0]).days >= CONFIRMING_DAYS


def _listed(
    assessments: Iterable[Judgement], progression_on: date | None, targets: int, period_from: date
) -> tuple[Assessment, ...]:
    return tuple(
        Assessment(
            day=one.day,
            sum_mm=_mm_or_none(one.known),
            response=one.response,
            after_progression=progression_on is not None and one.day > progression_on,
            reason=one.reason,
            measured=one.measured,
            targets=targets,
        )
        for one in assessments
        if one.day >= period_from
    )


def _courses(known: History, period_from: date) -> tuple[LesionCourse, ...]:
    points = _points(known.observations, period_from)
    return tuple(
        LesionCourse(lesion.id, lesion.label, lesion.target, tuple(points.get(lesion.id, ())))
        for lesion in known.lesions.values()
    )


def _points(observations: Iterable[Observation], period_from: date) -> Mapping[UUID, list[Point]]:
    points: defaultdict[UUID, list[Point]] = defaultdict(list)
    for look in observations:
        if look.day >= period_from:
            point = Point(look.day, look.state, _mm_or_none(look.length), _mm_or_none(look.width), look.method)
            points[look.lesion_id].append(point)
    return points
