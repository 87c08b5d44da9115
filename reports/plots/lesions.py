"""The charts of lesions: the sum of diameters over time, and the course of each lesion."""

from collections.abc import Iterable, Sequence
from typing import Final

from domain.lesions import Assessment, LesionResponse, LesionState, MeasurementMethod, Point
from domain.report import ReportedLesion, ReportedLesions, ReportPeriod
from reports.plots.axes import Frame, label, lettered, time_axis
from reports.plots.ink import (
    ALARM,
    DATA,
    FAINT,
    INK,
    MUTED,
    WINDOW,
    crosses,
    diamonds,
    line,
    number,
    rings,
    triangles,
)
from reports.words import Words

SUM: Final = (716, 152)
NARROW_SUM: Final = (360, 190)
COURSE: Final = (196, 56)
TOO_SMALL_MM: Final = 5.0
_COUNTED: Final = {"measured", "too_small", "gone"}
_STEPS: Final = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)
_MOST_LINES: Final = 5


def _top(values: Iterable[float], lines: int) -> tuple[float, int]:
    """A round number above all values, and the step of its grid."""
    highest = max(values, default=0.0) * 1.08
    step = next((step for step in _STEPS if highest <= step * lines), _STEPS[-1])
    return max(step, -(-highest // step) * step), step


def sum_frame(lesions: ReportedLesions, period: ReportPeriod, size: tuple[int, int]) -> Frame:
    """The frame of the sum: from the first assessment or the period's start to its end."""
    width, height = size
    first = min([period.first, *(one.day for one in lesions.history)])
    sums = [one.sum_mm for one in lesions.history if one.sum_mm is not None]
    top, _ = _top(sums, _MOST_LINES)
    return Frame(first, period.last, top, width, height, left=30, right=92, top=10, bottom=17, font=8.5)


def sum_chart(lesions: ReportedLesions, period: ReportPeriod, frame: Frame, words: Words) -> str:
    """The body of the chart of the sum of diameters, with baseline, smallest sum and progression."""
    ticks, texts = time_axis(frame, words)
    grid, values = _grid(frame, _MOST_LINES)
    left, right = frame.edge(period.first.toordinal()), frame.edge(period.last.toordinal() + 1)
    return "".join(
        (
            (
                f'<rect x="{number(left)}" y="{number(frame.top)}" width="{number(right - left)}" '
                f'height="{number(frame.floor - frame.top)}" fill="{WINDOW}" opacity=".05"/>'
            ),
            grid,
            ticks,
            _levels(lesions, frame, words, texts),
            _sums(lesions.history, frame),
            lettered(frame, [*texts, *values]),
        )
    )


def course_frame(lesion: ReportedLesion, period: ReportPeriod) -> Frame:
    """The frame of the diameters of one lesion."""
    width, height = COURSE
    top, _ = _top([_height(point) or 0.0 for point in lesion.points], 2)
    return Frame(period.first, period.last, top, width, height, left=20, right=4, bottom=14, font=7.5)


def course_chart(lesion: ReportedLesion, frame: Frame, words: Words) -> str:
    """The body of the chart of one lesion: each state has its own mark."""
    ticks, texts = time_axis(frame, words)
    grid, values = _grid(frame, 2)
    where = frame.places((point.day for point in lesion.points), (_height(point) or 0.0 for point in lesion.points))
    marks = [_mark(point) for point in lesion.points]
    places: dict[str, list[str]] = {}
    for mark, place in zip(marks, where, strict=True):
        places.setdefault(mark, []).append(place)
    counted = [
        place if mark in _COUNTED else None for mark, place in zip(marks, where, strict=True) if mark != "estimate"
    ]
    body = [grid, ticks, f'<path d="{_unbroken(counted)}" fill="none" stroke="{DATA}" stroke-width="1.2"/>']
    body += [_drawn(mark, of_mark) for mark, of_mark in places.items()]
    return "".join((*body, lettered(frame, [*texts, *values])))


def _unbroken(places: Iterable[str | None]) -> str:
    """The path of lines that stop wherever a place is missing."""
    stretches: list[list[str]] = [[]]
    for place in places:
        if place is None:
            stretches.append([])
        else:
            stretches[-1].append(place)
    return "".join(line(stretch) for stretch in stretches if len(stretch) > 1)


def _mark(point: Point) -> str:
    estimated = point.state is LesionState.MEASURED and point.method is MeasurementMethod.ESTIMATE
    return "estimate" if estimated else str(point.state)


def _height(point: Point) -> float | None:
    if point.state is LesionState.TOO_SMALL:
        return TOO_SMALL_MM
    return point.length_mm


def _drawn(mark: str, places: list[str]) -> str:
    outlined = f'fill="#fff" stroke="{DATA}" stroke-width="1"'
    return {
        "measured": f'<path class="measured" d="{rings(places, 2)}" fill="{DATA}"/>',
        "estimate": f'<path class="estimate" d="{rings(places, 2)}" {outlined}/>',
        "too_small": f'<path class="too_small" d="{triangles(places, 2.4, down=True)}" {outlined}/>',
        "gone": f'<path class="gone" d="{rings(places, 2.4)}" fill="#fff" stroke="{INK}" stroke-width="1.2"/>',
        "unmeasurable": f'<path class="unmeasurable" d="{crosses(places, 2)}" fill="none" stroke="{MUTED}"/>',
    }[mark]


def _grid(frame: Frame, lines: int) -> tuple[str, list[str]]:
    step = next((step for step in _STEPS if frame.top_value <= step * lines), _STEPS[-1])
    levels = range(0, int(frame.top_value) + 1, step)
    right = number(frame.width - frame.right)
    path = "".join(f"M{number(frame.left)} {number(frame.y(level))}H{right}" for level in levels)
    texts = [label((frame.left - 4, frame.y(level) + frame.font * 0.36), str(level), anchor="end") for level in levels]
    return f'<path d="{path}" stroke="{FAINT}" stroke-width=".6"/>', texts


def _levels(lesions: ReportedLesions, frame: Frame, words: Words, texts: list[str]) -> str:
    """Lines at the baseline and at the smallest sum, named at their right end."""
    drawn: list[str] = []
    named: list[float] = []
    levels = (
        (lesions.baseline_mm, words.text("Baseline"), "5 2"),
        (lesions.nadir_mm, words.text("Smallest"), "1.5 2"),
    )
    right = frame.width - frame.right
    for value, name, dash in levels:
        if value is None:
            continue
        y = frame.y(value)
        drawn.append(
            f'<path d="M{number(frame.left)} {number(y)}H{number(right)}" stroke="{INK}" '
            f'stroke-width=".9" stroke-dasharray="{dash}"/>'
        )
        beside = y if all(abs(y - other) > frame.font + 1 for other in named) else named[-1] + frame.font + 2
        named.append(beside)
        text = f"{name} {words.decimal(value, 1)}\N{NO-BREAK SPACE}mm"
        texts.append(label((right + 4, beside + frame.font * 0.36), text, anchor="start", fill=INK))
    return "".join(drawn)


def _sums(history: Sequence[Assessment], frame: Frame) -> str:
    where = frame.places((one.day for one in history), (one.sum_mm or 0.0 for one in history))
    marks = [_sum_mark(one) for one in history]
    complete = [
        place if one.sum_mm is not None and one.measured == one.targets else None
        for one, place in zip(history, where, strict=True)
    ]
    places = {mark: [place for one, place in zip(marks, where, strict=True) if one == mark] for mark in set(marks)}
    outlined = f'fill="#fff" stroke="{DATA}" stroke-width="1.1"'
    return (
        f'<path d="{_unbroken(complete)}" fill="none" stroke="{DATA}" stroke-width="1.4"/>'
        f'<path class="sums" d="{rings(places.get("sums", ()), 2.4)}" fill="{DATA}"/>'
        f'<path class="partly" d="{triangles(places.get("partly", ()), 3)}" {outlined}/>'
        f'<path class="progression" d="{diamonds(places.get("progression", ()), 4)}" fill="{ALARM}"/>'
    )


def _sum_mark(one: Assessment) -> str | None:
    """Progression is marked on a complete sum, and at 0 where there is none."""
    progressed = one.response is LesionResponse.PROGRESSION
    if one.sum_mm is None:
        return "progression" if progressed else None
    if one.measured < one.targets:
        return "partly"
    return "progression" if progressed else "sums"
