"""Pictures to send: drawn, small, and the same each time."""

import io
import struct
import zlib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageDraw
from pillow_heif import register_heif_opener

register_heif_opener()

TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT = (200, 40, 40), (40, 160, 60), (50, 70, 200), (220, 200, 60)
"""Colours of the quarters of `quarters`: red, green, blue, yellow."""


@cache
def skin(width: int = 640, height: int = 800, *, seed: int = 1, lesion_px: int = 120) -> Image.Image:
    """A patch of skin with pores, hairs and a dark red lump: a sharp, well lit photograph."""
    rng = np.random.default_rng(seed)
    pores = (
        _noise(rng, width, height, 3) * 14 + _noise(rng, width, height, 9) * 10 + _noise(rng, width, height, 60) * 16
    )
    base = np.array([206, 158, 134], dtype=np.float32) + pores[..., None]
    y, x = np.mgrid[0:height, 0:width]
    ragged = 1 + 0.12 * _noise(rng, width, height, 25)
    inside = ((x - width / 2) ** 2 + (y - height / 2) ** 2) * ragged < (lesion_px / 2) ** 2
    base[inside] = base[inside] * 0.55 + np.array([70, 10, 15])
    picture = Image.fromarray(np.clip(base, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        start = rng.integers(0, (width, height))
        end = start + rng.integers(-40, 40, 2)
        draw.line([tuple(map(int, start)), tuple(map(int, end))], fill=(96, 66, 52), width=1)
    return picture


def quarters(width: int = 80, height: int = 60) -> Image.Image:
    """Four colours, so that one sees which side is up."""
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    half = (width // 2, height // 2)
    draw.rectangle([0, 0, half[0] - 1, half[1] - 1], fill=TOP_LEFT)
    draw.rectangle([half[0], 0, width, half[1] - 1], fill=TOP_RIGHT)
    draw.rectangle([0, half[1], half[0] - 1, height], fill=BOTTOM_LEFT)
    draw.rectangle([half[0], half[1], width, height], fill=BOTTOM_RIGHT)
    return picture


def encoded(picture: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    """A picture as a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"quality": 90} if kind in {"JPEG", "WEBP", "HEIF"} else {}) | how)
    return buffer.getvalue()


@cache
def photo(seed: int = 1, width: int = 640, height: int = 800) -> bytes:
    """A photo of skin, as a JPEG."""
    return encoded(skin(width, height, seed=seed))


def opened(content: bytes) -> Image.Image:
    """A stored picture, decoded."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def swapped_profile() -> bytes:
    """An ICC profile in which the same numbers mean other colours: sRGB with its red and green exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {
        bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * struct.unpack(">I", profile[128:132])[0], 12)
    }
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        profile[green + 4 : green + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile).replace(b"sRGB", b"else").replace("sRGB".encode("utf-16-be"), "else".encode("utf-16-be"))


def png_bomb(side: int = 13_000) -> bytes:
    """A PNG of a few kilobytes that would be hundreds of megabytes of pixels."""
    row = zlib.compress(b"\x00" * ((side // 8 + 1) * side), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
        + _chunk(b"IDAT", row)
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _noise(rng: np.random.Generator, width: int, height: int, grain: int) -> NDArray[np.float32]:
    """Smooth random hills between -1 and 1 that are about so many pixels wide."""
    small = rng.uniform(0, 255, (height // grain + 2, width // grain + 2)).astype(np.float32)
    hills = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(hills, dtype=np.float32) / np.float32(127.5) - np.float32(1)
