"""Makes out of whatever was sent a clean picture in three sizes, or says why not.

It runs in a process of its own (`infra/images/worker.py`): a picture that breaks a decoder breaks nothing else.
What is written is made of pixels alone, upright and in sRGB: no EXIF, GPS, XMP, thumbnail or trailing byte survives.
"""

import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from domain.quality import Measures, measure

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
LONGEST_SIDE = 65_000
"""A JPEG cannot hold more."""
SIZES: Mapping[str, tuple[int | None, int]] = {"full": (None, 92), "display": (1280, 85), "thumb": (256, 80)}
"""Longest side in pixels and JPEG quality."""

Image.MAX_IMAGE_PIXELS = None  # ours is checked before anything is decoded
pillow_heif.register_heif_opener(thumbnails=False)


class Refusal(StrEnum):
    """Why a picture is not taken."""

    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    ANIMATED = "animated"
    TOO_LARGE = "too_large"


class Refused(Exception):
    """This picture is not taken."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture as it is kept: JPEG files by size, and what was measured."""

    width_px: int
    height_px: int
    measures: Measures
    files: dict[str, bytes]


def clean(content: bytes, *, most_pixels: int) -> Clean:
    """Decode a picture and write it anew.

    Raises:
        Refused: it is none that we take.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            _check(opened, most_pixels)
            profile = opened.info.get("icc_profile")
            opened.load()
            ImageOps.exif_transpose(opened, in_place=True)
            picture = _srgb(opened, profile)
            picture.load()
    except UnidentifiedImageError:
        is_one = not content or _begins_like_a_picture(content)
        raise Refused(Refusal.UNREADABLE if is_one else Refusal.UNKNOWN) from None
    except MemoryError:
        raise Refused(Refusal.TOO_LARGE) from None
    except Refused:
        raise
    except Exception:  # noqa: BLE001  decoders raise whatever they like at what they were not made for
        raise Refused(Refusal.UNREADABLE) from None
    return _written(picture)


def _check(opened: Image.Image, most_pixels: int) -> None:
    width, height = opened.size
    if width * height > most_pixels or max(width, height) > LONGEST_SIDE:
        raise Refused(Refusal.TOO_LARGE)
    # The second picture of a JPEG or HEIC is a depth map or a twin; the first is the photo.
    if opened.format in {"PNG", "WEBP"} and getattr(opened, "is_animated", False):
        raise Refused(Refusal.ANIMATED)


def _srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        picture = Image.new("RGB", seen.size, "white")
        picture.paste(seen, mask=seen.getchannel("A"))
    elif picture.mode.startswith("I") or picture.mode == "F":
        # Sixteen bits of grey: the upper eight are seen.
        picture = Image.fromarray((np.asarray(picture, dtype=np.uint32) >> 8).astype(np.uint8), mode="L")
    if profile and picture.mode in {"RGB", "CMYK", "L"}:
        with suppress(ImageCms.PyCMSError, OSError):
            return _converted(picture, profile)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _converted(picture: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if picture.mode == "RGB" and "srgb" in (ImageCms.getProfileDescription(source) or "").lower():
        return picture
    converted = ImageCms.profileToProfile(picture, source, _srgb_profile(), outputMode="RGB")
    return picture if converted is None else converted


@cache
def _srgb_profile() -> Any:  # noqa: ANN401  its class is not exported
    return ImageCms.createProfile("sRGB")


def _written(picture: Image.Image) -> Clean:
    files = {}
    smaller = picture
    measures = None
    for name, (longest, quality) in SIZES.items():
        if longest is not None:
            # Each size is made of the one before: four times faster, and no eye can tell.
            smaller = _within(smaller, longest)
        if name == "display":
            measures = measure(np.asarray(smaller.convert("L")), shorter_side=min(picture.size))
        files[name] = _jpeg(smaller, quality)
    assert measures is not None  # noqa: S101
    return Clean(*picture.size, measures, files)


def _within(picture: Image.Image, longest: int) -> Image.Image:
    share = longest / max(picture.size)
    if share >= 1:
        return picture
    width, height = (max(1, round(side * share)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=1.0)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    picture.info = {}  # a comment would be written again
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return buffer.getvalue()


def _begins_like_a_picture(content: bytes) -> bool:
    return (
        content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
        or (content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS)
    )


_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
