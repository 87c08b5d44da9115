"""Reading a report's page back: what each number on it says, and where in the JSON it comes from."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from babel.numbers import parse_decimal

from reports.words import MINUS

VOID = {"meta", "img", "br", "link", "input"}
FREE = {"bdi", "svg", "style", "title"}
"""Elements whose text is no statement of numbers: quotations, charts, the style."""


@dataclass
class Told:
    """A number or a day on a page."""

    path: str
    value: str
    text: str = ""


@dataclass
class Page:
    """What a page says."""

    told: list[Told] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    """Texts outside of numbers, quotations, charts and methods."""
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)


def read(html: str) -> Page:
    """A page of HTML as its reader takes it in."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.page.elements.append((tag, given))
        if at := given.get("data-at"):
            self.page.told.append(Told(at, given.get("datetime") or given.get("value") or ""))
        if tag not in VOID:
            self.open.append((tag, tag in FREE or at is not None or given.get("class") in {"methods", "key"}))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] in {"data", "time"}:
            self.page.told[-1].text += data
        elif not any(free for _, free in self.open):
            self.page.rest.append(data)


def at(content: Any, path: str) -> Any:
    """What stands at a place of the JSON."""
    for key in path.split("/"):
        content = content[int(key)] if isinstance(content, list) else content[key]
    return content


def number(text: str, language: str) -> tuple[Decimal, Decimal]:
    """A printed number, and half of what its last digit counts; percent as a share of one."""
    bare = text.replace("\N{NO-BREAK SPACE}", " ").replace(MINUS, "-").removeprefix("= ").removesuffix(" mm")
    share = bare.endswith("%")
    bare = bare.removesuffix("%").strip()
    exact = parse_decimal(bare.removeprefix("+"), locale={"en": "en_GB", "de": "de_DE"}[language], strict=True)
    half = Decimal(1).scaleb(int(exact.as_tuple().exponent)) / 2
    return (exact / 100, half / 100) if share else (exact, half)


def agrees(told: Told, truth: Any, language: str) -> bool:
    """Whether what is printed is what the JSON says, but for the digits that it leaves out."""
    if isinstance(truth, str):
        return _agrees_with_text(told, truth)
    if told.text.startswith("<"):
        return bool(truth < number(told.text.removeprefix("<").strip(), language)[0] and float(told.value) == truth)
    printed, half = number(told.text, language)
    return abs(printed - Decimal(repr(truth))) <= half and bool(float(told.value) == truth)


def _agrees_with_text(told: Told, truth: str) -> bool:
    if truth == told.text:  # a digest, a version, a time of day
        return True
    if "/reason" in told.path or told.path.endswith("reason"):
        return told.value in truth or told.value.removesuffix(".0") in truth
    printed = datetime.fromisoformat(told.value)
    if printed != datetime.fromisoformat(truth):
        return False
    day = printed.date() if "T" in told.value else date.fromisoformat(told.value)
    return str(day.year) in told.text and str(day.day) in told.text
