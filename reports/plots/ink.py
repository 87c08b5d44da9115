"""Colours and strokes of the charts. Nothing is told by colour alone: each mark has a shape, each line a dash."""

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


def diamonds(places: list[tuple[float, float]], radius: float) -> str:
    """The path of diamonds around these places."""
    r = number(radius)
    return "".join(f"M{number(x)} {number(y - radius)}l{r} {r}-{r} {r}-{r}-{r}z" for x, y in places)


def dots(places: list[tuple[float, float]]) -> str:
    """The path of dots at these places, for a stroke with round ends."""
    return "".join(f"M{number(x)} {number(y)}h.01" for x, y in places)


def line(places: list[tuple[float, float]]) -> str:
    """The path of a line through these places; of one place a short dash."""
    if len(places) == 1:
        x, y = places[0]
        return f"M{number(x - 1.5)} {number(y)}h3"
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in places)


def triangles(places: list[tuple[float, float]], radius: float, *, down: bool = False) -> str:
    """The path of triangles around these places, pointing up or down."""
    tip, rise = (radius, -1.8 * radius) if down else (-radius, 1.8 * radius)
    r, d = number(radius), number(2 * radius)
    return "".join(f"M{number(x)} {number(y + tip)}l{r} {number(rise)}h-{d}z" for x, y in places)


def rings(places: list[tuple[float, float]], radius: float) -> str:
    """The path of circles around these places."""
    r, d = number(radius), number(2 * radius)
    return "".join(f"M{number(x - radius)} {number(y)}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z" for x, y in places)


def crosses(places: list[tuple[float, float]], radius: float) -> str:
    """The path of crosses at these places."""
    d = number(2 * radius)
    return "".join(f"M{number(x - radius)} {number(y - radius)}l{d} {d}m0-{d}l-{d} {d}" for x, y in places)
