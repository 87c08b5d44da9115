"""Lesions and their weekly measurements."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random

from domain.courses.calendars import Calendar, Sitting
from domain.courses.chance import optional, phone_id
from domain.courses.plans import Body, Lump, along

_VANISHED_MM = 0.5
_TOO_SMALL_MM = 5.0
_MEASURED_THOUGH_SMALL = 0.2
_MEASURABLE_MM = 10.0
_MOST_TARGETS = 2
"""Skin is one organ (`clinical.md`, response, 1)."""
_VALID_DAYS = 7
"""A value counts on its day and the six after (`clinical.md`, response, 2)."""
_WITHOUT_LENGTH = {"too_small": 5.0, "gone": 0.0}
_WIDTH_GIVEN = 0.6
_LOOKS_GIVEN = 0.3
_ERROR_FACTOR = {"estimate": 3.0, "photo": 1.3}
_FIRST_METHODS = ("ruler", "caliper")


def register(lumps: Sequence[Lump], calendar: Calendar, rng: Random, *, dated_ids: bool) -> list[Body]:
    """The lesions as the phone registers them."""
    bodies: list[Body] = []
    for lump in lumps:
        noticed = _noticed_on(lump, calendar, rng)
        made = calendar.registered_at(max(noticed, calendar.first_day)) if dated_ids else None
        body: Body = {"id": phone_id(rng, made), "site": lump.place.site, "side": lump.place.side}
        body |= {"kind": lump.kind, "label": lump.label, "first_noticed_on": noticed.isoformat()}
        bodies.append(body)
    return bodies


def measure(
    lumps: Mapping[str, Lump], every_days: int, calendar: Calendar, sittings: Sequence[Sitting], rng: Random
) -> list[list[Body]]:
    """The observations of each sitting: about weekly, and as soon as a new lesion is there."""
    seen: set[str] = set()
    last = -every_days
    observed: list[list[Body]] = []
    for sitting in sittings:
        here = {name: lump for name, lump in lumps.items() if _is_there(lump, sitting.offset, calendar)}
        due = sitting.offset - last >= every_days or not here.keys() <= seen
        bodies: list[Body] = []
        if due and here and sitting.rated and sitting.main:
            last = sitting.offset
            for name, lump in here.items():
                if name not in seen or rng.random() >= lump.skipped:
                    share = calendar.share(sitting.offset)
                    bodies.append(_observation(name, lump, share, rng, first=name not in seen))
                    seen.add(name)
        observed.append(bodies)
    return observed


def markable(wanted: Sequence[str], entries: Sequence[tuple[date, Body]]) -> tuple[str, ...]:
    """The lesions among these, at most two, that a clinician can mark as target.

    Args:
        wanted: ids in the order of preference.
        entries: counted day and body of every entry, in the order of time.

    Returns:
        Those of which every value up to the baseline day, the first on which each has one, is 10 mm or more.
    """
    kept: tuple[str, ...] = ()
    for name in wanted:
        if len(kept) < _MOST_TARGETS and _measurable_at_baseline((*kept, name), entries):
            kept = (*kept, name)
    return kept


def _measurable_at_baseline(names: tuple[str, ...], entries: Sequence[tuple[date, Body]]) -> bool:
    latest: dict[str, date] = {}
    by_day = sorted(entries, key=lambda entry: entry[0])
    for day, body in by_day:
        for observation in body.get("lesion_observations") or ():
            name, value = observation["lesion_id"], _value_mm(observation)
            if name in names and value is not None:
                if value < _MEASURABLE_MM:
                    return False
                latest[name] = day
        if len(latest) == len(names) and day - min(latest.values()) < timedelta(days=_VALID_DAYS):
            return all(_value_stays(entry, names) for entry in by_day if entry[0] == day)
    return False


def _value_stays(entry: tuple[date, Body], names: tuple[str, ...]) -> bool:
    """Whether no value of these in this entry is too small for a target."""
    observations = [o for o in entry[1].get("lesion_observations") or () if o["lesion_id"] in names]
    values = [_value_mm(observation) for observation in observations]
    return all(value is None or value >= _MEASURABLE_MM for value in values)


def _value_mm(observation: Body) -> float | None:
    """What enters a sum; None for estimates and what could not be measured."""
    if observation["state"] == "measured":
        return None if observation["method"] == "estimate" else float(observation["length_mm"])
    return _WITHOUT_LENGTH.get(observation["state"])


def _noticed_on(lump: Lump, calendar: Calendar, rng: Random) -> date:
    if lump.noticed is None:
        return calendar.first_day - timedelta(days=rng.randint(15, 400))
    return calendar.day(calendar.offset(lump.noticed))


def _is_there(lump: Lump, offset: int, calendar: Calendar) -> bool:
    return lump.noticed is None or offset >= calendar.offset(lump.noticed)


def _observation(name: str, lump: Lump, share: float, rng: Random, *, first: bool) -> Body:
    body: Body = {"lesion_id": name}
    size = along(lump.size, share)
    if not first and rng.random() < lump.hidden:
        body["state"] = "unmeasurable"
    elif size < _VANISHED_MM:
        body["state"] = "gone"
    elif size < _TOO_SMALL_MM and rng.random() >= _MEASURED_THOUGH_SMALL:
        body["state"] = "too_small"
    else:
        body |= {"state": "measured"} | _lengths(lump, size, rng, first=first)
    if body["state"] != "gone":
        body |= dict(_looks(lump, rng))
    optional(rng, body, "photo_id", (None,))
    return body


def _lengths(lump: Lump, size: float, rng: Random, *, first: bool) -> Body:
    estimates_first = set(lump.methods) == {"estimate"}
    method = rng.choice(_FIRST_METHODS if first and not estimates_first else lump.methods)
    error = lump.error_mm * _ERROR_FACTOR.get(method, 1.0)
    length = max(0.5, round(size + rng.gauss(0.0, error), 1))
    body: Body = {"length_mm": length, "method": method}
    if rng.random() < _WIDTH_GIVEN:
        body["width_mm"] = max(0.4, round(length * rng.uniform(0.55, 0.95), 1))
    return body


def _looks(lump: Lump, rng: Random) -> Iterator[tuple[str, bool]]:
    if lump.kind == "ulcer" or rng.random() < _LOOKS_GIVEN:
        yield "ulcerated", lump.kind == "ulcer"
    if lump.bleeds or rng.random() < _LOOKS_GIVEN:
        yield "bleeding", rng.random() < lump.bleeds
