"""The charts of a report, read back from their SVG: each day where it belongs, no line over a gap."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from domain.lesions import LesionResponse, LesionState
from domain.medications import Adherence
from domain.report import Report
from reports.plots import Plot, svg
from reports.plots.axes import Frame, runs, time_axis
from reports.plots.doses import WIDTH, dose_chart
from reports.plots.lesions import NARROW_SUM, SUM, course_chart, course_frame, sum_chart, sum_frame
from reports.plots.symptoms import LARGE, SMALL, symptom_chart, symptom_frame
from reports.words import words
from tests.reports.samples import random_report, sample_report

DESCENT = 0.3
"""How far letters reach below their line, as a share of the font's size; Noto Sans has 0.293."""
EN = words("en")
START = re.compile(r"M(-?[\d.]+) (-?[\d.]+)")
PLACE = re.compile(r"[ML](-?[\d.]+) (-?[\d.]+)")
Day = tuple[date, float]


def path(body: str, name: str) -> str:
    """The path of a class in a chart."""
    (found,) = re.findall(rf'<path class="{name}" d="([^"]*)"', body)
    return str(found)


def days_at(places: list[tuple[str, str]], frame: Frame) -> list[Day]:
    """The days and values of places in a chart."""
    days = (frame.last - frame.first).days + 1
    wide = frame.width - frame.left - frame.right
    return [
        (
            frame.first + timedelta(days=round((float(x) - frame.left) / wide * days - 0.5)),
            round((frame.floor - float(y)) / (frame.floor - frame.top) * frame.top_value, 1),
        )
        for x, y in places
    ]


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_every_day_is_where_it_belongs_and_severe_days_have_another_shape(size: tuple[int, int]) -> None:
    trends = [(report.period, trend) for report in map(random_report, range(15)) for trend in report.symptoms]
    assert len(trends) > 40
    for period, trend in trends:
        frame = symptom_frame(period.first, period.last, size)

        body = symptom_chart(trend, frame, EN)

        mild = days_at(START.findall(path(body, "days")), frame)
        severe = days_at(START.findall(path(body, "severe")), frame)
        assert [(day, round(value)) for day, value in mild] == [(p.day, p.value) for p in trend.points if p.value < 7]
        assert [(day, round(value)) for day, value in severe] == [
            (p.day, p.value) for p in trend.points if p.value >= 7
        ]


@pytest.mark.parametrize("course", ["worsening", "half_missing", "silent_after_severe", "very_sick"])
def test_no_line_is_drawn_over_more_than_two_missing_days(course: str) -> None:
    report = sample_report(course)
    lines = 0
    for trend in report.symptoms:
        frame = symptom_frame(report.period.first, report.period.last, LARGE)

        drawn = path(symptom_chart(trend, frame, EN), "rolling")

        for stretch in re.findall(r"M[^M]*", drawn):
            if "h" not in stretch:
                days = [day for day, _ in days_at(PLACE.findall(stretch), frame)]
                lines += 1
                assert all((after - before).days <= 3 for before, after in pairwise(days))
    assert lines > 10


def test_a_gap_of_two_days_is_bridged_and_one_of_three_is_not() -> None:
    first = date(2026, 1, 1)

    def cut(*days: int) -> list[Sequence[date]]:
        return runs(seen := [first + timedelta(days=day) for day in days], seen)

    assert len(cut(0, 3)) == 1
    assert len(cut(0, 4)) == 2
    assert cut() == []


def test_the_sum_is_drawn_with_baseline_smallest_and_progression() -> None:
    report = sample_report("worsening")
    frame = sum_frame(report.lesions, report.period, SUM)

    body = sum_chart(report.lesions, report.period, frame, EN)

    progressed = [
        one
        for one in report.lesions.history
        if one.response is LesionResponse.PROGRESSION and one.measured == one.targets
    ]
    assert progressed
    drawn = days_at(START.findall(path(body, "progression")), frame)
    assert [day for day, _ in drawn] == [one.day for one in progressed]
    for (_, value), one in zip(drawn, progressed, strict=True):
        assert one.sum_mm is not None
        assert abs(value - one.sum_mm) < 0.5
    assert "Baseline 32.6\N{NO-BREAK SPACE}mm" in body
    assert "Smallest 29.2\N{NO-BREAK SPACE}mm" in body
    assert path(body, "partly")


@pytest.mark.parametrize("state", list(LesionState))
def test_each_state_of_a_lesion_has_a_mark_of_its_own(state: LesionState) -> None:
    report = sample_report("lesions_respond")
    lesion = report.lesions.lesions[0]
    point = replace(lesion.points[0], state=state, length_mm=12.0 if state is LesionState.MEASURED else None)
    lesion = replace(lesion, points=(point,))

    body = course_chart(lesion, course_frame(lesion, report.period), EN)

    assert re.findall(r'class="(\w+)"', body) == [state.value]


def test_the_bar_of_a_medicine_shows_what_was_taken() -> None:
    doses = Adherence(
        expected=100, reported=50, taken=40, adherence=0.8, coverage=0.5, possible_low=0.4, possible_high=0.9
    )

    body = dose_chart(doses)

    assert body is not None
    assert f'class="taken" x="1" y="2" width="{0.4 * (WIDTH - 2):.1f}"' in body
    assert dose_chart(replace(doses, possible_low=None, possible_high=None)) is None


def charts(report: Report) -> list[str]:
    """All charts of symptoms of a report as SVG."""
    frame = symptom_frame(report.period.first, report.period.last, SMALL)
    return [svg(Plot(*SMALL, "<&>", '"', symptom_chart(one, frame, EN)), "a") for one in report.symptoms]


@pytest.mark.parametrize("length_days", [1, 2, 10, 62, 63, 365, 1826])
def test_a_chart_is_valid_and_named_whatever_its_period(length_days: int) -> None:
    report = sample_report("very_sick", length_days=length_days)

    for chart in charts(report):
        root = ET.fromstring(chart)  # noqa: S314  our own
        texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert root[0].text == "<&>"
        assert root.attrib["role"] == "img"
        assert 5 <= len(texts) <= 14


def test_letters_below_the_line_are_not_cut_off() -> None:
    report = sample_report("worsening", length_days=365)
    frames = [
        *(symptom_frame(report.period.first, report.period.last, size) for size in (SMALL, LARGE)),
        *(sum_frame(report.lesions, report.period, size) for size in (SUM, NARROW_SUM)),
        course_frame(report.lesions.lesions[0], report.period),
    ]

    for frame in frames:
        _, texts = time_axis(frame, EN)
        lowest = max(float(y) for y in re.findall(r' y="([\d.]+)"', "".join(texts)))
        assert lowest + DESCENT * frame.font <= frame.height


def test_a_year_has_its_months_and_five_years_their_years() -> None:
    one, five = (sample_report("stable", length_days=days) for days in (365, 1826))

    assert ">Sept<" in charts(one)[0]
    assert ">2024<" in charts(five)[0]
