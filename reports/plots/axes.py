"""The frame of a chart: where a day and a value are, and the marks along both axes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from itertools import pairwise
from operator import sub
from typing import Final, TypeVar

from reports.plots.ink import FAINT, FONT, INK, MUTED, number
from reports.words import Words

MOST_MISSING: Final = 2
"""Days without a value over which a line still goes; over more it would invent a course."""
_DAYS_NAMED: Final = 62
_MONTHS_NAMED: Final = 800
_LABEL_WIDTH: Final = 27.0
_YEAR: Final = 12
"""Months."""
Place = tuple[float, float]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart and what it says in words."""

    width: int
    height: int
    title: str
    description: str
    body: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The area of a chart in which data is drawn."""

    first: date
    last: date
    top_value: float
    width: int
    height: int
    left: float = 18
    right: float = 6
    top: float = 5
    bottom: float = 15
    font: float = 8

    def x(self, day: date) -> float:
        """The middle of a day."""
        return self.edge(day.toordinal() + 0.5)

    def edge(self, ordinal: float) -> float:
        """A moment, as ordinal of its day."""
        start = self.first.toordinal()
        days = self.last.toordinal() + 1 - start
        return self.left + (ordinal - start) / days * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """A value."""
        return self.floor - value / self.top_value * (self.floor - self.top)

    @property
    def floor(self) -> float:
        """Where 0 is."""
        return self.height - self.bottom

    def places(self, days: Iterable[date], values: Iterable[float]) -> list[str]:
        """Where days and values are, as paths write it. Charts of one period share the days, and ratings the values."""
        across, up = map(_columns(self).__getitem__, days), map(_heights(self).__getitem__, values)
        return [f"{x} {y}" for x, y in zip(across, up, strict=True)]


@lru_cache(maxsize=8)
def _columns(frame: Frame) -> dict[date, str]:
    """Where each day of a frame is."""
    days = frame.last.toordinal() - frame.first.toordinal() + 1
    step = (frame.width - frame.left - frame.right) / days
    return {frame.first + timedelta(days=day): number(frame.left + (day + 0.5) * step) for day in range(days)}


@lru_cache(maxsize=8)
def _heights(frame: Frame) -> "_Heights":
    return _Heights(frame)


class _Heights(dict[float, str]):
    """Where each value of a frame is, looked up once."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame

    def __missing__(self, value: float) -> str:
        self[value] = found = number(self._frame.y(value))
        return found


def svg(plot: Plot, name: str) -> str:
    """The chart as SVG with its title and description.

    Args:
        plot: what to write.
        name: unique on the page.
    """
    title, said = f"{name}-t", f"{name}-d"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {plot.width} {plot.height}" width="{plot.width}" '
        f'height="{plot.height}" role="img" aria-labelledby="{title} {said}">'
        f'<title id="{title}">{escape(plot.title)}</title><desc id="{said}">{escape(plot.description)}</desc>'
        f"{plot.body}</svg>"
    )


def runs(items: Sequence[T], days: Iterable[date]) -> list[Sequence[T]]:
    """The items of these days, cut where more than two days are missing between them."""
    ordinals = list(map(date.toordinal, days))
    steps = map(sub, ordinals[1:], ordinals)
    cuts = [at for at, step in enumerate(steps, start=1) if step > MOST_MISSING + 1]
    return [items[start:end] for start, end in pairwise([0, *cuts, len(items)])] if items else []


def label(at: Place, text: str, *, anchor: str = "middle", fill: str = MUTED) -> str:
    """A short text in a chart."""
    x, y = at
    return f'<text x="{number(x)}" y="{number(y)}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'


def lettered(frame: Frame, texts: Iterable[str]) -> str:
    """Texts in the chart's type."""
    return f'<g font-family="{FONT}" font-size="{number(frame.font)}">{"".join(texts)}</g>'


def floor_line(frame: Frame, days: Sequence[date]) -> str:
    """The line at 0: drawn where there are values, interrupted where more than two days are missing."""
    dense = "".join(
        f"M{number(frame.edge(run[0].toordinal()))} {number(frame.floor)}H{number(frame.edge(run[-1].toordinal() + 1))}"
        for run in runs(days, days)
    )
    whole = f"M{number(frame.left)} {number(frame.floor)}H{number(frame.width - frame.right)}"
    return (
        f'<path d="{whole}" stroke="{FAINT}" stroke-width=".6" stroke-dasharray="1 2.5" fill="none"/>'
        f'<path d="{dense}" stroke="{INK}" stroke-width="1.1" fill="none"/>'
    )


def time_axis(frame: Frame, words: Words) -> tuple[str, list[str]]:
    """Ticks below the chart, and their texts."""
    y = number(frame.floor)
    ticks: list[str] = []
    texts: list[str] = []
    for day, text, anchor in _named_days(frame, words):
        x = frame.x(day) if anchor == "middle" else frame.edge(day.toordinal() + (anchor == "end"))
        ticks.append(f"M{number(x)} {y}v3")
        texts.append(label((x, frame.floor + 4 + frame.font), text, anchor=anchor))
    return f'<path d="{"".join(ticks)}" stroke="{MUTED}" stroke-width=".7"/>', texts


def _named_days(frame: Frame, words: Words) -> Iterator[tuple[date, str, str]]:
    days = frame.last.toordinal() - frame.first.toordinal() + 1
    if days <= _DAYS_NAMED:
        yield frame.first, words.day_of_year(frame.first), "start"
        if days > 1:
            yield frame.last, words.day_of_year(frame.last), "end"
        return
    stride = _YEAR if days > _MONTHS_NAMED else _stride(frame, days)
    room = frame.width - frame.right - _LABEL_WIDTH / 2
    for month in range(frame.first.year * _YEAR + frame.first.month - 1, frame.last.year * _YEAR + frame.last.month):
        day = date(month // _YEAR, month % _YEAR + 1, 1)
        if month % stride == 0 and day >= frame.first and frame.x(day) <= room:
            yield day, str(day.year) if day.month == 1 else words.month(day), "middle"


def _stride(frame: Frame, days: int) -> int:
    """Months from label to label, so that they do not touch."""
    month = (frame.width - frame.left - frame.right) / days * 30.4
    return next((stride for stride in (1, 2, 3, 4, 6) if stride * month >= _LABEL_WIDTH), _YEAR)
