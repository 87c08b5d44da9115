"""Charts as SVG: pure, without a script, readable in black and white."""

from reports.plots.axes import Plot, svg

__all__ = ["Plot", "svg"]
