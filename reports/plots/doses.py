"""The bar of a medicine: doses that were taken, that nobody reported, and that were not taken."""

from typing import Final

from domain.medications import Adherence
from reports.plots.ink import DATA, INK, MUTED, number

WIDTH: Final = 150
HEIGHT: Final = 14
SCALE: Final = 100


def dose_chart(doses: Adherence) -> str | None:
    """The body of the bar; None if no dose was expected.

    All expected doses are the whole length. From the left: taken (full), not reported (striped), not taken (empty).
    """
    if doses.possible_low is None or doses.possible_high is None:
        return None
    whole = WIDTH - 2
    taken, unknown = doses.possible_low * whole, (doses.possible_high - doses.possible_low) * whole
    stripes = "".join(f"M{number(1 + taken + at)} 12V2" for at in _every(2.5, unknown))
    return (
        f'<rect class="taken" x="1" y="2" width="{number(taken)}" height="10" fill="{DATA}"/>'
        f'<path d="{stripes}" stroke="{MUTED}" stroke-width=".8"/>'
        f'<rect x="1" y="2" width="{whole}" height="10" fill="none" stroke="{INK}" stroke-width=".8"/>'
    )


def _every(step: float, length: float) -> list[float]:
    return [number * step for number in range(1, int(length / step) + 1)]
