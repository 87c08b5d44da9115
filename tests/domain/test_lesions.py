"""How lesions respond: the worked examples, the edges, and a naive second opinion on random courses."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from fractions import Fraction
from time import perf_counter
from uuid import UUID

import pytest

from domain.lesions import (
    NOTE,
    Assessment,
    Lesion,
    LesionCourse,
    LesionResponse,
    LesionState,
    LesionTrend,
    MeasurementMethod,
    Observation,
    Point,
    TargetProblem,
    assess,
    target_problem,
)

START = date(2026, 1, 5)
LONG_AGO = date(2025, 12, 1)
END = date(2026, 12, 31)

MISSING = None
GONE = LesionState.GONE
TOO_SMALL = LesionState.TOO_SMALL
UNMEASURABLE = LesionState.UNMEASURABLE
Seen = float | LesionState


def lesion(
    label: str,
    *,
    target: bool = False,
    kind: str = "nodule",
    confirmed_new: bool = False,
    progressed_on: date | None = None,
    first_noticed_on: date = LONG_AGO,
) -> Lesion:
    return Lesion(
        id=UUID(int=int.from_bytes(label.encode())),
        label=label,
        kind=kind,
        target=target,
        confirmed_new=confirmed_new,
        progressed_on=progressed_on,
        first_noticed_on=first_noticed_on,
    )


def look(
    of: Lesion,
    day: date,
    seen: Seen,
    *,
    method: MeasurementMethod = MeasurementMethod.RULER,
    width: float | None = None,
) -> Observation:
    """One look at a lesion: what was seen is a diameter in mm or a state."""
    if isinstance(seen, LesionState):
        return Observation(of.id, day, seen, None, None, None)
    tenths = None if width is None else round(10 * width)
    return Observation(of.id, day, LesionState.MEASURED, round(10 * seen), tenths, method)


def day_of(text: str) -> date:
    """A day of 2026 from month and day."""
    return date.fromisoformat(f"2026-{text}")


def in_days(days: int) -> date:
    """The day so many days after the first one."""
    return START + timedelta(days=days)


def trend_of(
    lesions: Sequence[Lesion], observations: Sequence[Observation], *, period_from: date = date.min, to: date = END
) -> LesionTrend:
    return assess(lesions, observations, period_from=period_from, to=to)


def responses(trend: LesionTrend) -> list[str]:
    return [one.response.value for one in trend.assessments]


def one_target(*diameters: float) -> tuple[list[Lesion], list[Observation]]:
    """A single target measured every four weeks."""
    nodule = lesion("A", target=True)
    return [nodule], [look(nodule, in_days(28 * visit), mm) for visit, mm in enumerate(diameters)]


A = lesion("A", target=True)
B = lesion("B", target=True)
C = lesion("C", kind="red_patch")
D = lesion("D", confirmed_new=True, first_noticed_on=day_of("10-01"))


# --- The worked examples of the design -------------------------------------------------------------------------------


def the_long_course() -> list[Observation]:
    seen: list[tuple[str, list[tuple[Lesion, Seen]]]] = [
        ("01-05", [(A, 22), (B, 18), (C, 12)]),
        ("02-02", [(A, 16.1), (B, 12)]),
        ("03-02", [(A, 16), (B, 12)]),
        ("03-30", [(A, 14), (B, UNMEASURABLE)]),
        ("04-25", [(B, 11)]),
        ("04-27", [(A, TOO_SMALL)]),
        ("05-25", [(A, 9), (B, 11)]),
        ("06-22", [(A, GONE), (B, GONE)]),
        ("07-20", [(A, 3), (B, GONE)]),
        ("08-17", [(A, GONE), (B, GONE), (C, GONE)]),
        ("09-14", [(A, 3), (B, GONE)]),
        ("10-12", [(A, 2), (B, GONE), (D, 6)]),
    ]
    return [look(of, day_of(day), what) for day, looks in seen for of, what in looks]


THE_LONG_COURSE = [
    ("01-05", 40.0, "baseline", False, 2),
    ("02-02", 28.1, "stable", False, 2),
    ("03-02", 28.0, "partial", False, 2),
    ("03-30", 14.0, "not_evaluable", False, 1),
    ("04-27", 16.0, "partial", False, 2),
    ("05-25", 20.0, "partial", False, 2),
    ("06-22", 0.0, "partial", False, 2),
    ("07-20", 3.0, "partial", False, 2),
    ("08-17", 0.0, "complete", False, 2),
    ("09-14", 3.0, "progression", False, 2),
    ("10-12", 2.0, "progression", True, 2),
]


def test_the_worked_course_of_four_lesions_is_judged_as_the_design_says() -> None:
    trend = trend_of([A, B, C, D], the_long_course())

    listed = [
        (f"{one.day:%m-%d}", one.sum_mm, one.response.value, one.after_progression, one.measured)
        for one in trend.assessments
    ]
    assert listed == THE_LONG_COURSE
    assert {one.targets for one in trend.assessments} == {2}


def test_the_worked_course_of_four_lesions_is_summed_up() -> None:
    trend = trend_of([A, B, C, D], the_long_course())

    assert trend.response is LesionResponse.PROGRESSION
    assert trend.best_response is LesionResponse.COMPLETE
    assert trend.progression_on == day_of("09-14")
    assert trend.confirmed
    assert (trend.baseline_mm, trend.nadir_mm) == (40.0, 0.0)
    assert trend.unconfirmed_new_lesions == 0
    assert trend.strict_recist
    assert trend.note == NOTE == "patient-measured; skin only; not a clinical RECIST read"


def test_the_worked_course_says_why_each_response_is_what_it_is() -> None:
    trend = trend_of([A, B, C, D], the_long_course())

    assert [one.reason for one in trend.assessments] == [
        "baseline, sum 40.0 mm",
        "sum 28.1 mm, 29.7 % below the baseline of 40.0 mm",
        "sum 28.0 mm, 30 % below the baseline of 40.0 mm",
        "not measured in the 7 days up to this one: B",
        "sum 16.0 mm, 60 % below the baseline of 40.0 mm",
        "sum 20.0 mm, 50 % below the baseline of 40.0 mm",
        "sum 0.0 mm; not known to be gone: C",
        "sum 3.0 mm, 92.5 % below the baseline of 40.0 mm",
        "all lesions are gone",
        "there again after all were gone on 2026-08-17: A",
        "confirmed new lesion: D",
    ]
    assert trend.reason == "confirmed new lesion: D"


@pytest.mark.parametrize(
    ("diameters", "expected"),
    [
        pytest.param(
            [40, 20, 25, 22], ["baseline", "partial", "progression", "partial"], id="judged afresh afterwards"
        ),
        pytest.param([20, 20, 24], ["baseline", "stable", "stable"], id="20 % but 4 mm"),
        pytest.param([20, 20, 25], ["baseline", "stable", "progression"], id="25 % and 5 mm"),
        pytest.param([30, 30, 35], ["baseline", "stable", "stable"], id="5 mm but under 20 %"),
        pytest.param([90, 63], ["baseline", "partial"], id="exactly 30 %"),
        pytest.param([30, 20.3, 25.3], ["baseline", "partial", "progression"], id="exactly 5 mm"),
    ],
)
def test_the_short_worked_sums_are_judged_as_the_design_says(diameters: list[float], expected: list[str]) -> None:
    assert responses(trend_of(*one_target(*diameters))) == expected


def test_a_response_after_progression_is_marked_as_such() -> None:
    trend = trend_of(*one_target(40, 20, 25, 22))

    assert [one.after_progression for one in trend.assessments] == [False, False, False, True]
    assert trend.response is LesionResponse.PARTIAL
    assert trend.best_response is LesionResponse.PARTIAL
    assert trend.progression_on == in_days(56)
    assert not trend.confirmed


def test_a_growth_that_is_certain_is_progression_although_a_target_is_missing() -> None:
    observations = [
        look(A, START, 20),
        look(B, START, 15),
        look(A, in_days(28), 45),
        look(B, in_days(28), UNMEASURABLE),
    ]

    trend = trend_of([A, B], observations)

    assert responses(trend) == ["baseline", "progression"]
    assert trend.assessments[1].sum_mm == 45.0
    assert (trend.assessments[1].measured, trend.assessments[1].targets) == (1, 2)
    assert trend.reason == "sum at least 45.0 mm without B, 10.0 mm (28.5 %) above the smallest sum of 35.0 mm"


@pytest.mark.parametrize("centimetres", range(1, 91))
def test_every_exact_shrinkage_by_30_percent_is_partial_and_a_tenth_more_is_not(centimetres: int) -> None:
    baseline, limit = 10 * centimetres, 7 * centimetres
    nodule = lesion("A", target=True)

    def judged(tenths: int) -> list[str]:
        sizes = [(START, baseline), (in_days(28), tenths)]
        seen = [
            Observation(nodule.id, day, LesionState.MEASURED, size, None, MeasurementMethod.CALIPER)
            for day, size in sizes
        ]
        return responses(trend_of([nodule], seen))

    assert judged(limit) == ["baseline", "partial"]
    assert judged(limit + 1)[1] != "partial"


@pytest.mark.parametrize("nadir", range(250, 340))
def test_every_exact_growth_by_20_percent_is_progression_and_a_tenth_less_is_not(nadir: int) -> None:
    limit = -(-12 * nadir // 10)
    nodule = lesion("A", target=True)

    def judged(tenths: int) -> str:
        sizes = [(START, nadir), (in_days(28), tenths)]
        seen = [
            Observation(nodule.id, day, LesionState.MEASURED, size, None, MeasurementMethod.CALIPER)
            for day, size in sizes
        ]
        return responses(trend_of([nodule], seen))[1]

    assert judged(limit) == "progression"
    assert judged(limit - 1) == "stable"


# --- What counts as a value -------------------------------------------------------------------------------------------


def test_a_diameter_stands_for_its_target_on_the_day_and_the_six_days_after() -> None:
    first = [look(A, START, 20), look(B, START, 20)]

    on_day_six = trend_of([A, B], [*first, look(A, in_days(6), 10)])
    on_day_seven = trend_of([A, B], [*first, look(A, in_days(7), 10)])

    assert (on_day_six.assessments[1].sum_mm, on_day_six.response) == (30.0, LesionResponse.STABLE)
    assert (on_day_seven.assessments[1].sum_mm, on_day_seven.response) == (10.0, LesionResponse.NOT_EVALUABLE)


def test_the_baseline_is_the_first_day_on_which_every_target_has_a_value() -> None:
    observations = [look(A, START, 22), look(B, in_days(9), 18), look(A, in_days(12), 20), look(B, in_days(12), 17)]

    trend = trend_of([A, B], observations)

    assert [(one.day, one.response.value) for one in trend.assessments] == [
        (START, "not_evaluable"),
        (in_days(12), "baseline"),
    ]
    assert trend.baseline_mm == 37.0
    assert trend.assessments[0].reason == "no baseline yet; not measured in the 7 days up to this one: B"
    assert trend.best_response is None


def test_targets_measured_some_days_apart_share_a_baseline() -> None:
    trend = trend_of([A, B], [look(A, START, 22), look(B, in_days(6), 18)])

    assert [(one.day, one.response.value) for one in trend.assessments] == [(in_days(6), "baseline")]
    assert trend.baseline_mm == 40.0


def test_a_length_estimated_by_eye_never_enters_a_sum() -> None:
    observations = [look(A, START, 20), look(A, in_days(28), 40, method=MeasurementMethod.ESTIMATE)]

    trend = trend_of([A], observations)

    assert responses(trend) == ["baseline", "not_evaluable"]
    assert trend.assessments[1].sum_mm is None
    assert trend.assessments[1].measured == 0


def test_an_estimate_or_a_dressing_leaves_the_measurement_of_the_days_before_standing() -> None:
    measured = look(A, START, 20)

    estimated = trend_of([A], [measured, look(A, in_days(3), 40, method=MeasurementMethod.ESTIMATE)])
    dressed = trend_of([A], [measured, look(A, in_days(3), UNMEASURABLE)])

    assert estimated.assessments[1].sum_mm == dressed.assessments[1].sum_mm == 20.0
    assert responses(estimated) == responses(dressed) == ["baseline", "stable"]


def test_an_estimate_of_nothing_does_not_make_a_measured_lesion_disappear() -> None:
    observations = [
        look(A, START, 20),
        look(A, in_days(28), 18),
        look(A, in_days(30), 0, method=MeasurementMethod.ESTIMATE),
    ]

    trend = trend_of([A], observations)

    assert responses(trend) == ["baseline", "stable", "stable"]
    assert trend.assessments[2].sum_mm == 18.0


def test_an_estimate_alone_makes_no_baseline() -> None:
    trend = trend_of([A], [look(A, START, 20, method=MeasurementMethod.ESTIMATE)])

    assert responses(trend) == ["not_evaluable"]
    assert trend.baseline_mm is None
    assert trend.nadir_mm is None
    assert trend.best_response is None


def test_of_two_looks_on_one_day_the_last_counts() -> None:
    observations = [
        look(A, START, 30),
        look(A, START, 20),
        look(A, in_days(28), 20),
        look(A, in_days(28), UNMEASURABLE),
    ]

    trend = trend_of([A], observations)

    assert trend.baseline_mm == 20.0
    assert responses(trend) == ["baseline", "not_evaluable"]
    assert [(one.day, one.state) for one in trend.lesions[0].points] == [
        (START, LesionState.MEASURED),
        (in_days(28), LesionState.UNMEASURABLE),
    ]


def test_a_lesion_too_small_to_measure_counts_5_mm() -> None:
    trend = trend_of([A], [look(A, START, 20), look(A, in_days(28), TOO_SMALL)])

    assert trend.assessments[1].sum_mm == 5.0
    assert trend.response is LesionResponse.PARTIAL


def test_nothing_known_of_any_target_is_no_sum_rather_than_zero() -> None:
    trend = trend_of([A, B, C], [look(A, START, 20), look(B, START, 20), look(C, in_days(28), GONE)])

    assert trend.assessments[1].sum_mm is None
    assert trend.response is LesionResponse.NOT_EVALUABLE
    assert trend.reason == "not measured in the 7 days up to this one: A, B"


# --- Assessments ------------------------------------------------------------------------------------------------------


def test_an_incomplete_assessment_is_dropped_if_a_complete_one_follows_within_six_days() -> None:
    first = [look(A, START, 20), look(B, START, 20)]
    incomplete = look(A, in_days(28), 15)

    made_up = trend_of([A, B], [*first, incomplete, look(A, in_days(34), 15), look(B, in_days(34), 15)])
    too_late = trend_of([A, B], [*first, incomplete, look(A, in_days(35), 15), look(B, in_days(35), 15)])

    assert [one.day for one in made_up.assessments] == [START, in_days(34)]
    assert [one.day for one in too_late.assessments] == [START, in_days(28), in_days(35)]


def test_progression_with_a_target_missing_is_not_dropped_by_a_complete_assessment() -> None:
    observations = [look(A, START, 20), look(B, START, 15), look(A, in_days(28), 45), look(B, in_days(30), GONE)]

    trend = trend_of([A, B], observations)

    assert responses(trend) == ["baseline", "progression", "progression"]
    assert trend.progression_on == in_days(28)


def test_an_incomplete_sum_is_never_the_smallest_one() -> None:
    observations = [look(A, START, 20), look(B, START, 20), look(A, in_days(28), 12)]
    observations += [look(A, in_days(56), 20), look(B, in_days(56), 20)]

    trend = trend_of([A, B], observations)

    assert responses(trend) == ["baseline", "not_evaluable", "stable"]
    assert trend.nadir_mm == 40.0


def test_the_smallest_sum_told_includes_the_latest_although_it_is_judged_against_earlier_ones() -> None:
    trend = trend_of(*one_target(40, 30, 20))

    assert trend.nadir_mm == 20.0
    assert trend.response is LesionResponse.PARTIAL


def test_any_growth_of_5_mm_from_nothing_is_progression_and_less_is_not() -> None:
    non_target_remains = look(C, START, 12)
    seen = [non_target_remains, look(A, START, 20), look(A, in_days(28), GONE)]

    less = trend_of([A, C], [*seen, look(A, in_days(56), 4.9)])
    enough = trend_of([A, C], [*seen, look(A, in_days(56), 5.0)])

    assert responses(less) == ["baseline", "partial", "partial"]
    assert responses(enough) == ["baseline", "partial", "progression"]
    assert enough.reason == "sum 5.0 mm, 5.0 mm above the smallest sum of 0.0 mm"


def test_the_period_selects_what_is_listed_and_changes_no_judgement() -> None:
    lesions, observations = one_target(40, 20, 25, 22)

    whole = trend_of(lesions, observations)
    late = trend_of(lesions, observations, period_from=in_days(84))

    assert late.assessments == whole.assessments[3:]
    assert [point.length_mm for point in late.lesions[0].points] == [22.0]
    assert replace(late, assessments=(), lesions=()) == replace(whole, assessments=(), lesions=())


def test_nothing_after_the_last_day_of_the_period_counts() -> None:
    lesions, observations = one_target(40, 20, 25, 22)
    later = lesion("L", confirmed_new=True, first_noticed_on=in_days(29))

    trend = trend_of([*lesions, later], [*observations, look(later, in_days(30), 6)], to=in_days(28))

    assert responses(trend) == ["baseline", "partial"]
    assert trend.nadir_mm == 20.0
    assert trend.progression_on is None
    assert [one.label for one in trend.lesions] == ["A"]


def test_every_lesion_is_listed_with_the_points_of_the_period() -> None:
    observations = [look(A, START, 22, width=15.3), look(C, in_days(1), UNMEASURABLE)]

    trend = trend_of([A, C, lesion("E")], observations)

    assert [(one.label, one.target, len(one.points)) for one in trend.lesions] == [
        ("A", True, 1),
        ("C", False, 1),
        ("E", False, 0),
    ]
    point = trend.lesions[0].points[0]
    assert (point.day, point.state, point.method) == (START, LesionState.MEASURED, MeasurementMethod.RULER)
    assert (point.length_mm, point.width_mm) == (22.0, 15.3)
    assert trend.lesions[1].points[0].length_mm is None


def test_observations_of_a_lesion_that_was_deleted_are_left_out() -> None:
    trend = trend_of([A], [look(A, START, 20), look(B, in_days(28), 20)])

    assert responses(trend) == ["baseline"]


# --- New lesions, non-targets, coming back ----------------------------------------------------------------------------


def with_a_new_lesion(new: Lesion, *, seen: Iterable[tuple[int, Seen]] = ()) -> LesionTrend:
    """A target that stays the same for 16 weeks, and a further lesion."""
    observations = [look(A, in_days(28 * visit), 20) for visit in range(5)] + [
        look(new, in_days(d), s) for d, s in seen
    ]
    return trend_of([A, new], sorted(observations, key=lambda one: one.day))


def test_a_confirmed_new_lesion_is_progression_from_the_first_assessment_after_it_was_noticed() -> None:
    trend = with_a_new_lesion(lesion("N", confirmed_new=True, first_noticed_on=in_days(40)))

    assert responses(trend) == ["baseline", "stable", "progression", "progression", "progression"]
    assert trend.progression_on == in_days(56)
    assert trend.best_response is LesionResponse.STABLE


def test_a_look_at_a_confirmed_new_lesion_is_an_assessment_by_itself() -> None:
    new = lesion("N", confirmed_new=True, first_noticed_on=in_days(40))

    trend = with_a_new_lesion(new, seen=[(42, 3.0)])

    assert trend.progression_on == in_days(42)
    assert trend.assessments[2].measured == 0


def test_a_new_lesion_is_only_listed_until_a_clinician_confirms_it() -> None:
    new = lesion("N", first_noticed_on=in_days(40))

    trend = with_a_new_lesion(new, seen=[(42, 30.0)])

    assert responses(trend) == ["baseline", "stable", "stable", "stable", "stable"]
    assert trend.unconfirmed_new_lesions == 1
    assert trend.progression_on is None


def test_confirming_a_new_lesion_later_dates_progression_back_to_when_it_was_seen() -> None:
    new = lesion("N", first_noticed_on=in_days(40), confirmed_new=True)

    trend = with_a_new_lesion(new, seen=[(42, 30.0)])

    assert trend.progression_on == in_days(42)
    assert trend.unconfirmed_new_lesions == 0


@pytest.mark.parametrize("noticed", [LONG_AGO, START])
def test_an_old_lump_registered_late_is_not_new_even_if_marked_as_confirmed(noticed: date) -> None:
    old = lesion("N", confirmed_new=True, first_noticed_on=noticed)

    trend = with_a_new_lesion(old, seen=[(42, 30.0)])

    assert trend.progression_on is None
    assert trend.unconfirmed_new_lesions == 0


def test_a_lesion_observed_by_the_baseline_is_not_new_whatever_day_was_given_for_it() -> None:
    trend = with_a_new_lesion(lesion("N", confirmed_new=True, first_noticed_on=in_days(40)), seen=[(0, 8.0)])

    assert trend.progression_on is None


def test_a_confirmed_new_lesion_that_is_gone_no_longer_makes_progression() -> None:
    new = lesion("N", confirmed_new=True, first_noticed_on=in_days(40))

    trend = with_a_new_lesion(new, seen=[(56, 4.0), (84, GONE)])

    assert responses(trend) == ["baseline", "stable", "progression", "stable", "stable"]
    assert [one.after_progression for one in trend.assessments] == [False, False, False, True, True]


def test_a_dressing_on_a_confirmed_new_lesion_does_not_make_it_go_away() -> None:
    new = lesion("N", confirmed_new=True, first_noticed_on=in_days(40))

    trend = with_a_new_lesion(new, seen=[(56, 4.0), (84, UNMEASURABLE)])

    assert responses(trend)[3:] == ["progression", "progression"]


def test_a_clinicians_call_of_a_non_target_is_progression_until_that_lesion_is_gone() -> None:
    called = lesion("N", progressed_on=in_days(50))

    trend = with_a_new_lesion(called, seen=[(0, 12), (56, 14), (84, GONE)])

    assert responses(trend) == ["baseline", "stable", "progression", "stable", "stable"]
    assert trend.assessments[2].reason == "called progressed by a clinician: N"


def test_a_call_after_the_lesion_was_last_seen_gone_is_newer_and_holds() -> None:
    called = lesion("N", progressed_on=in_days(56))

    trend = with_a_new_lesion(called, seen=[(0, 12), (28, GONE), (56, GONE)])

    assert responses(trend) == ["baseline", "stable", "progression", "progression", "progression"]


@pytest.mark.parametrize("called_on", [LONG_AGO, START])
def test_a_call_up_to_the_baseline_is_history(called_on: date) -> None:
    trend = with_a_new_lesion(lesion("N", progressed_on=called_on), seen=[(0, 12)])

    assert trend.progression_on is None


def test_a_call_of_a_target_changes_nothing_since_its_size_is_measured() -> None:
    target = lesion("A", target=True, progressed_on=in_days(20))

    trend = trend_of([target], [look(target, START, 20), look(target, in_days(28), 20)])

    assert responses(trend) == ["baseline", "stable"]


def test_a_lesion_called_progressed_by_the_baseline_is_not_new_whatever_day_was_given_for_it() -> None:
    called = lesion("N", confirmed_new=True, first_noticed_on=in_days(40), progressed_on=START)

    assert with_a_new_lesion(called).progression_on is None


def test_a_late_lesion_that_a_clinician_called_progressed_was_judged_and_counts() -> None:
    called = lesion("N", first_noticed_on=in_days(40), progressed_on=in_days(50))

    trend = with_a_new_lesion(called, seen=[(42, 5)])

    assert trend.progression_on == in_days(56)
    assert trend.unconfirmed_new_lesions == 0


def test_a_tiny_lesion_that_comes_back_after_all_were_gone_is_progression() -> None:
    for back in (0.1, TOO_SMALL):
        observations = [look(A, START, 20), look(A, in_days(28), GONE), look(A, in_days(56), back)]

        trend = trend_of([A], observations)

        assert responses(trend) == ["baseline", "complete", "progression"]


def test_a_lesion_that_comes_back_is_progression_although_another_target_is_missing() -> None:
    observations = [look(A, START, 20), look(B, START, 20), look(A, in_days(28), GONE), look(B, in_days(28), GONE)]

    trend = trend_of([A, B], [*observations, look(A, in_days(56), 2)])

    assert responses(trend) == ["baseline", "complete", "progression"]


def test_a_non_target_that_comes_back_after_all_were_gone_is_progression() -> None:
    observations = [look(A, START, 20), look(C, START, 9), look(A, in_days(28), GONE), look(C, in_days(28), GONE)]

    trend = trend_of([A, C], [*observations, look(A, in_days(56), GONE), look(C, in_days(56), TOO_SMALL)])

    assert responses(trend) == ["baseline", "complete", "progression"]


def test_a_lesion_seen_again_although_only_estimated_is_back() -> None:
    observations = [
        look(A, START, 20),
        look(A, in_days(28), GONE),
        look(A, in_days(56), 4, method=MeasurementMethod.ESTIMATE),
    ]

    assert responses(trend_of([A], observations)) == ["baseline", "complete", "progression"]


def test_targets_that_come_back_while_a_non_target_never_left_are_not_yet_progression() -> None:
    observations = [look(A, START, 20), look(C, START, 9), look(A, in_days(28), GONE), look(A, in_days(56), 3)]

    assert responses(trend_of([A, C], observations)) == ["baseline", "partial", "partial"]


def test_an_assessment_without_a_target_value_does_not_make_the_course_forget_that_all_were_gone() -> None:
    observations = [look(A, START, 20), look(A, in_days(28), GONE), look(A, in_days(56), UNMEASURABLE)]

    trend = trend_of([A], [*observations, look(A, in_days(84), 1)])

    assert responses(trend) == ["baseline", "complete", "not_evaluable", "progression"]


def test_a_non_target_nobody_ever_looked_at_is_not_known_to_be_gone() -> None:
    trend = trend_of([A, C], [look(A, START, 20), look(A, in_days(28), GONE)])

    assert trend.response is LesionResponse.PARTIAL
    assert trend.reason == "sum 0.0 mm; not known to be gone: C"


def test_a_non_target_seen_gone_stays_gone_until_it_is_seen_again() -> None:
    observations = [look(A, START, 20), look(C, START, 9), look(C, in_days(28), GONE), look(A, in_days(84), GONE)]

    trend = trend_of([A, C], observations)

    assert responses(trend) == ["baseline", "not_evaluable", "complete"]


def test_a_lesion_first_noticed_later_does_not_spoil_an_earlier_complete_response() -> None:
    new = lesion("N", first_noticed_on=in_days(40))

    trend = trend_of([A, new], [look(A, START, 20), look(A, in_days(28), GONE)])

    assert responses(trend) == ["baseline", "complete"]


def test_no_response_is_complete_while_an_unconfirmed_new_lesion_is_there() -> None:
    new = lesion("N", first_noticed_on=in_days(20))
    observations = [look(A, START, 20), look(new, in_days(20), 6), look(A, in_days(28), GONE)]

    trend = trend_of([A, new], [*observations, look(new, in_days(50), GONE), look(A, in_days(56), GONE)])

    assert responses(trend) == ["baseline", "partial", "complete"]
    assert trend.assessments[1].reason == "sum 0.0 mm; new and not yet confirmed: N"


def test_an_unconfirmed_new_lesion_neither_is_a_return_nor_hides_one() -> None:
    new = lesion("N", first_noticed_on=in_days(50))
    observations = [look(A, START, 20), look(A, in_days(28), GONE), look(new, in_days(56), 6)]

    trend = trend_of([A, new], [*observations, look(A, in_days(56), GONE), look(A, in_days(84), 2)])

    assert responses(trend) == ["baseline", "complete", "partial", "progression"]
    assert trend.reason == "there again after all were gone on 2026-03-02: A"


# --- Best response and confirmation -----------------------------------------------------------------------------------


def test_a_response_is_confirmed_by_a_second_one_28_days_after_the_first() -> None:
    def confirmed(*visits: tuple[int, float]) -> bool:
        return trend_of([A], [look(A, in_days(day), mm) for day, mm in visits]).confirmed

    assert confirmed((0, 40), (28, 20), (56, 20))
    assert not confirmed((0, 40), (28, 20), (55, 20))
    assert confirmed((0, 40), (28, 20), (40, 20), (56, 22))
    assert confirmed((0, 40), (28, 28), (42, 28.1), (56, 28))
    assert not confirmed((0, 40), (28, 20), (56, 25), (84, 20))
    assert not confirmed((0, 40), (28, 40), (56, 40))


def test_the_best_response_is_the_one_before_progression_and_progression_if_nothing_was_better() -> None:
    assert trend_of(*one_target(40, 35, 20, 26, 5)).best_response is LesionResponse.PARTIAL
    assert trend_of(*one_target(40, 35, 42, 5)).best_response is LesionResponse.STABLE
    assert trend_of(*one_target(40, 50, 5)).best_response is LesionResponse.PROGRESSION
    assert trend_of(*one_target(40)).best_response is None


def test_what_could_not_be_evaluated_is_the_best_response_only_if_there_is_no_other() -> None:
    unseen = [look(A, START, 20), look(A, in_days(28), UNMEASURABLE)]

    assert trend_of([A], unseen).best_response is LesionResponse.NOT_EVALUABLE
    assert trend_of([A], [*unseen, look(A, in_days(56), 20)]).best_response is LesionResponse.STABLE
    assert trend_of([A], [*unseen, look(A, in_days(56), 30)]).best_response is LesionResponse.PROGRESSION


# --- Without targets, without anything --------------------------------------------------------------------------------


def test_without_a_target_lesions_are_all_gone_or_neither_complete_nor_progression() -> None:
    patch = lesion("P", kind="dark_patch")
    observations = [
        look(C, START, 30),
        look(patch, START, 10),
        look(C, in_days(28), GONE),
        look(patch, in_days(56), GONE),
    ]

    trend = trend_of([C, patch], observations)

    kept = "non_complete_non_progression"
    assert responses(trend) == [kept, kept, "complete"]
    assert trend.best_response is LesionResponse.COMPLETE
    assert {(one.sum_mm, one.measured, one.targets) for one in trend.assessments} == {(None, 0, 0)}
    assert (trend.baseline_mm, trend.nadir_mm) == (None, None)
    assert trend.assessments[1].reason == "no target lesion; not known to be gone: P"


def test_without_a_target_a_confirmed_new_lesion_or_a_clinicians_call_is_progression() -> None:
    new = lesion("N", confirmed_new=True, first_noticed_on=in_days(20))
    called = lesion("C", progressed_on=in_days(28))

    by_new = trend_of([C, new], [look(C, START, 30), look(new, in_days(28), 3)])
    by_call = trend_of([called], [look(called, START, 30), look(called, in_days(28), 30)])

    expected = ["non_complete_non_progression", "progression"]
    assert responses(by_new) == responses(by_call) == expected


def test_without_a_target_a_lesion_after_the_first_look_is_new_and_counts_once_confirmed() -> None:
    new = lesion("N", first_noticed_on=in_days(20))

    trend = trend_of([C, new], [look(C, START, GONE), look(new, in_days(28), 3), look(C, in_days(29), GONE)])

    assert responses(trend) == ["complete", "non_complete_non_progression"]
    assert trend.unconfirmed_new_lesions == 1
    assert trend.reason == "no target lesion; new and not yet confirmed: N"


def test_with_no_lesion_there_is_no_response() -> None:
    trend = trend_of([], [])

    assert (trend.response, trend.best_response, trend.progression_on) == (None, None, None)
    assert (trend.baseline_mm, trend.nadir_mm) == (None, None)
    assert (trend.assessments, trend.lesions) == ((), ())
    assert (trend.confirmed, trend.unconfirmed_new_lesions) == (False, 0)
    assert trend.reason == "no lesion has been registered"


def test_with_lesions_nobody_has_looked_at_there_is_no_response() -> None:
    trend = trend_of([A, lesion("N", first_noticed_on=in_days(3))], [])

    assert trend.response is None
    assert trend.unconfirmed_new_lesions == 0
    assert trend.reason == "no lesion has been observed yet"


def test_while_a_target_has_never_been_measured_nothing_can_be_judged() -> None:
    new = lesion("N", confirmed_new=True, first_noticed_on=in_days(20))

    trend = trend_of([A, B, new], [look(A, START, 20), look(new, in_days(21), 5), look(A, in_days(28), 40)])

    assert responses(trend) == ["not_evaluable"] * 3
    assert trend.best_response is None
    assert trend.baseline_mm is None


# --- Which lesions may be targets -------------------------------------------------------------------------------------


def test_the_answer_is_strict_recist_unless_a_target_is_one_that_recist_would_not_measure() -> None:
    def strict(kind: str, mm: float) -> bool:
        target = lesion("A", target=True, kind=kind)
        return trend_of([target], [look(target, START, mm)]).strict_recist

    assert strict("nodule", 10)
    assert strict("plaque", 10)
    assert not strict("ulcer", 30)
    assert not strict("nodule", 9.9)
    assert trend_of([C], [look(C, START, 5)]).strict_recist
    assert trend_of([A], []).strict_recist
    assert not trend_of([A, B, lesion("E", target=True)], []).strict_recist


def test_a_patient_has_at_most_two_targets() -> None:
    third = lesion("E")

    assert target_problem(third, [A, B, C], []) is TargetProblem.LIMIT
    assert target_problem(third, [A, C], []) is None
    assert target_problem(A, [A, B, C], []) is None


@pytest.mark.parametrize("kind", ["nodule", "plaque", "ulcer"])
def test_nodules_and_plaques_and_an_ulcer_a_clinician_insists_on_may_be_targets(kind: str) -> None:
    assert target_problem(lesion("E", kind=kind), [A], []) is None


@pytest.mark.parametrize("kind", ["red_patch", "dark_patch", "thinned_skin", "freckle"])
def test_patches_are_not_measurable(kind: str) -> None:
    assert target_problem(lesion("E", kind=kind), [], []) is TargetProblem.NOT_MEASURABLE


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        (10.0, None),
        (9.9, TargetProblem.NOT_MEASURABLE),
        (TOO_SMALL, TargetProblem.NOT_MEASURABLE),
        (GONE, TargetProblem.NOT_MEASURABLE),
        (UNMEASURABLE, None),
    ],
)
def test_a_target_measures_10_mm_at_the_baseline_it_would_have(seen: Seen, problem: TargetProblem | None) -> None:
    nodule = lesion("E")

    assert target_problem(nodule, [], [look(nodule, START, seen), look(nodule, in_days(28), 30)]) is problem


def test_the_size_at_the_common_baseline_decides_and_not_a_later_one() -> None:
    nodule = lesion("E")
    observations = [look(nodule, START, 30), look(nodule, in_days(28), 8), look(A, in_days(28), 20)]

    assert target_problem(nodule, [A], observations) is TargetProblem.NOT_MEASURABLE
    assert target_problem(nodule, [], observations) is None


def test_of_two_looks_on_the_common_baseline_day_the_newer_measurement_decides() -> None:
    nodule = lesion("E")
    observations = [look(nodule, START, 8), look(A, in_days(3), 20), look(nodule, in_days(3), 12)]

    assert target_problem(nodule, [A], observations) is None


def test_without_a_common_baseline_the_latest_measurement_decides() -> None:
    nodule = lesion("E")
    small = [
        look(nodule, START, 30),
        look(nodule, in_days(28), 8),
        look(nodule, in_days(29), 40, method=MeasurementMethod.ESTIMATE),
    ]

    assert target_problem(nodule, [A], small) is TargetProblem.NOT_MEASURABLE
    assert target_problem(nodule, [A], [*small, look(nodule, in_days(30), 10)]) is None


# --- A second opinion -------------------------------------------------------------------------------------------------


class SecondOpinion:
    """The rules once more, read day by day from the raw observations, slowly, in fractions of a millimetre."""

    def __init__(self, lesions: list[Lesion], observations: list[Observation], to: date) -> None:
        """Look at everything up to a day."""
        self.lesions = lesions
        self.observations = observations
        self.to = to
        self.seen = {(one.lesion_id, one.day): one for one in observations if one.day <= to}
        self.targets = [one for one in lesions if one.target]
        self.looked = sorted({day for _, day in self.seen})
        self.baseline = next((day for day in self.calendar() if self.is_complete(day)), None)
        self.since = self.baseline if self.targets else min(self.looked, default=None)
        self.days = [day for day in self.looked if any(self.makes_an_assessment(one, day) for one in lesions)]

    def calendar(self) -> list[date]:
        """Every day, looked at or not."""
        return [START + timedelta(days=n) for n in range((self.to - START).days + 1)]

    def value(self, of: Lesion, day: date) -> Fraction | None:
        """What a target measures, in mm."""
        for back in range(7):
            seen = self.seen.get((of.id, day - timedelta(days=back)))
            if seen is None or seen.state == "unmeasurable" or seen.method == "estimate":
                continue
            if seen.state == "measured":
                return Fraction(seen.length or 0, 10)
            return Fraction({"too_small": 5, "gone": 0}[seen.state])
        return None

    def values(self, day: date) -> list[Fraction]:
        """What the targets measure that have a value."""
        return [value for one in self.targets if (value := self.value(one, day)) is not None]

    def sum(self, day: date) -> Fraction:
        """The sum of what is known."""
        return sum(self.values(day), Fraction(0))

    def is_complete(self, day: date) -> bool:
        """Whether all targets have a value."""
        return bool(self.targets) and len(self.values(day)) == len(self.targets)

    def noticed(self, of: Lesion) -> date:
        """The day from which a lesion is known."""
        called = [of.progressed_on] if of.progressed_on else []
        return min([of.first_noticed_on, *called, *[day for lesion_id, day in self.seen if lesion_id == of.id]])

    def call(self, of: Lesion) -> date | None:
        """The day of a clinician's call that counts."""
        if of.target or of.progressed_on is None or of.progressed_on > self.to:
            return None
        return None if self.baseline is not None and of.progressed_on <= self.baseline else of.progressed_on

    def is_late(self, of: Lesion) -> bool:
        """Whether a lesion was first known after the baseline."""
        return not of.target and self.since is not None and self.noticed(of) > self.since

    def is_new(self, of: Lesion) -> bool:
        """Whether it is a new lesion that counts."""
        return self.is_late(of) and of.confirmed_new

    def is_pending(self, of: Lesion) -> bool:
        """Whether it is a new lesion that does not count yet."""
        return self.is_late(of) and not of.confirmed_new and self.call(of) is None

    def makes_an_assessment(self, of: Lesion, day: date) -> bool:
        """Whether a look at this lesion makes this day an assessment."""
        return (of.id, day) in self.seen and not self.is_pending(of)

    def is_gone(self, of: Lesion, day: date) -> bool:
        """Whether it was seen gone on that very day."""
        seen = self.seen.get((of.id, day))
        return seen is not None and (seen.state == "gone" or seen.length == 0)

    def state(self, of: Lesion, day: date) -> str:
        """Absent (not known of yet), unknown, there or gone."""
        called = self.call(of)
        state = "absent"
        if self.noticed(of) <= day:
            state = "there" if self.is_new(of) else "unknown"
        for earlier in sorted({*self.looked, *([called] if called else [])}):
            seen = self.seen.get((of.id, earlier))
            if earlier <= day and seen is not None and seen.state != "unmeasurable":
                state = "gone" if self.is_gone(of, earlier) else "there"
            if earlier <= day and called == earlier:
                state = "there"
        return state

    def is_called(self, of: Lesion, day: date) -> bool:
        """Whether a clinician's call stands."""
        called = self.call(of)
        if called is None or called > day:
            return False
        return not any(self.is_gone(of, later) for later in self.looked if called < later <= day)

    def is_cleared(self, day: date) -> bool:
        """Whether all that counts was gone."""
        counted = [one for one in self.lesions if not self.is_pending(one)]
        return self.sum(day) == 0 and all(self.state(one, day) in {"gone", "absent"} for one in counted)

    def is_pending_there(self, day: date) -> bool:
        """Whether a new lesion that does not count yet may be there."""
        return any(self.is_pending(one) and self.state(one, day) in {"there", "unknown"} for one in self.lesions)

    def is_progression_without_sum(self, day: date) -> bool:
        """A confirmed new lesion, or a clinician's call."""
        new = any(self.is_new(one) and self.state(one, day) == "there" for one in self.lesions)
        return new or any(self.is_called(one, day) for one in self.lesions)

    def is_progression_of_targets(self, day: date, baseline: date) -> bool:
        """Grown, or back after all were gone."""
        before = [one for one in self.days if baseline <= one < day and self.is_complete(one)]
        nadir = min(self.sum(one) for one in before)
        grown = self.sum(day) > 0 and self.sum(day) >= Fraction(6, 5) * nadir and self.sum(day) - nadir >= 5
        there = any(self.state(one, day) == "there" for one in self.lesions if not self.is_pending(one))
        return grown or (there and before[-1] != baseline and self.is_cleared(before[-1]))

    def response(self, day: date) -> str:
        """The response on a day."""
        if not self.targets:
            return self.response_without_targets(day)
        if self.baseline is None or day <= self.baseline:
            return "baseline" if day == self.baseline else "not_evaluable"
        if self.is_progression_without_sum(day) or self.is_progression_of_targets(day, self.baseline):
            return "progression"
        if not self.is_complete(day):
            return "not_evaluable"
        if self.sum(day) == 0:
            return "complete" if self.is_cleared(day) and not self.is_pending_there(day) else "partial"
        return "partial" if self.sum(day) <= Fraction(7, 10) * self.sum(self.baseline) else "stable"

    def response_without_targets(self, day: date) -> str:
        """The response of lesions that are not measured."""
        if self.is_cleared(day) and not self.is_pending_there(day):
            return "complete"
        return "progression" if self.is_progression_without_sum(day) else "non_complete_non_progression"

    def assessments(self) -> list[tuple[date, Fraction | None, str]]:
        """Day, sum in mm and response of every assessment that is kept."""
        kept = []
        for day in self.days:
            response = self.response(day)
            week = [day + timedelta(days=n) for n in range(1, 7)]
            made_up = any(later in self.days and self.is_complete(later) for later in week)
            if response != "not_evaluable" or not made_up:
                kept.append((day, self.sum(day) if self.values(day) else None, response))
        return kept

    def nadir(self) -> Fraction | None:
        """The smallest complete sum, in mm."""
        return min((self.sum(day) for day in self.days if self.is_complete(day)), default=None)


