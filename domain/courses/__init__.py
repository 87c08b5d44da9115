"""Simulated patients: whole diaries with courses that a clinician would recognise.

For the demo clinic, the tests and the benchmarks. Pure: chance comes from a seed or a generator that is handed in,
and the last day is an argument. Give a day that is over, since its evening entry is part of the diary.
"""

from datetime import date, timedelta
from random import Random

from domain.courses.arbitrary import arbitrary_calendar, arbitrary_plan
from domain.courses.calendars import calendar_of
from domain.courses.diaries import write
from domain.courses.journeys import journey
from domain.courses.named import PLANS, TRAVELLING
from domain.courses.plans import Body, SimulatedPatient

__all__ = ["COURSES", "Body", "SimulatedPatient", "clinic", "random_course", "simulate"]

COURSES: tuple[str, ...] = tuple(PLANS)


def simulate(course: str, *, seed: int, last_day: date, days: int = 180) -> SimulatedPatient:
    """One patient's diary.

    Args:
        course: a name out of COURSES; another is a KeyError.
        seed: the same seed, last day and days give the same diary.
        last_day: last local day of the diary.
        days: length of the diary; the shape that a course promises shows from about 120 days on.
    """
    plan = PLANS[course]
    first_day = last_day - timedelta(days=days - 1)
    calendar = journey(first_day, days) if plan is TRAVELLING else calendar_of(plan, first_day, days)
    rng = Random(f"{course} {seed}")
    return write(plan, calendar, rng)


def clinic(*, seed: int, last_day: date, days: int = 180) -> list[SimulatedPatient]:
    """All courses, one patient each, with distinct names."""
    return [simulate(course, seed=seed, last_day=last_day, days=days) for course in COURSES]


def random_course(rng: Random, *, last_day: date, days: int) -> SimulatedPatient:
    """An arbitrary but valid diary with gaps, zones, clock changes and several entries a day, for oracle tests."""
    plan = arbitrary_plan(rng)
    return write(plan, arbitrary_calendar(rng, plan, last_day=last_day, days=days), rng)
