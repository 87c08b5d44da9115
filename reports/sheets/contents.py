"""What a page holds, in the order in which it is read: phrases and charts, ready for HTML and PDF alike."""

from dataclasses import dataclass
from typing import Final

from reports.phrases import EMPTY, Phrase
from reports.plots.axes import Plot

ALARM: Final = "alarm"
GOOD: Final = "good"
CALM: Final = "calm"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what is known of it."""

    name: Phrase
    value: Phrase


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: what it says, and the small print below."""

    main: Phrase
    under: Phrase = EMPTY


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement in one word, with a mark that is not colour and a tone that is."""

    mark: str
    text: Phrase
    tone: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that needs attention."""

    what: Phrase
    why: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its name on the page."""

    name: str
    plot: Plot


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table that begins with what it is about."""

    head: Cell
    verdict: Verdict | None
    chart: Chart | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the names of its columns; the second column is the chart."""

    columns: tuple[Phrase, ...]
    rows: tuple[Row, ...]
    caption: Phrase


@dataclass(frozen=True, slots=True)
class Detail:
    """A larger chart and the numbers that support it."""

    title: Phrase
    verdict: Verdict | None
    chart: Chart
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo: JPEG, what it shows, and its caption."""

    jpeg: bytes
    alternative: Phrase
    caption: Phrase


@dataclass(frozen=True, slots=True)
class Pictures:
    """The photos of one lesion."""

    title: Phrase
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The heading of a part and what leads into it."""

    title: Phrase
    lead: Phrase = EMPTY


@dataclass(frozen=True, slots=True)
class Lesions:
    """How the lesions responded, and the course of each."""

    section: Section
    verdict: Verdict | None
    reason: Phrase
    facts: tuple[Fact, ...]
    chart: Chart | None
    """None if no sum is known."""
    narrow: Chart | None
    """The same for a phone."""
    key: Phrase
    assessments: Table | None
    each: Table | None


@dataclass(frozen=True, slots=True)
class Writing:
    """A day and what the patient wrote on it."""

    day: Phrase
    text: Phrase


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole report as it is printed."""

    language: str
    title: Phrase
    clinic: Phrase
    name: Phrase
    facts: tuple[Fact, ...]
    attention: Section
    items: tuple[Item, ...]
    calm: Phrase
    """What is said where nothing needs attention."""
    symptoms: Section
    key: Phrase
    table: Table | None
    details_section: Section
    details: tuple[Detail, ...]
    lesions: Lesions
    photos_section: Section
    photos: tuple[Pictures, ...]
    medications_section: Section
    medications: Table | None
    lifestyle_section: Section
    lifestyle: tuple[Fact, ...]
    notes_section: Section
    notes: tuple[Writing, ...]
    methods_section: Section
    methods: tuple[Fact, ...]
    origin: tuple[Fact, ...]
    disclaimer: Phrase
    page: Phrase
    """"Page {page} of {pages}", the places left open."""