DIAMETERS = [0, 5, 10, 15, 20, 30, 35, 40, 50, 60, 63, 70, 84, 90, 100, 105, 120, 150, 200]


def a_course(seed: int) -> SecondOpinion:
    """A random course full of ties, gaps, dressings, estimates, lesions gone and come back, calls and new lesions."""
    rng = random.Random(seed)
    to = in_days(rng.choice([40, 80, 120]))
    targets = rng.choice([0, 1, 1, 2, 2, 2])

    def some_day(share: float) -> date | None:
        return in_days(rng.randint(-3, 110)) if rng.random() < share else None

    lesions = [
        lesion(
            label,
            target=number < targets,
            confirmed_new=rng.random() < 0.4,
            progressed_on=some_day(0.15),
            first_noticed_on=(some_day(0.45) if number >= targets else None) or LONG_AGO,
        )
        for number, label in enumerate("ABCDE"[: rng.randint(max(1, targets), 5)])
    ]
    observations: list[Observation] = []
    day = START
    healing = rng.random() < 0.6
    while day <= in_days(120):
        gone = healing and day > in_days(40) and rng.random() < 0.8
        for one in lesions:
            looks = rng.choices([0, 1, 2], [2, 8, 1])[0] if one.first_noticed_on <= day else 0
            observations += [look_at_random(rng, one, day, gone=gone) for _ in range(looks)]
        day += timedelta(days=rng.choice([1, 2, 3, 5, 6, 7, 8, 14, 28]))
    return SecondOpinion(lesions, observations, to)


