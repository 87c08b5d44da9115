"""What a page says: messages in a reader's language, numbers and dates as that reader writes them.

The messages in the code are English. Each other language has a catalogue in `locales/`; `docs/reports.md` says how a
translator adds one.
"""

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_datetime, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from domain.languages import Labels, Language
from reports.phrases import Part, Phrase

LOCALES: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "reports"
"""Name of the catalogues: `locales/<language>/LC_MESSAGES/reports.po`."""
IN_THE_CODE: Final[Language] = "en"
TERRITORIES: Final[Mapping[Language, str]] = {"en": "GB", "de": "DE"}
"""Whose way of writing dates and numbers; a language without one uses its most common."""

NOTHING: Final = "–"
"""Stands for what is not known or cannot be had."""
MINUS: Final = "\N{MINUS SIGN}"
_PLACE: Final = re.compile(r"\{(\w+)\}")
_HOURS: Final = "HH:mm"


@dataclass(frozen=True)
class Words:
    """A language and its ways."""

    language: Language

    def say(self, message: str, **parts: Part | Phrase) -> Phrase:
        """A message in this language, its `{places}` filled.

        Args:
            message: in English, as it stands in the code; `pybabel extract` finds it there.
            parts: by the name of their place.
        """
        return _filled(self._catalogue.gettext(message), parts)

    def say_in(self, context: str, message: str, **parts: Part | Phrase) -> Phrase:
        """As `say`, for a word that other languages translate by what it is said of."""
        return _filled(self._catalogue.pgettext(context, message), parts)

    def say_many(self, one: str, many: str, number: int, **parts: Part | Phrase) -> Phrase:
        """As `say`, in the grammatical number of `number`."""
        return _filled(self._catalogue.ngettext(one, many, number), parts)

    def text(self, message: str) -> str:
        """A message without places."""
        return self._catalogue.gettext(message)

    def label(self, labels: Labels) -> str:
        """A name of the catalogues of symptoms and sites."""
        return labels[self.language]

    def decimal(self, value: float, digits: int, *, signed: bool = False) -> str:
        """A number with so many decimals, halves away from zero; with a sign if it is a change."""
        exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        sign = MINUS if exact < 0 else "+" if signed and exact > 0 else ""
        return sign + f"{abs(exact):,.{digits}f}".translate(self._marks)

    def percent(self, percent: float, digits: int = 0) -> str:
        """So many of a hundred, with their sign."""
        return self._percent_pattern.replace("0", self.decimal(percent, digits))

    def day(self, day: date) -> str:
        """A day with its year."""
        return _day(day, "yMMMd", self._locale)

    def day_of_year(self, day: date) -> str:
        """A day without its year, where that is clear."""
        return _day(day, "MMMd", self._locale)

    def month(self, day: date) -> str:
        """The short name of a month."""
        return str(self._locale.months["stand-alone"]["abbreviated"][day.month])

    def moment(self, at: datetime) -> str:
        """A day and a time of day."""
        return f"{self.day(at.date())}, {format_datetime(at, _HOURS, locale=self._locale)}"

    @cached_property
    def _locale(self) -> Locale:
        return Locale(self.language, TERRITORIES.get(self.language))

    @cached_property
    def _catalogue(self) -> gettext.NullTranslations:
        return _catalogue(self.language)

    @cached_property
    def _marks(self) -> dict[int, str]:
        symbols = self._locale.number_symbols["latn"]
        return {ord(","): symbols["group"], ord("."): symbols["decimal"]}

    @cached_property
    def _percent_pattern(self) -> str:
        return str(self._locale.percent_formats[None].pattern).replace("#,##0", "0")


@lru_cache
def words(language: Language) -> Words:
    """The words of a language; read once."""
    return Words(language)


@lru_cache(maxsize=4096)
def _day(day: date, skeleton: str, locale: Locale) -> str:
    written = str(format_skeleton(skeleton, day, locale=locale)).replace(" ", "\N{NO-BREAK SPACE}")
    # In a narrow column the year may go to the next line; the day never leaves its month.
    return written.replace(f"\N{NO-BREAK SPACE}{day.year}", f" {day.year}")


def _filled(message: str, parts: Mapping[str, Part | Phrase]) -> Phrase:
    """The message cut at its places, with what belongs there."""
    pieces = _PLACE.split(message)
    found: list[Part] = []
    for number, piece in enumerate(pieces):
        if number % 2:
            part = parts[piece]
            found.extend(part if isinstance(part, tuple) else (part,))
        elif piece:
            found.append(piece)
    return tuple(found)


def catalogue_file(language: Language) -> Path:
    """Where the messages of a language are translated."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _catalogue(language: Language) -> gettext.NullTranslations:
    if language == IN_THE_CODE:
        return gettext.NullTranslations()
    with catalogue_file(language).open("rb") as source:
        read = read_po(source, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
