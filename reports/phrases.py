"""What a page shows, before it is HTML or PDF: phrases whose numbers remember where in the report they come from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a day as it is printed."""

    text: str
    """In the reader's language."""
    value: float | date | datetime | str
    """As in the report."""
    path: str
    """Where it stands in the report's JSON: keys and indices, joined by `/`."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody wrote: a name, a note. It may be in any script and of any length."""

    text: str


Part = str | Figure | Quote
Phrase = tuple[Part, ...]

EMPTY: Final[Phrase] = ()
_DIRECTIONS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Characters that turn the direction of what follows, beyond what was quoted."""


def joined(phrases: Iterable[Phrase], by: str) -> Phrase:
    """One phrase of several that are not empty."""
    found: list[Part] = []
    for phrase in phrases:
        if phrase:
            found.extend((by, *phrase) if found else phrase)
    return tuple(found)


def plain(phrase: Phrase) -> str:
    """A phrase as text."""
    return "".join(
        part if isinstance(part, str) else contained(part.text) if isinstance(part, Quote) else part.text
        for part in phrase
    )


def contained(text: str) -> str:
    """What somebody wrote, without characters that would turn the direction of what stands beside it."""
    return text.translate(_DIRECTIONS)
