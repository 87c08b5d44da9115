"""Photographs of skin that nobody has: drawn from numbers, for the demo clinic, the tests and the calibration.

They look like skin as far as sharpness, exposure and size go; nobody should learn a diagnosis from them.
"""

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Red, green and blue of each pixel, sRGB; shape (height, width, 3)."""
Plane = NDArray[np.float64]

TONES = (
    (233, 196, 176),
    (216, 172, 146),
    (190, 142, 112),
    (152, 106, 79),
    (112, 75, 55),
    (80, 53, 41),
)
"""Skin in good light, from light to dark (ours, along the six types of Fitzpatrick)."""
_COLOURS = {
    "nodule": (0.78, 0.42, 0.42),
    "plaque": (0.92, 0.62, 0.60),
    "ulcer": (0.55, 0.20, 0.20),
    "red_patch": (1.00, 0.72, 0.70),
    "dark_patch": (0.62, 0.52, 0.50),
    "thinned_skin": (1.06, 0.98, 0.97),
}
"""What a lesion of a kind does to the red, green and blue of the skin."""
_RULER_MM = 7
_GAMMA = 2.2


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on somebody's skin; the same seed is the same place.

    Attributes:
        tone: index into `TONES`.
        kind: of the lesion, as in `models.lesions.LesionKind`.
    """

    seed: int
    tone: int
    kind: str


def photograph(
    spot: Spot, length_mm: float, *, seed: int, width: int = 480, height: int = 640, across_mm: float = 110
) -> Picture:
    """A sharp, well lit photograph of a spot with a paper ruler beside it.

    Args:
        spot: the place.
        length_mm: longest diameter of the lesion; 0 where there is none (any more).
        seed: of what differs from picture to picture: where the phone was held, how the light fell.
        width: in pixels.
        height: in pixels.
        across_mm: how many millimetres the width shows.
    """
    held, place = np.random.default_rng(seed), np.random.default_rng(spot.seed)
    scale = width / across_mm
    skin = _skin(place, spot.tone, width, height)
    if length_mm > 0:
        _grow(skin, place, held, spot.kind, length_mm * scale)
    down, right = np.mgrid[0:height, 0:width]
    angle, fall = held.uniform(0, 2 * pi), held.uniform(0.05, 0.15)
    light = 1 + fall * (np.cos(angle) * (right / width - 0.5) + np.sin(angle) * (down / height - 0.5))
    skin *= light[..., None]
    _lay_ruler(skin, scale)
    return _as_picture(skin + held.normal(0, 1.5, skin.shape))


def blurred(picture: Picture, sigma_px: float) -> Picture:
    """The same picture out of focus: convolved with a Gaussian of this standard deviation."""
    height, width = picture.shape[:2]
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    passes = np.exp(-2 * (pi * sigma_px) ** 2 * (down**2 + across**2))
    planes = [
        np.fft.irfft2(np.fft.rfft2(picture[..., colour].astype(float)) * passes, (height, width)) for colour in range(3)
    ]
    return _as_picture(np.stack(planes, axis=-1))


def exposed(picture: Picture, stops: float) -> Picture:
    """The same picture with 2 to the power of `stops` times the light; what is too much is cut off."""
    return _as_picture(255 * np.clip((picture / 255.0) ** _GAMMA * 2.0**stops, 0, 1) ** (1 / _GAMMA))


def noisy(picture: Picture, sigma: float, *, seed: int) -> Picture:
    """The same picture with Gaussian noise of this standard deviation (0-255) on each colour."""
    return _as_picture(picture + np.random.default_rng(seed).normal(0, sigma, picture.shape))


