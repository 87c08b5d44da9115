"""Turns numbers into a picture file."""

import io
from typing import Any

from numpy.typing import NDArray
from PIL import Image


def as_jpeg(pixels: NDArray[Any]) -> bytes:
    """A JPEG of red, green and blue values 0-255; shape (height, width, 3)."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
