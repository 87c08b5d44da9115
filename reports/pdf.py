"""A report as PDF: tagged, PDF/UA-1, with the fonts that come along."""

import json
from base64 import b64encode
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import typst

from reports import glyphs, plots
from reports.documents import Document, Options
from reports.phrases import Figure, Quote, contained, plain
from reports.sheets import sheet
from reports.sheets.contents import Chart, Picture

TEMPLATE: Final = Path(__file__).parent / "templates" / "report.typ"
STANDARD: Final = "ua-1"
FAMILIES: Final = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Math", "Noto Sans Symbols2")
FIRST_ISOLATE, POP_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_WIDE, _HIGH = 400, 300


def render(document: Document, options: Options) -> bytes:
    """The PDF of a report; of the same report always the same bytes."""
    folders = (glyphs.BUNDLED, *((options.font_dir,) if options.font_dir else ()))
    written = _written(document, glyphs.Legible(folders))
    found: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=list(folders),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=STANDARD,
        sys_inputs={"sheet": json.dumps(written, ensure_ascii=False)},
    )
    return found


def _written(document: Document, legible: glyphs.Legible) -> dict[str, Any]:
    """The sheet as JSON, with what only the PDF needs."""
    printed = sheet(document.report, document.sha256)
    shown: dict[str, Any] = _plain(printed, legible)
    at = document.report.generated_at
    return {
        **shown,
        "name_of_document": legible(f"{plain(printed.title)} – {contained(plain(printed.name))}"),
        "keywords": f"SHA-256 {document.sha256}",
        "author": legible(contained(document.report.clinic)),
        "date": (at.year, at.month, at.day, at.hour, at.minute),
        "fonts": FAMILIES,
        "foot": legible(f"{FIRST_ISOLATE}{contained(document.report.clinic)}{POP_ISOLATE} · {document.sha256[:16]}"),
    }


def _plain(value: Any, legible: glyphs.Legible) -> Any:  # noqa: ANN401  any part of a sheet
    """A part of a sheet as JSON values: a phrase is one text, a chart its SVG."""
    if isinstance(value, tuple):
        if value and isinstance(value[0], str | Figure | Quote):
            return legible("".join(map(_text, value)))
        return [_plain(one, legible) for one in value]
    if isinstance(value, Chart):
        alternative = legible(f"{value.plot.title}. {value.plot.description}")
        return {"svg": legible(plots.svg(value.plot, value.name)), "alternative": alternative}
    if isinstance(value, Picture):
        return {**_fields(value, legible), "svg": _photo(value.jpeg)}
    return _fields(value, legible) if is_dataclass(value) else value


def _fields(value: Any, legible: glyphs.Legible) -> dict[str, Any]:  # noqa: ANN401  any part of a sheet
    shown = {one.name: getattr(value, one.name) for one in fields(value)}
    return {name: _plain(part, legible) for name, part in shown.items() if not isinstance(part, bytes)}


def _text(part: str | Figure | Quote) -> str:
    if isinstance(part, Quote):
        return f"{FIRST_ISOLATE}{contained(part.text)}{POP_ISOLATE}"
    return part if isinstance(part, str) else part.text


def _photo(jpeg: bytes) -> str:
    """A photo in a frame of its own, so that all have one size."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}">'
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#eef1f4"/>'
        f'<image width="{_WIDE}" height="{_HIGH}" href="data:image/jpeg;base64,{b64encode(jpeg).decode()}"/></svg>'
    )
