"""Arbitrary but valid diaries for oracle tests: no clinician would recognise them, every rule has to hold for them."""

from datetime import date, timedelta
from random import Random

from domain.courses import named
from domain.courses.calendars import Calendar, Leg
from domain.courses.people import PASSERS_BY
from domain.courses.plans import Complaint, Curve, Drug, Habits, Lump, Person, Place, Plan

_SYMPTOMS = (
    "pain", "itching", "nodules", "erythema", "edema", "ulceration", "hyperpigmentation", "skin_atrophy", "bleeding",
    "exudate", "odor", "fatigue", "sleep",
)  # fmt: skip
_SITES = (
    "breast_skin", "areola", "nipple", "chest_wall", "anterior_thorax", "posterior_thorax", "supraclavicular",
    "infraclavicular", "axilla", "back", "lower_back", "abdomen", "scalp", "face", "neck", "anterior_upper_arm",
    "posterior_upper_arm", "anterior_forearm", "posterior_forearm", "hand", "lower_limb", "groin",
)  # fmt: skip
_SIDES = ("left", "right", "midline", "both")
_KINDS = ("nodule", "nodule", "nodule", "plaque", "plaque", "ulcer", "red_patch", "dark_patch", "thinned_skin")
_TARGET_KINDS = ("nodule", "plaque")
_METHODS = ("ruler", "caliper", "photo", "estimate")
_ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Santiago", "Asia/Kathmandu",
    "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Africa/Casablanca", "America/Havana", "UTC",
)  # fmt: skip
_DRUGS = tuple(drug for plan in named.PLANS.values() for drug in plan.drugs)
_MOST_MEASURABLE_MM = 80.0


def arbitrary_plan(rng: Random) -> Plan:
    """Any symptoms, lesions, medication and habits."""
    person = rng.choice((*PASSERS_BY, *(plan.person for plan in named.PLANS.values())))
    return Plan(
        course="random",
        story="An arbitrary but valid diary that follows no named course.",
        person=Person(person.name, rng.choice((person.time_zone, *_ZONES)), person.locale),
        complaints=tuple(_complaint(name, rng) for name in rng.sample(_SYMPTOMS, rng.randint(1, 6))),
        lumps=tuple(_lump(number, rng) for number in range(rng.choice((0, 1, 2, 2, 3, 3, 4, 5)))),
        drugs=tuple(_drug(drug, rng) for drug in rng.sample(_DRUGS, rng.randint(0, 3))),
        habits=Habits(
            completion=rng.choice((0.05, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0)),
            at_least=0,
            gap_memory=rng.uniform(0.0, 0.9),
            more_entries=tuple(rng.uniform(0.0, 0.7) for _ in range(rng.randint(0, 3))),
            unrated=rng.choice((0.0, 0.1, 0.5)),
            any_hour=rng.choice((True, False)),
            measured_every_days=rng.choice((1, 3, 7, 7, 14)),
            lifestyle=rng.random(),
            notes=rng.uniform(0.0, 0.4),
            cigarettes=rng.choice((0.0, 3.0)),
        ),
    )


def arbitrary_calendar(rng: Random, plan: Plan, *, last_day: date, days: int) -> Calendar:
    """Up to three moves to other zones, days lived twice or never, and windows in which nothing is written."""
    zones = [plan.person.time_zone, *(rng.choice((*_ZONES, plan.person.time_zone)) for _ in range(rng.randint(0, 3)))]
    moves = sorted(rng.randrange(days) for _ in zones[1:])
    legs: list[Leg] = []
    begins = 0
    for zone, leaves in zip(zones, (*moves, days - 1), strict=True):
        legs.append(Leg(zone, min(begins, leaves), leaves))
        begins = leaves + rng.choice((0, 1, 1, 1, 2))
    silent: set[int] = set()
    for _ in range(rng.choice((0, 0, 1, 2))):
        starts = rng.randrange(days)
        silent |= set(range(starts, min(days, starts + rng.randint(1, 40))))
    return Calendar(last_day - timedelta(days=days - 1), days, tuple(legs), silent=frozenset(silent))


def _curve(rng: Random, low: float, high: float) -> Curve:
    shares = sorted({round(rng.random(), 3) for _ in range(rng.randint(1, 4))})
    return tuple((share, rng.uniform(low, high)) for share in shares)


def _place(rng: Random) -> Place:
    return Place(rng.choice(_SITES), rng.choice(_SIDES))


def _complaint(symptom: str, rng: Random) -> Complaint:
    first, second = rng.sample([(site, side) for site in _SITES for side in (*_SIDES, None)], 2)
    return Complaint(
        symptom,
        _curve(rng, -1.0, 11.0),
        rng.choice((None, Place(*first))),
        rng.choice((None, None, Place(*second))),
        spread=rng.choice((0.0, 0.5, 1.0, 2.5)),
        memory=rng.uniform(0.0, 0.9),
        swing=rng.choice((0.0, 0.0, 2.0)),
        asked=rng.uniform(0.2, 1.0),
        count=_curve(rng, 0.0, 12.0) if symptom == "nodules" else None,
    )


def _lump(number: int, rng: Random) -> Lump:
    kind = rng.choice(_KINDS)
    noticed = rng.choice((None, None, rng.random()))
    size = tuple((share, max(0.0, mm)) for share, mm in _curve(rng, -15.0, _MOST_MEASURABLE_MM / 2))
    first = rng.uniform(2.0, _MOST_MEASURABLE_MM) if noticed is None else rng.uniform(2.0, 20.0)
    target = kind in _TARGET_KINDS and rng.choice((True, True, False))
    return Lump(
        kind,
        _place(rng),
        f"lesion {number + 1}",
        ((-0.001, first), *size),
        noticed=noticed,
        target=target,
        confirmed_new=not target and noticed is not None and rng.choice((True, False)),
        progressed=rng.choice((None, None, rng.random())) if not target else None,
        error_mm=rng.choice((0.0, 0.5, 2.0)),
        skipped=rng.choice((0.0, 0.1, 0.5)),
        hidden=rng.choice((0.0, 0.1, 0.4)),
        bleeds=rng.choice((0.0, 0.3)),
        methods=rng.choice((_METHODS, _METHODS[:3], _METHODS[3:])),
    )


def _drug(drug: Drug, rng: Random) -> Drug:
    return Drug(
        drug.name,
        drug.dose,
        drug.times,
        drug.every_days,
        drug.cycle_on_days,
        drug.cycle_off_days,
        as_needed=drug.as_needed,
        starts=rng.randint(-30, 20),
        ends=rng.choice((None, None, rng.random())),
        reported=rng.random(),
        taken=rng.random(),
    )
