"""The lesions of a report: their response over the whole history, and each one's way from baseline to now."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from domain.days import Period
from domain.lesions import Lesion, LesionCourse, LesionTrend, Observation
from domain.lesions.histories import History, history
from domain.lesions.observations import diameter
from domain.lesions.skin import Part
from domain.lesions.summaries import summed_up
from domain.lesions.targets import VALUE_DAYS
from domain.report.contents import LesionLook, LesionPhoto, Report, ReportedLesion, ReportedLesions

Place = tuple[str, str]
"""Site and side."""


def reported_lesions(
    lesions: Sequence[Lesion],
    observations: Sequence[Observation],
    *,
    places: Mapping[UUID, Place],
    photos: Mapping[UUID, tuple[LesionPhoto, ...]],
    period: Period,
) -> ReportedLesions:
    """How the lesions responded up to the end of a period, and the course of each that is known by then.

    Args:
        lesions: the patient's.
        observations: in order of day and time.
        places: of every lesion.
        photos: by lesion; one without is left out.
        period: what is listed.
    """
    known = history(lesions, observations, period.last)
    trend = summed_up(known, period_from=date.min)
    return ReportedLesions(
        strict_recist=trend.strict_recist,
        response=trend.response,
        best_response=trend.best_response,
        progression_on=trend.progression_on,
        confirmed=trend.confirmed,
        unconfirmed_new_lesions=trend.unconfirmed_new_lesions,
        reason=trend.reason,
        note=trend.note,
        baseline_mm=trend.baseline_mm,
        baseline_on=known.baseline_on,
        nadir_mm=trend.nadir_mm,
        nadir_on=_nadir_on(trend),
        assessments=tuple(one for one in trend.assessments if one.day in period),
        history=trend.assessments,
        lesions=_each(known, trend.lesions, places, photos, period),
    )


def illustrated(report: Report, read: Callable[[str], bytes | None]) -> Report:
    """The same report with the thumbnails of its photos.

    Args:
        report: as gathered.
        read: finds a thumbnail by its key; None where it is not at hand.
    """
    lesions = tuple(
        replace(lesion, photos=tuple(replace(photo, thumbnail=read(photo.thumbnail_key)) for photo in lesion.photos))
        for lesion in report.lesions.lesions
    )
    return replace(report, lesions=replace(report.lesions, lesions=lesions))


def _nadir_on(trend: LesionTrend) -> date | None:
    complete = [one for one in trend.assessments if one.targets and one.measured == one.targets]
    return next((one.day for one in complete if one.sum_mm == trend.nadir_mm), None)


def _each(
    known: History,
    courses: Iterable[LesionCourse],
    places: Mapping[UUID, Place],
    photos: Mapping[UUID, tuple[LesionPhoto, ...]],
    period: Period,
) -> tuple[ReportedLesion, ...]:
    looks = _looks(known.observations)
    found = []
    for course in courses:
        lesion = known.lesions[course.lesion_id]
        counted = looks[lesion.id]
        baseline = _baseline(counted, known.baseline_on if lesion.target else None)
        since = [look for look in counted if baseline is not None and look.day >= baseline.day]
        site, side = places[lesion.id]
        found.append(
            ReportedLesion(
                lesion_id=lesion.id,
                label=lesion.label,
                site=site,
                side=side,
                kind=lesion.kind,
                target=lesion.target,
                first_noticed_on=lesion.first_noticed_on,
                confirmed_new=lesion.confirmed_new,
                unconfirmed=known.parts[lesion.id] is Part.UNCONFIRMED,
                progressed_on=lesion.progressed_on,
                points=tuple(point for point in course.points if point.day in period),
                baseline=baseline,
                nadir=min(since, key=lambda look: look.value_mm, default=None),
                latest=counted[-1] if counted else None,
                photos=photos.get(lesion.id, ()),
            )
        )
    return tuple(found)


def _looks(observations: Iterable[Observation]) -> Mapping[UUID, list[LesionLook]]:
    """By lesion and in order of day, those whose diameter counts."""
    looks: defaultdict[UUID, list[LesionLook]] = defaultdict(list)
    for one in observations:
        tenths = diameter(one)
        if tenths is not None:
            looks[one.lesion_id].append(
                LesionLook(one.day, one.state, tenths / 10, _mm(one.length), _mm(one.width), one.method)
            )
    return looks


def _mm(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / 10


def _baseline(looks: Sequence[LesionLook], baseline_on: date | None) -> LesionLook | None:
    """The look that entered the baseline sum; without a baseline, or for no target, the first."""
    if baseline_on is None:
        return looks[0] if looks else None
    first = baseline_on - timedelta(days=VALUE_DAYS - 1)
    return next((look for look in reversed(looks) if first <= look.day <= baseline_on), None)
