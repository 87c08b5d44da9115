"""A report as one page of HTML: no script, nothing loaded from elsewhere, for screens, phones and paper."""

import re
from base64 import b64encode
from datetime import date
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from reports import plots
from reports.documents import Document, Options
from reports.phrases import Figure, Part, Phrase, Quote, contained, plain
from reports.sheets import sheet
from reports.sheets.contents import Chart

TEMPLATES: Final = Path(__file__).parent / "templates"
_BREAKS: Final = re.compile(r"\n\s*")


def render(document: Document, _options: Options) -> bytes:
    """The page of a report."""
    shown = sheet(document.report, document.sha256)
    style = _style()
    return (
        _template()
        .render(sheet=shown, style=Markup(style), policy=policy(style), sha256=document.sha256)  # noqa: S704  ours
        .encode()
    )


def policy(style: str) -> str:
    """What the page may do in a browser: show its own style, charts and photos, and nothing else."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def markup(phrase: Phrase) -> Markup:
    """A phrase whose figures say where they come from; what somebody wrote cannot reach out of its place."""
    return Markup("".join(map(_part, phrase)))  # noqa: S704  every part is escaped


def _part(part: Part) -> str:
    if isinstance(part, str):
        return escape(part)
    if isinstance(part, Quote):
        return f"<bdi>{escape(contained(part.text))}</bdi>"
    return _figure(part)


def _figure(figure: Figure) -> str:
    if isinstance(figure.value, date):
        return f'<time datetime="{figure.value.isoformat()}" data-at="{figure.path}">{escape(figure.text)}</time>'
    return f'<data value="{escape(str(figure.value))}" data-at="{figure.path}">{escape(figure.text)}</data>'


def _svg(chart: Chart) -> Markup:
    return Markup(plots.svg(chart.plot, chart.name))  # noqa: S704  charts escape their texts


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"


@lru_cache
def _style() -> str:
    return _BREAKS.sub("", (TEMPLATES / "report.css").read_text(encoding="utf-8"))


@lru_cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(markup=markup, plain=plain, svg=_svg, data_uri=_data_uri)
    return environment.get_template("report.html")
