"""A lesion, what was seen of it on a day, and what a single observation says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

TOO_SMALL_TENTHS = 50
"""A lesion that is there but too small to measure counts 5 mm (EORTC, RECIST 1.1 questions and clarifications)."""


class LesionState(StrEnum):
    """What the observer could say of a lesion."""

    MEASURED = "measured"
    TOO_SMALL = "too_small"
    GONE = "gone"
    UNMEASURABLE = "unmeasurable"


class MeasurementMethod(StrEnum):
    """How a length was taken."""

    RULER = "ruler"
    CALIPER = "caliper"
    PHOTO = "photo"
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True)
class Lesion:
    """A skin lesion that is followed over time.

    Attributes:
        target: a clinician chose it for the sum of diameters.
        confirmed_new: a clinician confirmed that it is a new lesion.
        progressed_on: day on which a clinician called it unequivocally progressed; None if nobody did.
        first_noticed_on: day on which the patient first noticed it, which may be long before it was registered.
    """

    id: UUID
    label: str
    kind: str
    target: bool
    confirmed_new: bool
    progressed_on: date | None
    first_noticed_on: date


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at a lesion.

    Attributes:
        length: longest diameter in tenths of a millimetre; None unless the state is `measured`.
        width: the diameter perpendicular to it in tenths of a millimetre; None if it was not taken.
        method: how the length was taken; None unless the state is `measured`.
    """

    lesion_id: UUID
    day: date
    state: LesionState
    length: int | None
    width: int | None
    method: MeasurementMethod | None


def diameter(observation: Observation) -> int | None:
    """Longest diameter that may enter a sum.

    Returns:
        Tenths of a millimetre; None where there is no value: `unmeasurable`, or a length only estimated by eye.

    Source: Eisenhauer et al., Eur J Cancer 45 (2009) 228-247, notes on target lesions: 5 mm for `too_small`, 0 mm for
        `gone`. That an estimate is no measurement is ours.
    """
    if observation.state is LesionState.GONE:
        return 0
    if observation.state is LesionState.TOO_SMALL:
        return TOO_SMALL_TENTHS
    if observation.state is LesionState.MEASURED and observation.method is not MeasurementMethod.ESTIMATE:
        return observation.length
    return None


def is_there(observation: Observation) -> bool | None:
    """Whether the lesion was there, which an estimate tells as well as a ruler; None where nobody could see it."""
    if observation.state is LesionState.UNMEASURABLE:
        return None
    if observation.state is LesionState.MEASURED:
        return observation.length != 0
    return observation.state is LesionState.TOO_SMALL


def last_of_each_day(observations: Iterable[Observation]) -> list[Observation]:
    """The observations that count, in order of day: of several looks at a lesion on one day the last.

    Args:
        observations: those of one day in the order in which they were made.
    """
    last = {(observation.day, observation.lesion_id): observation for observation in observations}
    return sorted(last.values(), key=lambda observation: observation.day)