def look_at_random(rng: random.Random, of: Lesion, day: date, *, gone: bool) -> Observation:
    if gone and rng.random() < 0.93:
        return look(of, day, GONE)
    state = rng.choices([LesionState.MEASURED, TOO_SMALL, GONE, UNMEASURABLE], [12, 1, 2, 1])[0]
    if state is not LesionState.MEASURED:
        return look(of, day, state)
    method = rng.choices(list(MeasurementMethod), [6, 2, 2, 1])[0]
    return Observation(of.id, day, state, rng.choice(DIAMETERS), None, method)


def told(trend: LesionTrend) -> list[tuple[date, Fraction | None, str]]:
    def exactly(mm: float | None) -> Fraction | None:
        return None if mm is None else Fraction(str(mm))

    return [(one.day, exactly(one.sum_mm), one.response.value) for one in trend.assessments]


COURSES = 400


def is_confirmed(assessments: list[tuple[date, Fraction | None, str]]) -> bool:
    """Any two complete or partial responses four weeks apart with no progression before the second."""
    return any(
        {first[2], second[2]} <= {"complete", "partial"}
        and second[0] - first[0] >= timedelta(weeks=4)
        and all(one[2] != "progression" for one in assessments if one[0] < second[0])
        for first in assessments
        for second in assessments
    )