def shining(picture: Picture, share: float, *, seed: int) -> Picture:
    """The same picture with a reflection of the flash that covers about this share of it."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng(seed)
    down, right = np.mgrid[0:height, 0:width]
    middle_down, middle_right = rng.uniform(0.3, 0.7) * height, rng.uniform(0.3, 0.7) * width
    radius = (share * height * width / pi) ** 0.5
    distance = np.hypot(down - middle_down, right - middle_right) / max(radius, 1)
    return _as_picture(picture + 400.0 * np.clip(1.6 - distance, 0, 1)[..., None])


def _skin(place: np.random.Generator, tone: int, width: int, height: int) -> Plane:
    colour = np.array(TONES[tone], dtype=float)
    unit = width / 480
    relief = (
        0.030 * _hills(place, width, height, 2.5 * unit)
        + 0.025 * _hills(place, width, height, 7 * unit)
        + 0.045 * _hills(place, width, height, 70 * unit)
    )
    skin = colour * (1 + relief)[..., None]
    freckles = np.clip(_hills(place, width, height, 9 * unit) - 0.85, 0, 1)[..., None]
    return skin * (1 - 0.7 * freckles)


def _grow(skin: Plane, place: np.random.Generator, held: np.random.Generator, kind: str, length_px: float) -> None:
    """Put the lesion into the skin: the same shape each time, and a little elsewhere."""
    height, width = skin.shape[:2]
    down, right = np.mgrid[0:height, 0:width]
    middle = (height * 0.45 + held.normal(0, height * 0.02), width * 0.5 + held.normal(0, width * 0.02))
    turn, flatness = place.uniform(0, pi), place.uniform(0.65, 0.9)
    x, y = right - middle[1], down - middle[0]
    along, across = x * np.cos(turn) + y * np.sin(turn), (y * np.cos(turn) - x * np.sin(turn)) / flatness
    bearing = np.arctan2(across, along)
    ragged = sum(
        place.normal(0, 0.10 / order) * np.cos(order * bearing + place.uniform(0, 2 * pi)) for order in (2, 3, 5, 8)
    )
    distance = np.hypot(along, across) / (length_px / 2) * (1 + ragged)
    inside = np.clip((1.06 - distance) / 0.12, 0, 1)[..., None]
    colour = np.array(_COLOURS[kind])
    halo = np.clip(1.5 - distance, 0, 1)[..., None] * 0.12
    skin *= 1 - halo * np.array([0.1, 0.8, 0.7])
    changed = skin * colour
    if kind in {"nodule", "plaque"}:
        changed *= (1 + 0.35 * np.clip(0.8 - np.hypot(x + length_px / 8, y + length_px / 6) / length_px * 3, 0, 1))[
            ..., None
        ]
    if kind == "ulcer":
        rim = np.exp(-(((distance - 0.85) / 0.12) ** 2))[..., None]
        changed = changed * (1 - 0.6 * rim) + 0.6 * rim * np.array([205, 175, 110]) * skin.mean() / 160
    skin += inside * (changed - skin)


def _lay_ruler(skin: Plane, scale: float) -> None:
    """A white strip along the lower edge, with a line for each millimetre."""
    height, width = skin.shape[:2]
    top = height - round(_RULER_MM * scale)
    brightness = skin.mean() / 165
    skin[top:] = np.array([238, 236, 230]) * min(1.0, 0.55 + 0.45 * brightness)
    for millimetre in range(int(width / scale) + 1):
        left = round(millimetre * scale)
        share = 0.8 if millimetre % 10 == 0 else 0.55 if millimetre % 5 == 0 else 0.3
        skin[top : top + round(share * (height - top)), left : left + max(1, round(scale * 0.18))] = 40


def _hills(rng: np.random.Generator, width: int, height: int, grain: float) -> Plane:
    """Smooth random hills between -1 and 1, each about so many pixels wide."""
    rows, columns = int(height / grain) + 2, int(width / grain) + 2
    small = rng.uniform(-1, 1, (rows, columns))
    return _between(height, rows) @ small @ _between(width, columns).T


def _between(length: int, knots: int) -> Plane:
    """Weights that lead smoothly from knot to knot."""
    at = np.linspace(0, knots - 1.001, length)
    before = at.astype(int)
    step = (1 - np.cos(pi * (at - before))) / 2
    weights = np.zeros((length, knots))
    weights[np.arange(length), before] = 1 - step
    weights[np.arange(length), before + 1] += step
    return weights


def _as_picture(values: Plane) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
