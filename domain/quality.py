"""Whether a photo can be compared with others: sharpness, exposure, clipping, resolution.

A finding is advice for the next picture and never a refusal: a bad picture is better than none. The thresholds are
ours; how they were calibrated, and how often they err: docs/photos.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.languages import Labels

Grey = NDArray[Any]


class Finding(StrEnum):
    """What makes a photo hard to compare; it may grow."""

    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    GLARE = "glare"
    LOW_RESOLUTION = "low_resolution"


ADVICE: Mapping[Finding, Labels] = {
    Finding.BLURRED: {
        "en": "Blurred: rest your arms on something, tap the spot on the screen, and wait until it is sharp.",
        "de": "Unscharf: Arme aufstützen, die Stelle auf dem Bildschirm antippen und warten, bis sie scharf ist.",
    },
    Finding.TOO_DARK: {
        "en": "Too dark: face a window or switch on a light.",
        "de": "Zu dunkel: zum Fenster drehen oder Licht anmachen.",
    },
    Finding.TOO_BRIGHT: {
        "en": "Too bright: turn away from the lamp or sun, and switch off the flash.",
        "de": "Zu hell: von Lampe oder Sonne wegdrehen und den Blitz ausschalten.",
    },
    Finding.GLARE: {
        "en": "Shiny spots hide the skin: switch off the flash and tilt the phone a little.",
        "de": "Glanzstellen verdecken die Haut: Blitz ausschalten und das Handy etwas kippen.",
    },
    Finding.LOW_RESOLUTION: {
        "en": "Too small: send the original picture, not a copy from a chat, and do not zoom in.",
        "de": "Zu klein: das Originalbild senden, keine Kopie aus einem Chat, und nicht heranzoomen.",
    },
}
SPOILS = frozenset({Finding.BLURRED, Finding.TOO_DARK, Finding.TOO_BRIGHT, Finding.LOW_RESOLUTION})
"""Findings with which a photo is not used as a baseline or nadir if there is another; glare covers a part only."""

BLUR_ABOVE = 2.6
DARK_BELOW = 43.0
BRIGHT_ABOVE = 230.0
GLARE_ABOVE = 0.03
SHORTER_SIDE_BELOW = 480
WHITE = 250


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be measured of a photo at its display size.

    Attributes:
        blur: standard deviation of a Gaussian blur that would do the same, in pixels of the display size.
        brightness: median luma, 0-255.
        white: share of pixels with luma of at least 250, 0-1.
        shorter_side: of the whole photo, in pixels.
    """

    blur: float
    brightness: float
    white: float
    shorter_side: int


def measure(grey: Grey, *, shorter_side: int) -> Measures:
    """Measure a photo.

    Args:
        grey: luma 0-255 of the photo at its display size, whole numbers; shape (height, width).
        shorter_side: of the whole photo, in pixels.
    """
    counts = np.bincount(grey.ravel(), minlength=256)
    return Measures(
        blur=blur(grey),
        brightness=_median(counts),
        white=float(counts[WHITE:].sum() / grey.size),
        shorter_side=shorter_side,
    )


def _median(counts: NDArray[Any]) -> float:
    # Of values that are few and whole: much sooner found by counting than by sorting.
    up_to, last = np.cumsum(counts), int(counts.sum()) - 1
    middle = np.searchsorted(up_to, (last // 2, last - last // 2), side="right")
    return float(middle.mean())


def blur(grey: Grey) -> float:
    """How much a picture is blurred, as the Gaussian blur that would do the same to a natural scene.

    Natural scenes have a power spectrum that falls with the square of the frequency, and a Gaussian blur takes from it
    in a known way. So the ratio of two bands tells the blur. Noise adds the same to all frequencies: its power is read
    off the highest band, where a blurred picture has nothing else, and taken away.

    Args:
        grey: luma 0-255; shape (height, width).

    Returns:
        Standard deviation in pixels of `grey`; `MOST_BLUR` for a picture without detail.

    Source: Field, J Opt Soc Am A 4 (1987) 2379-2394, for the spectrum; the bands and the use are ours.
    """
    height, width = grey.shape
    if min(height, width) < _LEAST_SIDE:
        return MOST_BLUR
    window = np.outer(np.hanning(height), np.hanning(width))
    luma = grey.astype(np.float64)
    power = np.abs(np.fft.rfft2((luma - luma.mean()) * window)) ** 2
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    coarse, fine, noise = (float(power[(frequency >= low) & (frequency < high)].mean()) for low, high in _BANDS)
    coarse_at, fine_at = (math.sqrt(low * high) for low, high in _BANDS[:2])
    left = (fine - noise) * fine_at**2 / max((coarse - noise) * coarse_at**2, 1e-9)
    if left <= 0 or coarse <= noise or fine < _DROWNED * noise:
        return MOST_BLUR
    return min(MOST_BLUR, math.sqrt(max(0.0, -math.log(left)) / ((2 * math.pi) ** 2 * (fine_at**2 - coarse_at**2))))


MOST_BLUR = 9.0
_LEAST_SIDE = 64
_DROWNED = 1.05
"""Of the noise: below that what is left of fine detail cannot be told from chance."""
_BANDS = ((0.02, 0.05), (0.07, 0.14), (0.35, 0.5))
"""Cycles per pixel: of what blur leaves, of what it takes, of what is nothing but noise."""


def judge(measures: Measures) -> list[Finding]:
    """What makes a photo with these measures hard to compare, in the order of `Finding`."""
    found = {
        Finding.BLURRED: measures.blur > BLUR_ABOVE,
        Finding.TOO_DARK: measures.brightness < DARK_BELOW,
        Finding.TOO_BRIGHT: measures.brightness > BRIGHT_ABOVE,
        Finding.GLARE: measures.white > GLARE_ABOVE,
        Finding.LOW_RESOLUTION: measures.shorter_side < SHORTER_SIDE_BELOW,
    }
    return [finding for finding in Finding if found[finding]]


def usable(findings: list[Finding]) -> bool:
    """Whether a photo with these findings can be compared with others."""
    return not SPOILS & set(findings)
