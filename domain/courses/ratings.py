"""Severities day by day, and what of them is answered at each sitting."""

from collections.abc import Sequence
from math import pi, sin
from random import Random

from domain.courses.calendars import Calendar, Sitting
from domain.courses.chance import optional, wander
from domain.courses.plans import Body, Complaint, Place, along

_MOST = 10
_COUNTED = 0.85
_TWO_PLACES = 0.5
_ASKED_IN_PASSING = 0.6
_INTERFERES = ("pain", "itching")

Severities = dict[str, list[float]]
"""By symptom: one severity per day, not yet rounded, observed or not."""


def feel(complaints: Sequence[Complaint], calendar: Calendar, rng: Random) -> Severities:
    """How each symptom truly is on each day."""
    mood = wander(rng, calendar.days, spread=1.0, memory=0.6)
    felt: Severities = {}
    for complaint in complaints:
        own = (1.0 - complaint.shared * complaint.shared) ** 0.5
        alone = wander(rng, calendar.days, spread=own, memory=complaint.memory)
        felt[complaint.symptom] = [
            along(complaint.level, calendar.share(day))
            + complaint.swing * sin(2 * pi * day / complaint.swing_days) ** 3
            + complaint.spread * (alone[day] + complaint.shared * mood[day])
            for day in range(calendar.days)
        ]
    return felt


def rate(
    complaints: Sequence[Complaint], felt: Severities, calendar: Calendar, sittings: Sequence[Sitting], rng: Random
) -> list[list[Body]]:
    """The ratings of each sitting; a skipped symptom is absent, and a rated sitting has at least one."""
    answered: list[list[Body]] = []
    for sitting in sittings:
        bodies: list[Body] = []
        for complaint in complaints if sitting.rated else ():
            if rng.random() < complaint.asked * (1.0 if sitting.main else _ASKED_IN_PASSING):
                bodies += _answer(complaint, felt, calendar, sitting, rng)
        if sitting.rated and complaints and not bodies:
            bodies = _answer(rng.choice(complaints), felt, calendar, sitting, rng)
        rng.shuffle(bodies)
        answered.append(bodies)
    return answered


def _answer(complaint: Complaint, felt: Severities, calendar: Calendar, sitting: Sitting, rng: Random) -> list[Body]:
    level = felt[complaint.symptom][sitting.offset]
    if not sitting.main:
        level -= rng.uniform(0.0, 2.0)
    bodies = [_rating(complaint, complaint.place, level, rng)]
    if complaint.count is not None and rng.random() < _COUNTED:
        bodies[0]["count"] = _count_near(rng, along(complaint.count, calendar.share(sitting.offset)))
    if complaint.second_place is not None and rng.random() < _TWO_PLACES:
        bodies.append(_rating(complaint, complaint.second_place, level - rng.uniform(0.6, 2.5), rng))
    return bodies


def _rating(complaint: Complaint, place: Place | None, level: float, rng: Random) -> Body:
    body: Body = {"symptom": complaint.symptom, "severity": min(_MOST, max(0, round(level)))}
    if complaint.symptom in _INTERFERES:
        impact = min(_MOST, max(0, round(level - 0.8 + rng.gauss(0.0, 1.0))))
        optional(rng, body, "interference", (impact, impact, impact, None))
    if place is not None:
        body["site"] = place.site
        if place.side is not None:
            body["side"] = place.side
    return body


def _count_near(rng: Random, mean: float) -> int:
    """A count that is rarely off by more than one."""
    return max(0, round(mean + rng.gauss(0.0, 0.5)))
