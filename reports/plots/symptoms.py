"""The chart of a symptom: daily values as points, their rolling median as a line, gaps as gaps."""

from collections.abc import Callable
from datetime import date
from typing import Final

from domain.report.bands import MODERATE_FROM, SEVERE_FROM
from domain.trends import CountTrend, DayMedian, DayValue, SymptomTrend, Window
from reports.plots.axes import Frame, floor_line, label, lettered, runs, time_axis
from reports.plots.ink import (
    ALARM,
    DATA,
    FAINT,
    INK,
    MODERATE,
    MUTED,
    SEVERE,
    WINDOW,
    diamonds,
    dots,
    line,
    number,
)
from reports.words import Words

HIGHEST: Final = 10
SMALL: Final = (196, 66)
LARGE: Final = (344, 132)


def symptom_frame(first: date, last: date, size: tuple[int, int]) -> Frame:
    """The frame of a severity, 0 to 10."""
    width, height = size
    if size == SMALL:
        return Frame(first, last, HIGHEST, width, height, left=15, right=4, bottom=14, font=7.5)
    return Frame(first, last, HIGHEST, width, height, left=17, right=50, top=7, bottom=16)


def symptom_chart(trend: SymptomTrend, frame: Frame, words: Words) -> str:
    """The body of the chart of a symptom."""
    ticks, texts = time_axis(frame, words)
    texts += [
        label((frame.left - 4, frame.y(value) + frame.font * 0.36), str(value), anchor="end")
        for value in (0, MODERATE_FROM, SEVERE_FROM, HIGHEST)
    ]
    if frame.right > frame.font:
        texts += _bands_named(frame, words)
    return "".join(
        (
            _bands(frame),
            *(_window(window, frame) for window in (trend.baseline, trend.current) if window),
            floor_line(frame, [point.day for point in trend.points]),
            ticks,
            _points(trend.points, frame),
            _rolling(trend.rolling_median, frame),
            *(_level(window, frame) for window in (trend.baseline, trend.current) if window),
            lettered(frame, texts),
        )
    )


def count_frame(trend: CountTrend, first: date, last: date) -> Frame:
    """The frame of a count, from 0 to a little above the highest."""
    width, height = LARGE
    highest = max(point.value for point in trend.points)
    top = next(top for top in _round_tops() if top >= highest)
    return Frame(first, last, top, width, height, left=24, right=50, top=7, bottom=16)


def count_chart(trend: CountTrend, frame: Frame, words: Words) -> str:
    """The body of the chart of a count: points only."""
    ticks, texts = time_axis(frame, words)
    levels = sorted({0, int(frame.top_value) // 2, int(frame.top_value)})
    texts += [label((frame.left - 4, frame.y(value) + frame.font * 0.36), str(value), anchor="end") for value in levels]
    grid = "".join(_across(frame, value) for value in levels[1:])
    days = [point.day for point in trend.points]
    places = frame.places(days, [point.value for point in trend.points])
    return "".join(
        (
            f'<path d="{grid}" stroke="{FAINT}" stroke-width=".6"/>',
            *(_window(window, frame) for window in (trend.baseline, trend.current) if window),
            floor_line(frame, days),
            ticks,
            f'<path class="days" d="{dots(places)}" stroke="{INK}" stroke-width="2.6" stroke-linecap="round"/>',
            *(_level(window, frame) for window in (trend.baseline, trend.current) if window),
            lettered(frame, texts),
        )
    )


def _round_tops() -> tuple[int, ...]:
    return (2, 4, 10, 20, 40, 60, 100, 200, 400, 600, 1000)


def _across(frame: Frame, value: float) -> str:
    return f"M{number(frame.left)} {number(frame.y(value))}H{number(frame.width - frame.right)}"


def _bands(frame: Frame) -> str:
    """What is severe and what is moderate, as light grounds with a line below each."""
    left, wide = number(frame.left), number(frame.width - frame.left - frame.right)
    top, severe, moderate = frame.y(HIGHEST), frame.y(SEVERE_FROM), frame.y(MODERATE_FROM)
    return (
        f'<rect x="{left}" y="{number(top)}" width="{wide}" height="{number(severe - top)}" fill="{SEVERE}"/>'
        f'<rect x="{left}" y="{number(severe)}" width="{wide}" height="{number(moderate - severe)}" '
        f'fill="{MODERATE}"/>'
        f'<path d="{_across(frame, SEVERE_FROM)}" stroke="{ALARM}" stroke-width=".6" opacity=".55"/>'
        f'<path d="{_across(frame, MODERATE_FROM)}" stroke="{MUTED}" stroke-width=".5" stroke-dasharray="2 2" '
        f'opacity=".7"/>'
    )


def _bands_named(frame: Frame, words: Words) -> list[str]:
    x = frame.width - frame.right + 4
    say: Callable[[str], str] = words.text
    middles = (
        ((SEVERE_FROM + HIGHEST) / 2, say("severe")),
        ((MODERATE_FROM + SEVERE_FROM) / 2, say("moderate")),
        (MODERATE_FROM / 2, say("mild")),
    )
    return [label((x, frame.y(value) + frame.font * 0.36), text, anchor="start") for value, text in middles]


def _window(window: Window, frame: Frame) -> str:
    left, right = frame.edge(window.from_day.toordinal()), frame.edge(window.to_day.toordinal() + 1)
    return (
        f'<rect x="{number(left)}" y="{number(frame.top)}" width="{number(right - left)}" '
        f'height="{number(frame.floor - frame.top)}" fill="{WINDOW}" opacity=".13"/>'
    )


def _level(window: Window, frame: Frame) -> str:
    """The median of a window: a bar across it."""
    left, right = frame.edge(window.from_day.toordinal()), frame.edge(window.to_day.toordinal() + 1)
    y = number(frame.y(window.value))
    return (
        f'<path d="M{number(left)} {y}H{number(right)}" stroke="#fff" stroke-width="4"/>'
        f'<path class="level" d="M{number(left)} {y}H{number(right)}" stroke="{INK}" stroke-width="2.4"/>'
    )


def _points(points: tuple[DayValue, ...], frame: Frame) -> str:
    size = 2.2 if frame.height < LARGE[1] else 2.8
    places = frame.places([point.day for point in points], [point.value for point in points])
    mild = [place for point, place in zip(points, places, strict=True) if point.value < SEVERE_FROM]
    severe = [place for point, place in zip(points, places, strict=True) if point.value >= SEVERE_FROM]
    return (
        f'<path class="days" d="{dots(mild)}" stroke="{MUTED}" stroke-width="{size}" stroke-linecap="round"/>'
        f'<path class="severe" d="{diamonds(severe, size)}" fill="{ALARM}"/>'
    )


def _rolling(medians: tuple[DayMedian, ...], frame: Frame) -> str:
    days = [one.day for one in medians]
    places = frame.places(days, [one.value for one in medians])
    path = "".join(map(line, runs(places, days)))
    return (
        f'<path class="rolling" d="{path}" fill="none" stroke="{DATA}" stroke-width="1.6" stroke-linejoin="round" '
        f'stroke-linecap="round"/>'
    )
