"""A plan and chance make a diary."""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from domain.courses.calendars import Calendar, Sitting, sittings
from domain.courses.chance import phone_id
from domain.courses.doses import prescribe, report
from domain.courses.lumps import markable, measure, register
from domain.courses.plans import Body, Habits, Lump, Plan, SimulatedPatient
from domain.courses.ratings import feel, rate
from domain.courses.words import remark, tell_lifestyle

_DATED_IDS = 0.7
_DAY_GIVEN = 0.5
_NULL_INSTEAD_OF_NOTHING = 0.15
_FIELDS = ("ratings", "lesion_observations", "intakes")


class _Answers(NamedTuple):
    """One sitting's lists."""

    ratings: list[Body]
    observations: list[Body]
    intakes: list[Body]


def write(plan: Plan, calendar: Calendar, rng: Random) -> SimulatedPatient:
    """One patient's diary by this plan on this calendar."""
    dated_ids = rng.random() < _DATED_IDS
    patient = _enrol(plan, calendar, rng)
    lesions = register(plan.lumps, calendar, rng, dated_ids=dated_ids)
    medications = prescribe(plan.drugs, calendar, rng, dated_ids=dated_ids)
    lumps = {body["id"]: lump for body, lump in zip(lesions, plan.lumps, strict=True)}
    drugs = {body["id"]: drug for body, drug in zip(medications, plan.drugs, strict=True)}

    moments = sittings(plan.habits, calendar, rng)
    felt = feel(plan.complaints, calendar, rng)
    answers = map(
        _Answers,
        rate(plan.complaints, felt, calendar, moments, rng),
        measure(lumps, plan.habits.measured_every_days, calendar, moments, rng),
        report(drugs, felt, calendar, moments, rng),
    )
    entries: list[tuple[date, Body]] = []
    for sitting, answer in zip(moments, answers, strict=True):
        own = _fitting(plan, calendar.share(sitting.offset))
        body: Body = {"id": phone_id(rng, sitting.at if dated_ids else None)}
        body |= _head(calendar.day(sitting.offset), sitting, rng)
        body |= {name: bodies for name, bodies in zip(_FIELDS, answer, strict=True) if bodies}
        body |= _extras(plan.habits, own, sitting, answer, rng)
        for name in ("lifestyle", "note"):
            if name not in body and rng.random() < _NULL_INSTEAD_OF_NOTHING:
                body[name] = None
        entries.append((calendar.day(sitting.offset), body))

    return SimulatedPatient(
        course=plan.course,
        story=plan.story,
        patient=patient,
        lesions=lesions,
        medications=medications,
        entries=[entry for _, entry in entries],
        targets=markable([name for name, lump in lumps.items() if lump.target], entries),
        confirmed_new=tuple(name for name, lump in lumps.items() if lump.confirmed_new),
        progressed=_progressed(lumps, calendar),
    )


def _enrol(plan: Plan, calendar: Calendar, rng: Random) -> Body:
    birth = calendar.first_day - timedelta(days=rng.randint(38 * 365, 84 * 365))
    return {
        "name": plan.person.name,
        "birth_date": birth.isoformat(),
        "record_number": f"D-{rng.getrandbits(40):010X}",
        "time_zone": plan.person.time_zone,
        "locale": plan.person.locale,
        "enrolled_on": calendar.first_day.isoformat(),
    }


def _head(day: date, sitting: Sitting, rng: Random) -> Body:
    head: Body = {"recorded_at": sitting.at.isoformat(), "time_zone": sitting.zone}
    if sitting.at.date() != day or rng.random() < _DAY_GIVEN:
        head["day"] = day.isoformat()
    return head


def _fitting(plan: Plan, share: float) -> list[str]:
    return [text for (first, last), text in plan.remarks if first <= share <= last]


def _extras(habits: Habits, own: list[str], sitting: Sitting, answers: _Answers, rng: Random) -> Body:
    """Lifestyle and note; an entry that would have nothing in it gets one of them."""
    extras: Body = {}
    if sitting.main and rng.random() < habits.lifestyle:
        extras["lifestyle"] = tell_lifestyle(habits, rng)
    if rng.random() < habits.notes:
        extras["note"] = remark(answers.ratings, own, rng)
    if not extras and not any(answers):
        extras["note"] = remark(answers.ratings, own, rng)
    return extras


def _progressed(lumps: dict[str, Lump], calendar: Calendar) -> dict[str, str]:
    return {
        name: calendar.day(calendar.offset(lump.progressed)).isoformat()
        for name, lump in lumps.items()
        if lump.progressed is not None
    }
