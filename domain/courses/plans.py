"""What a course is before chance plays its part: who, which symptoms, lesions and medication, how faithful a diary."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Body = dict[str, Any]
"""A JSON request body of the HTTP contract."""

Curve = tuple[tuple[float, float], ...]
"""(share of the time gone by, 0-1; value), shares increasing; straight lines between, flat beyond both ends."""

Span = tuple[float, float]
"""Both ends as shares of the time gone by, inclusive."""


def along(curve: Curve, share: float) -> float:
    """The value of a curve at a share of the time gone by."""
    if share <= curve[0][0]:
        return curve[0][1]
    for (left, low), (right, high) in pairwise(curve):
        if share <= right:
            return low + (high - low) * (share - left) / (right - left)
    return curve[-1][1]


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the body."""

    site: str
    side: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An invented patient: every name says 'example' in its own language."""

    name: str
    time_zone: str
    locale: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """One symptom's course; severities are points of the 0-10 scale."""

    symptom: str
    level: Curve
    place: Place | None = None
    second_place: Place | None = None
    """Sometimes rated there too, never higher than at the first place."""
    spread: float = 0.9
    """Standard deviation from day to day around the level."""
    memory: float = 0.6
    """Correlation of one day with the next."""
    shared: float = 0.45
    """Correlation with the days on which everything is a little better or worse."""
    swing: float = 0.0
    """Height of short flares, and depth of the relief half a round later."""
    swing_days: int = 14
    asked: float = 0.88
    """How often an entry answers it; else it is absent."""
    count: Curve | None = None
    """How many are seen; nodules only."""


@dataclass(frozen=True, slots=True)
class Lump:
    """One lesion's course; sizes are the longest diameter in mm."""

    kind: str
    place: Place
    label: str
    size: Curve
    noticed: float | None = None
    """Share of the time gone by when it was first noticed; None: before enrolment."""
    target: bool = False
    confirmed_new: bool = False
    progressed: float | None = None
    """When a clinician calls it progressed."""
    error_mm: float = 0.5
    skipped: float = 0.03
    hidden: float = 0.015
    """How often a dressing or the like makes it unmeasurable."""
    bleeds: float = 0.0
    methods: tuple[str, ...] = ("ruler", "ruler", "caliper", "photo")


@dataclass(frozen=True, slots=True)
class Drug:
    """One medication and how it is taken and reported."""

    name: str
    dose: str | None
    times: tuple[str, ...] = ("08:00",)
    every_days: int = 1
    cycle_on_days: int | None = None
    cycle_off_days: int | None = None
    as_needed: bool = False
    starts: int = 0
    """Days after enrolment; negative: before."""
    ends: float | None = None
    reported: float = 0.75
    """How often a dose is mentioned in an entry of its day."""
    taken: float = 0.93
    """How often a dose that is mentioned was taken."""

    def is_due(self, offset: int) -> bool:
        """Whether doses are expected on that day after enrolment, ends aside."""
        since = offset - self.starts
        if self.cycle_on_days and self.cycle_off_days:
            since_cycle = since % (self.cycle_on_days + self.cycle_off_days)
            return since >= 0 and since_cycle < self.cycle_on_days and since_cycle % self.every_days == 0
        return since >= 0 and since % self.every_days == 0


@dataclass(frozen=True, slots=True)
class Habits:
    """How the diary is kept and how the patient lives; numbers between 0 and 1 are shares or chances."""

    completion: float = 0.55
    """Share of days with a rating, to the day."""
    at_least: int = 6
    """Observed days in each fortnight from enrolment and in the last, unless the patient is silent."""
    gap_memory: float = 0.35
    """How much unobserved days keep together."""
    more_entries: tuple[float, ...] = (0.12,)
    """Chance of a second, third, ... entry on an observed day."""
    unrated: float = 0.06
    """Chance that a day without ratings has a note, an intake or lifestyle."""
    any_hour: bool = False
    """At any hour and up to several days late, not mostly in the evening."""
    measured_every_days: int = 7
    lifestyle: float = 0.35
    notes: float = 0.12
    cigarettes: float = 0.0
    alcohol_units: float = 0.4
    activity_minutes: float = 30.0
    balanced_meals: float = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole course."""

    course: str
    story: str
    person: Person
    complaints: tuple[Complaint, ...]
    lumps: tuple[Lump, ...] = ()
    drugs: tuple[Drug, ...] = ()
    habits: Habits = Habits()
    faithful: tuple[Span, ...] = ()
    """When no day is missed."""
    silent: tuple[Span, ...] = ()
    """When nothing is written at all."""
    remarks: tuple[tuple[Span, str], ...] = ()
    """Notes that only this patient would write, and when they fit."""


@dataclass(frozen=True, slots=True)
class SimulatedPatient:
    """One patient's diary as the request bodies that a phone and a clinician would send.

    `patient`, `lesions`, `medications` and `entries` are PatientCreate, Lesion (without the clinician's fields),
    Medication and Entry of the contract, of JSON types only; entries are in the order the phone made them.
    """

    course: str
    story: str
    """One sentence: what a clinician would see."""
    patient: Body
    lesions: list[Body]
    medications: list[Body]
    entries: list[Body]
    targets: tuple[str, ...]
    """Ids of lesions that a clinician marks as target; each is measurable (10 mm or more) until the baseline day."""
    confirmed_new: tuple[str, ...]
    """Ids of lesions that a clinician confirmed as new."""
    progressed: dict[str, str]
    """Ids of non-target lesions that a clinician called progressed, with the day."""
