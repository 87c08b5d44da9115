"""What a severity on 0-10 means in words."""

from enum import StrEnum
from typing import Final

MODERATE_FROM: Final = 5
SEVERE_FROM: Final = 7


class Band(StrEnum):
    """How bad a value is."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


def band(value: float) -> Band:
    """The band of a severity, or of a median of severities.

    0 is none, under 5 mild, under 7 moderate, else severe.

    Source: Serlin et al., Pain 61 (1995) 277-284, for cancer pain; borrowed for other symptoms.
    """
    if value <= 0:
        return Band.NONE
    if value < MODERATE_FROM:
        return Band.MILD
    return Band.MODERATE if value < SEVERE_FROM else Band.SEVERE