@pytest.mark.parametrize("first", range(0, COURSES, 50))
def test_a_naive_second_opinion_agrees_on_random_courses(first: int) -> None:
    for seed in range(first, first + 50):
        opinion = a_course(seed)
        trend = trend_of(opinion.lesions, opinion.observations, to=opinion.to)
        expected = opinion.assessments()
        progressions = [day for day, _, response in expected if response == "progression"]
        nadir, baseline = opinion.nadir(), opinion.baseline

        assert told(trend) == expected, seed
        assert trend.progression_on == min(progressions, default=None), seed
        assert trend.nadir_mm == (None if nadir is None else float(nadir)), seed
        assert trend.baseline_mm == (None if baseline is None else float(opinion.sum(baseline))), seed
        known = [one for one in opinion.lesions if opinion.noticed(one) <= opinion.to]
        assert trend.unconfirmed_new_lesions == sum(opinion.is_pending(one) for one in known), seed
        assert trend.response == (expected[-1][2] if expected else None), seed
        assert trend.confirmed == is_confirmed(expected), seed


def test_the_random_courses_meet_every_response_and_every_reason() -> None:
    seen: Counter[str] = Counter()
    for seed in range(COURSES):
        opinion = a_course(seed)
        for one in trend_of(opinion.lesions, opinion.observations, to=opinion.to).assessments:
            seen[one.response] += 1
            seen.update(rule for rule, fired in REASONS.items() if fired(one))

    assert {rule: seen[rule] for rule in [*LesionResponse, *REASONS] if seen[rule] < 20} == {}


