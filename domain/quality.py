"""Whether a photo can be compared with others: sharpness, exposure, clipping, resolution.

A finding is advice for the next picture and never a refusal: a bad picture is better than none. The thresholds are
ours; how they were calibrated, and how often they err: docs/photos.md.
"""

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

BLUR_ABOVE = 0.50
DARK_BELOW = 55.0
BRIGHT_ABOVE = 205.0
GLARE_ABOVE = 0.03
SHORTER_SIDE_BELOW = 480
WHITE = 250


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be measured of a photo at its display size.

    Attributes:
        blur: 0 (each neighbouring pixel differs) to 1 (nothing would be lost by blurring).
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
        grey: luma 0-255 of the photo at its display size; shape (height, width).
        shorter_side: of the whole photo, in pixels.
    """
    return Measures(
        blur=blur(grey),
        brightness=float(np.median(grey)),
        white=float(np.mean(grey >= WHITE)),
        shorter_side=shorter_side,
    )


def blur(grey: Grey) -> float:
    """How little is lost by blurring a picture more: 0 to 1; 1 for a picture without any edge.

    Noise would pass for sharpness, so pixels are averaged four by four first.

    Source: Crete et al., The blur effect, Proc SPIE 6492 (2007) 64920I; the averaging is ours.
    """
    height, width = (side // 2 * 2 for side in grey.shape)
    if min(height, width) < 2 * _BLUR_LENGTH:
        return 1.0
    luma = grey[:height, :width].astype(np.float32).reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return max(_blur_along(luma), _blur_along(luma.T))


_BLUR_LENGTH = 9


def _blur_along(luma: Grey) -> float:
    """The blur effect from row to row."""
    sums = np.cumsum(np.vstack([np.zeros((1, luma.shape[1]), np.float32), luma]), axis=0)
    blurred = (sums[_BLUR_LENGTH:] - sums[:-_BLUR_LENGTH]) / _BLUR_LENGTH
    edge = _BLUR_LENGTH // 2
    step = np.abs(np.diff(luma[edge : edge + len(blurred)], axis=0))
    lost = np.maximum(0, step - np.abs(np.diff(blurred, axis=0)))
    total = float(step.sum())
    return 1 - float(lost.sum()) / total if total > 0 else 1.0


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
