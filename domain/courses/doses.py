"""Medications and the doses that entries report."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from domain.courses.calendars import Calendar, Sitting, instant
from domain.courses.chance import optional, phone_id
from domain.courses.plans import Body, Drug
from domain.courses.ratings import Severities

_BAD_DAY = 5.5
_EXTRA_DOSE = 0.6
_TIME_GIVEN = 0.6


def prescribe(drugs: Sequence[Drug], calendar: Calendar, rng: Random, *, dated_ids: bool) -> list[Body]:
    """The medications as they are registered."""
    bodies: list[Body] = []
    for drug in drugs:
        made = calendar.registered_at(calendar.day(max(0, drug.starts))) if dated_ids else None
        body: Body = {"id": phone_id(rng, made), "name": drug.name}
        optional(rng, body, "dose", (drug.dose,))
        body |= {"times": list(drug.times), "every_days": drug.every_days, "as_needed": drug.as_needed}
        optional(rng, body, "cycle_on_days", (drug.cycle_on_days,))
        optional(rng, body, "cycle_off_days", (drug.cycle_off_days,))
        body["starts_on"] = calendar.day(drug.starts).isoformat()
        ends = None if drug.ends is None else calendar.day(_last_offset(drug, calendar)).isoformat()
        optional(rng, body, "ends_on", (ends,))
        bodies.append(body)
    return bodies


def report(
    drugs: Mapping[str, Drug], felt: Severities, calendar: Calendar, sittings: Sequence[Sitting], rng: Random
) -> list[list[Body]]:
    """The intakes of each sitting; a dose is reported on its own local day, once, and only when its time has come."""
    told: set[tuple[str, int, str]] = set()
    reported: list[list[Body]] = []
    for sitting in sittings:
        bodies: list[Body] = []
        for name, drug in drugs.items():
            if sitting.offset > _last_offset(drug, calendar) or sitting.offset < drug.starts:
                continue
            if drug.as_needed:
                bodies += _extra_dose(name, felt, sitting, rng)
                continue
            for when in drug.times if drug.is_due(sitting.offset) else ():
                due = _due_at(sitting, calendar, when)
                dose = (name, sitting.offset, when)
                if dose not in told and due <= sitting.at.astimezone(UTC) and rng.random() < drug.reported:
                    told.add(dose)
                    bodies.append(_intake(name, due, sitting, rng, taken=rng.random() < drug.taken))
        reported.append(bodies)
    return reported


def _last_offset(drug: Drug, calendar: Calendar) -> int:
    return calendar.days - 1 if drug.ends is None else max(0, drug.starts, calendar.offset(drug.ends))


def _due_at(sitting: Sitting, calendar: Calendar, when: str) -> datetime:
    minute = int(when[:2]) * 60 + int(when[3:])
    return instant(calendar.day(sitting.offset), minute, sitting.zone).astimezone(UTC)


def _intake(name: str, due: datetime, sitting: Sitting, rng: Random, *, taken: bool) -> Body:
    body: Body = {"medication_id": name, "taken": taken}
    if taken and rng.random() < _TIME_GIVEN:
        taken_at = min(due + timedelta(minutes=rng.randint(0, 50)), sitting.at.astimezone(UTC))
        local = taken_at.astimezone(sitting.at.tzinfo)
        # A dose is told on the day it belongs to, also when a late one was swallowed after midnight.
        same_day = local.date() == due.astimezone(sitting.at.tzinfo).date()
        body["taken_at"] = (local if same_day else due.astimezone(sitting.at.tzinfo)).isoformat()
    return body


def _extra_dose(name: str, felt: Severities, sitting: Sitting, rng: Random) -> list[Body]:
    worst = max((severities[sitting.offset] for severities in felt.values()), default=0.0)
    if sitting.main and worst >= _BAD_DAY and rng.random() < _EXTRA_DOSE:
        return [{"medication_id": name, "taken": True}]
    return []