REASONS: dict[str, Callable[[Assessment], bool]] = {
    "new lesion": lambda one: one.reason.startswith("confirmed new lesion"),
    "called": lambda one: one.reason.startswith("called progressed"),
    "grown": lambda one: one.response is LesionResponse.PROGRESSION and one.reason.startswith("sum"),
    "grown at least": lambda one: one.reason.startswith("sum at least"),
    "back": lambda one: one.reason.startswith("there again"),
    "targets gone": lambda one: one.reason.startswith("sum 0.0 mm; not known"),
    "pending": lambda one: "not yet confirmed" in one.reason,
    "after progression": lambda one: one.after_progression,
}


def test_observations_in_any_order_of_days_give_the_same_answer() -> None:
    for seed in range(50):
        opinion = a_course(seed)
        by_lesion = sorted(opinion.observations, key=lambda one: one.lesion_id.int)

        assert trend_of(opinion.lesions, by_lesion) == trend_of(opinion.lesions, opinion.observations)


# --- Shape and speed --------------------------------------------------------------------------------------------------


CONTRACT = {
    "trend": "strict_recist response best_response progression_on confirmed unconfirmed_new_lesions reason note"
    " baseline_mm nadir_mm assessments lesions",
    "assessment": "day sum_mm response after_progression reason measured targets",
    "lesion": "lesion_id label target points",
    "point": "day state length_mm width_mm method",
}


