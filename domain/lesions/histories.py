"""Everything known of a patient's lesions up to a day, and what is told on which day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.lesions.observations import Lesion, Observation, last_of_each_day
from domain.lesions.skin import Part, noticed_days, part_of
from domain.lesions.targets import Targets, baseline_of


@dataclass(slots=True)
class Told:
    """What is told on one day: lesions first noticed, then looks at them, then what clinicians called progressed."""

    notices: list[Lesion] = field(default_factory=list)
    looks: list[Observation] = field(default_factory=list)
    calls: list[Lesion] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class History:
    """The lesions known by a day and all that was reported of them.

    Attributes:
        lesions: by id, in the order given.
        targets: those that are targets.
        observations: one per lesion and day, in order of day.
        baseline_on: the first day on which every target has a value; None without targets, or if no such day came yet.
        baseline: the values of the targets on that day, in tenths of a millimetre; empty if there is none.
        parts: what each lesion counts as.
        days: what was told on each day, in order.
    """

    lesions: Mapping[UUID, Lesion]
    targets: Sequence[Lesion]
    observations: Sequence[Observation]
    baseline_on: date | None
    baseline: Mapping[UUID, int]
    parts: Mapping[UUID, Part]
    days: Sequence[tuple[date, Told]]


def history(lesions: Sequence[Lesion], observations: Iterable[Observation], to: date) -> History:
    """All that is known up to a day.

    Args:
        lesions: the patient's; one first noticed after `to`, and not observed by then, is left out.
        observations: in order of day and time; those after `to`, or of a lesion not among `lesions`, are left out.
        to: the last day that counts.
    """
    ids = {lesion.id for lesion in lesions}
    looks = last_of_each_day(look for look in observations if look.day <= to and look.lesion_id in ids)
    noticed = noticed_days(lesions, looks)
    known = {lesion.id: lesion for lesion in lesions if noticed[lesion.id] <= to}
    targets = [lesion for lesion in known.values() if lesion.target]
    baseline_on, baseline = baseline_of(Targets(targets), looks) or (None, {})
    since = baseline_on if targets or not looks else looks[0].day
    calls = {lesion.id: day for lesion in known.values() if (day := _called_on(lesion, baseline_on, to)) is not None}
    parts = {
        lesion.id: part_of(lesion, noticed[lesion.id], since, called_progressed=lesion.id in calls)
        for lesion in known.values()
    }
    days = _days(known, noticed, looks, calls)
    return History(known, targets, looks, baseline_on, baseline, parts, days)


def _called_on(lesion: Lesion, baseline_on: date | None, to: date) -> date | None:
    """The day of a clinician's call, if it counts.

    Progression is counted from the baseline, so a call up to that day is history; that of a target is read from
    its size.
    """
    day = lesion.progressed_on
    if lesion.target or day is None or day > to:
        return None
    return day if baseline_on is None or day > baseline_on else None


def _days(
    lesions: Mapping[UUID, Lesion],
    noticed: Mapping[UUID, date],
    looks: Iterable[Observation],
    calls: Mapping[UUID, date],
) -> list[tuple[date, Told]]:
    told: defaultdict[date, Told] = defaultdict(Told)
    for lesion in lesions.values():
        told[noticed[lesion.id]].notices.append(lesion)
    for look in looks:
        told[look.day].looks.append(look)
    for lesion_id, day in calls.items():
        told[day].calls.append(lesions[lesion_id])
    return sorted(told.items(), key=lambda item: item[0])
