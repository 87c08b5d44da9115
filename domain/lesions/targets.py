"""The target lesions: which may be chosen, what each measures on a day, and when they have a baseline."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from domain.lesions.observations import Lesion, Observation, diameter, last_of_each_day

MAX_TARGETS = 2
"""At most two targets in an organ, and the skin is one organ (Eisenhauer 2009, baseline documentation)."""

MEASURABLE_TENTHS = 100
"""A skin lesion is measurable from 10 mm by caliper (Eisenhauer 2009, measurability of tumour at baseline)."""

VALUE_DAYS = 7
"""Days for which a diameter stands for its target: the day itself and the six before (ours)."""

MEASURABLE_KINDS = frozenset({"nodule", "plaque"})
INSISTED_KINDS = frozenset({"ulcer"})
"""Not measurable by RECIST 1.1, yet allowed where a clinician insists; the answer then is not strict RECIST."""


class TargetProblem(StrEnum):
    """Why a lesion may not be made a target."""

    LIMIT = "limit"
    NOT_MEASURABLE = "not_measurable"


class Targets:
    """The targets and the last diameter of each, told day after day in order."""

    def __init__(self, lesions: Iterable[Lesion]) -> None:
        """Start with targets of which nothing is known yet."""
        self.lesions = {lesion.id: lesion for lesion in lesions}
        self._last: dict[UUID, tuple[int, int]] = {}

    def tell(self, observation: Observation) -> None:
        """Take note of an observation; one without a diameter leaves the earlier diameter standing."""
        if observation.lesion_id not in self.lesions:
            return
        tenths = diameter(observation)
        if tenths is not None:
            self._last[observation.lesion_id] = (observation.day.toordinal(), tenths)

    def values(self, day: date) -> dict[UUID, int]:
        """Diameters at hand on a day, in tenths of a millimetre; a target without one in the 7 days is left out."""
        first = day.toordinal() - VALUE_DAYS + 1
        return {lesion_id: tenths for lesion_id, (on, tenths) in self._last.items() if on >= first}

    def last(self, lesion_id: UUID) -> int | None:
        """The last diameter of a target however old, in tenths of a millimetre; None if it never had one."""
        return self._last[lesion_id][1] if lesion_id in self._last else None


def baseline_of(targets: Targets, observations: Iterable[Observation]) -> tuple[date, Mapping[UUID, int]] | None:
    """The first day on which every target has a value, and the values in tenths of a millimetre.

    Args:
        targets: fresh ones; they are told the observations up to the baseline, or all of them if there is none.
        observations: one per lesion and day, in order of day.

    Returns:
        None without a target, or if there is no such day yet.
    """
    for day, of_the_day in groupby(observations, key=lambda observation: observation.day):
        for observation in of_the_day:
            targets.tell(observation)
        values = targets.values(day)
        if values and len(values) == len(targets.lesions):
            return day, values
    return None


def target_problem(
    lesion: Lesion, others: Sequence[Lesion], observations: Sequence[Observation]
) -> TargetProblem | None:
    """Why a lesion may not be made a target now, given the targets that there are.

    What counts is its diameter at the baseline that the enlarged set of targets would have; while that set has none,
    its last diameter. A lesion that was never measured may be chosen: nothing speaks against it yet.

    Args:
        lesion: the one to be made a target, whether or not it already is.
        others: the other lesions of the patient, targets or not.
        observations: all of the patient's, in order of day and time; lengths in tenths of a millimetre.

    Returns:
        None if it may be a target.

    Source: Eisenhauer et al., Eur J Cancer 45 (2009) 228-247, measurability and baseline documentation.
    """
    chosen = [other for other in others if other.target and other.id != lesion.id]
    if len(chosen) >= MAX_TARGETS:
        return TargetProblem.LIMIT
    if lesion.kind not in MEASURABLE_KINDS | INSISTED_KINDS:
        return TargetProblem.NOT_MEASURABLE
    targets = Targets([*chosen, lesion])
    baseline = baseline_of(targets, last_of_each_day(observations))
    tenths = baseline[1][lesion.id] if baseline else targets.last(lesion.id)
    return TargetProblem.NOT_MEASURABLE if tenths is not None and tenths < MEASURABLE_TENTHS else None


def are_strict(targets: Collection[Lesion], baseline: Mapping[UUID, int]) -> bool:
    """Whether RECIST 1.1 admits the targets: nodules and plaques, at most two, each 10 mm or more at baseline.

    Args:
        targets: those chosen; none at all is no departure from RECIST.
        baseline: tenths of a millimetre; empty while there is no baseline, when size speaks against nothing.
    """
    admitted = all(target.kind in MEASURABLE_KINDS for target in targets)
    measurable = all(tenths >= MEASURABLE_TENTHS for tenths in baseline.values())
    return admitted and measurable and len(targets) <= MAX_TARGETS
