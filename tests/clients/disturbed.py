"""Diaries that no simulation would write, but somebody might: every rule has to hold for them as well."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from domain.courses import SimulatedPatient
from tests.clients.posted import Body

MAY_BE_TARGETS = {"nodule", "plaque", "ulcer"}
TYING_MM = (0.0, 0.1, 4.9, 7.0, 10.0, 10.0, 14.0, 15.0, 20.0, 25.0)
"""10 is measurable; 10 to 7, and 20 to 14, is a shrinkage by exactly 30 %; 10 to 15, and 20 to 25, grows by 5 mm."""
HIGHEST = {"cigarettes": 40, "alcohol_units": 12, "activity_minutes": 240, "balanced_meals": 5}


def disturb(course: SimulatedPatient, rng: Random) -> SimulatedPatient:
    """The same patient with lesions that come and go, doses beyond what is due, and habits told several times a day."""
    lesions, medications = [body["id"] for body in course.lesions], [body["id"] for body in course.medications]
    candidates = [body["id"] for body in course.lesions if body["kind"] in MAY_BE_TARGETS]
    targets = tuple(rng.sample(candidates, min(len(candidates), rng.randint(0, 2))))
    others = [name for name in lesions if name not in targets]
    return replace(
        course,
        entries=[_disturbed(entry, lesions, medications, rng) for entry in course.entries],
        targets=targets,
        confirmed_new=tuple(name for name in others if rng.random() < 0.3),
        progressed={name: _some_day(course, rng) for name in lesions if rng.random() < 0.2},
    )


def _disturbed(entry: Body, lesions: list[str], medications: list[str], rng: Random) -> Body:
    entry = dict(entry)
    looks = [_look(look["lesion_id"], rng) for look in entry.get("lesion_observations") or ()]
    if lesions and rng.random() < 0.3:
        looks += [_look(rng.choice(lesions), rng) for _ in range(rng.randint(1, 4))]
    intakes = list(entry.get("intakes") or ())
    if medications and rng.random() < 0.2:
        intakes += [{"medication_id": rng.choice(medications), "taken": rng.random() < 0.5} for _ in range(3)]
    if rng.random() < 0.4:
        told = {name: rng.choice((None, rng.randint(0, highest))) for name, highest in HIGHEST.items()}
        entry["lifestyle"] = {**told, "balanced_meals": rng.randint(0, 5)}
    return {**entry, "lesion_observations": looks, "intakes": intakes}


def _look(lesion: str, rng: Random) -> Body:
    """A look at a lesion that is most often gone, just there, or just as large as some limit."""
    state = rng.choice(("measured", "measured", "measured", "too_small", "gone", "gone", "unmeasurable"))
    body: Body = {"lesion_id": lesion, "state": state}
    if state == "measured":
        body |= {
            "length_mm": rng.choice((*TYING_MM, round(rng.uniform(0, 60), 1))),
            "method": rng.choice(("ruler", "caliper", "photo", "estimate")),
        }
    return body


def _some_day(course: SimulatedPatient, rng: Random) -> str:
    enrolled_on = date.fromisoformat(course.patient["enrolled_on"])
    return (enrolled_on + timedelta(days=rng.randint(-20, 200))).isoformat()
