"""Which characters the fonts of a PDF have, so that what they lack is seen to be missing."""

import struct
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

BUNDLED: Final = Path(__file__).parent / "fonts"
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that no font has."""

_SEGMENTS, _GROUPS = 4, 12
"""Formats of a subtable."""
_LAST_OF_SEGMENTS: Final = 0xFFFF
_WINDOWS_OR_UNICODE: Final = {(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)}
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
    """Code points that a font has a glyph for; none if it cannot be read as OpenType.

    Source: OpenType 1.9, `cmap`, subtable formats 4 and 12.
    """
    data = font.read_bytes()
    try:
        return frozenset(_characters(data))
    except (struct.error, IndexError):
        return frozenset()


def _characters(data: bytes) -> set[int]:
    (tables,) = struct.unpack_from(">H", data, 4)
    found: set[int] = set()
    for number in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        if tag == b"cmap":
            (subtables,) = struct.unpack_from(">H", data, start + 2)
            for index in range(subtables):
                platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * index)
                if (platform, encoding) in _WINDOWS_OR_UNICODE:
                    found.update(_of_subtable(data, start + offset))
    return found


def _of_subtable(data: bytes, at: int) -> Iterator[int]:
    (kind,) = struct.unpack_from(">H", data, at)
    if kind == _SEGMENTS:
        yield from _of_segments(data, at)
    elif kind == _GROUPS:
        (groups,) = struct.unpack_from(">I", data, at + 12)
        for group in range(groups):
            first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * group)
            yield from (code for code in range(first, min(last, 0x10FFFF) + 1) if glyph + code - first)


def _of_segments(data: bytes, at: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", data, at + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + twice)
    deltas = struct.unpack_from(f">{count}H", data, at + 16 + 2 * twice)
    offsets_at = at + 16 + 3 * twice
    offsets = struct.unpack_from(f">{count}H", data, offsets_at)
    for index in range(count):
        for code in range(starts[index], ends[index] + 1):
            glyph = code
            if offsets[index]:
                (glyph,) = struct.unpack_from(
                    ">H", data, offsets_at + 2 * index + offsets[index] + 2 * (code - starts[index])
                )
                if not glyph:
                    continue
            if (glyph + deltas[index]) % 65536 and code != _LAST_OF_SEGMENTS:
                yield code


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