def test_the_answer_has_the_names_of_the_contract() -> None:
    trend = trend_of([A], [look(A, START, 20)])

    parts: dict[str, LesionTrend | Assessment | LesionCourse | Point] = {
        "trend": trend,
        "assessment": trend.assessments[0],
        "lesion": trend.lesions[0],
        "point": trend.lesions[0].points[0],
    }

    assert {part: " ".join(field.name for field in fields(of)) for part, of in parts.items()} == CONTRACT


def test_a_long_list_of_lesions_is_cut_short_in_a_reason() -> None:
    patches = [lesion(label) for label in "PQRST"]

    trend = trend_of([A, *patches], [look(A, START, 20), look(A, in_days(28), GONE)])

    assert trend.reason == "sum 0.0 mm; not known to be gone: P, Q, R and 2 more"


def test_a_growth_too_small_in_millimetres_is_told_in_millimetres() -> None:
    assert trend_of(*one_target(20, 20, 24)).reason == "sum 24.0 mm, 4.0 mm (20 %) above the baseline of 20.0 mm"
    assert trend_of(*one_target(20, 16, 20)).reason == (
        "sum 20.0 mm, the same as the baseline of 20.0 mm and 4.0 mm (25 %) above the smallest sum of 16.0 mm"
    )


def test_ten_times_the_observations_take_about_ten_times_as_long() -> None:
    def seconds(observations: int) -> float:
        lesions = [lesion(f"L{n}", target=n < 2) for n in range(50)]
        looks = [look(lesions[n % 50], START + timedelta(days=n // 2), 10 + n % 7) for n in range(observations)]
        best = float("inf")
        for _ in range(5):
            start = perf_counter()
            trend_of(lesions, looks, to=date(2099, 1, 1))
            best = min(best, perf_counter() - start)
        return best

    assert seconds(10_000) < 40 * seconds(1_000)
