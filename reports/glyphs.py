"""Which characters the fonts of a PDF have, so that what they lack is seen to be missing."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont, TTLibError

BUNDLED: Final = Path(__file__).parent / "fonts"
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that no font has."""

_IGNORED: Final = frozenset(
    (
        *b"\t\n\r ",
        0xAD,
        0x34F,
        0x61C,
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
    )
)
"""Code points that need no glyph: white space, joiners, marks of direction (Unicode, Default_Ignorable_Code_Point)."""
_FORBIDDEN: Final = frozenset((*(set(range(0x20)) - set(b"\t\n\r")), *range(0x7F, 0xA0), 0xFEFF, 0xFFFE, 0xFFFF))
"""Controls and what PDF/UA-1 does not allow, whatever a font says."""


def font_files(folders: Sequence[Path]) -> tuple[Path, ...]:
    """All fonts of these folders, in order of name."""
    return tuple(
        file
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in {".ttf", ".otf"} and file.is_file()
    )


@lru_cache(maxsize=64)
def characters(font: Path) -> frozenset[int]:
    """Code points that a font has a glyph for; none if it cannot be read."""
    try:
        with font.open("rb") as file:
            return frozenset(TTFont(file, lazy=True).getBestCmap() or ())
    except (TTLibError, KeyError):
        return frozenset()


class Legible:
    """Makes texts legible with the fonts of these folders: what none of them has is replaced visibly."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._known = _IGNORED.union(*map(characters, font_files(folders))) - _FORBIDDEN

    def __call__(self, text: str) -> str:
        """The text as it can be printed."""
        if text.isascii() and text.isprintable():
            return text
        return "".join(
            character if ord(character) in self._known else REPLACEMENT
            for character in unicodedata.normalize("NFC", text)
        )
