"""Colours and strokes of the charts. Nothing is told by colour alone: each mark has a shape, each line a dash."""

from collections.abc import Sequence
from typing import Final

INK: Final = "#1c2733"
MUTED: Final = "#56616d"
FAINT: Final = "#c3cad2"
DATA: Final = "#0b5c8a"
"""Blue and vermilion stay apart for the colour-blind, and light and dark in grey."""
ALARM: Final = "#b3300e"
WINDOW: Final = "#0b5c8a"
SEVERE: Final = "#f6ebe6"
MODERATE: Final = "#fbf7f4"
FONT: Final = "Noto Sans, Segoe UI, Roboto, Helvetica, Arial, sans-serif"


def number(value: float) -> str:
    """A coordinate, a tenth of a pixel exact."""
    return f"{value:.1f}".removesuffix(".0")


def diamonds(places: Sequence[str], radius: float) -> str:
    """The path of diamonds around these places."""
    r = number(radius)
    return _at_each(places, f"m0-{r}l{r} {r}-{r} {r}-{r}-{r}z")


def dots(places: Sequence[str]) -> str:
    """The path of dots at these places, for a stroke with round ends."""
    return _at_each(places, "h.01")


def line(places: Sequence[str]) -> str:
    """The path of a line through these places; of one place a short dash."""
    if len(places) == 1:
        return f"M{places[0]}m-1.5 0h3"
    return "M" + "L".join(places)


def triangles(places: Sequence[str], radius: float, *, down: bool = False) -> str:
    """The path of triangles around these places, pointing up or down."""
    r, d, rise = number(radius), number(2 * radius), number(1.8 * radius)
    shape = f"m0 {r}l{r}-{rise}h-{d}z" if down else f"m0-{r}l{r} {rise}h-{d}z"
    return _at_each(places, shape)


def rings(places: Sequence[str], radius: float) -> str:
    """The path of circles around these places."""
    r, d = number(radius), number(2 * radius)
    return _at_each(places, f"m-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z")


def crosses(places: Sequence[str], radius: float) -> str:
    """The path of crosses at these places."""
    r, d = number(radius), number(2 * radius)
    return _at_each(places, f"m-{r}-{r}l{d} {d}m0-{d}l-{d} {d}")


def _at_each(places: Sequence[str], shape: str) -> str:
    return f"M{f'{shape}M'.join(places)}{shape}" if places else ""
