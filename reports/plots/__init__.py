"""Charts as SVG: pure, without a script, readable in black and white."""
