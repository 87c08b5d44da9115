"""Where the patient is on which local day, and at which instants she sits down to write."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from domain.courses.chance import wander
from domain.courses.plans import Habits, Plan, Span

_DAY = 24 * 60
_EVENING = 20 * 60 + 40
_EAGER_DAYS = 7
_FORTNIGHT = 14
_AFTER_MIDNIGHT = 0.05
_NEXT_MORNING = 0.09
_LATEST_DAYS = (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 7)


@dataclass(frozen=True, slots=True)
class Leg:
    """Days after enrolment, both inclusive, spent in one time zone.

    Two legs may share a day (east over the date line, the day comes twice) or leave one out (west, it never comes).
    """

    zone: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a diary, counted from enrolment (0), and where they are spent."""

    first_day: date
    days: int
    legs: tuple[Leg, ...]
    faithful: frozenset[int] = frozenset()
    silent: frozenset[int] = frozenset()

    def day(self, offset: int) -> date:
        """The local day so many days after enrolment."""
        return self.first_day + timedelta(days=offset)

    def share(self, offset: int) -> float:
        """The share of the time gone by on that day, 0-1."""
        return offset / max(1, self.days - 1)

    def offset(self, share: float) -> int:
        """The day at a share of the time gone by."""
        return round(share * (self.days - 1))

    def registered_at(self, day: date) -> datetime:
        """An instant early on a day, for what is registered before the first entry."""
        return datetime.combine(day, time(0, 30), tzinfo=UTC)

    def zones(self, offset: int) -> list[str]:
        """The zones in which that local day is lived, in order; none if the traveller skips it."""
        return [leg.zone for leg in self.legs if leg.first <= offset <= leg.last]


@dataclass(frozen=True, slots=True)
class Sitting:
    """One time the patient opens the app."""

    offset: int
    """Of the day that is meant, which may be before the day of `at`."""
    at: datetime
    zone: str
    main: bool
    """The fullest of its day."""
    rated: bool


def calendar_of(plan: Plan, first_day: date, days: int) -> Calendar:
    """The calendar of a patient who stays at home."""
    home = (Leg(plan.person.time_zone, 0, days - 1),)
    bare = Calendar(first_day, days, home)
    return Calendar(first_day, days, home, _offsets(bare, plan.faithful), _offsets(bare, plan.silent))


def instant(day: date, minute: int, zone: str, *, fold: int = 0) -> datetime:
    """The instant of a local minute of a day; one that a clock change leaves out is moved as clocks are."""
    local = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), tzinfo=ZoneInfo(zone))
    at = local.astimezone(UTC).astimezone(local.tzinfo)
    # In a gap at midnight the second fold lies on the day before.
    return at if at.date() >= day or not fold else instant(day, minute, zone)


def sittings(habits: Habits, calendar: Calendar, rng: Random) -> list[Sitting]:
    """Every sitting of the diary in the order of time."""
    observed = _observed_days(habits, calendar, rng)
    found: list[Sitting] = []
    for offset in range(calendar.days):
        zones = [] if offset in calendar.silent else calendar.zones(offset)
        if zones and (offset in observed or rng.random() < habits.unrated):
            found.extend(_sittings_of_day(habits, calendar, rng, offset, rated=offset in observed))
    # Two datetimes of one zone compare by their wall clocks: only UTC orders the repeated hour.
    return sorted(found, key=lambda sitting: sitting.at.astimezone(UTC))


def _offsets(calendar: Calendar, spans: tuple[Span, ...]) -> frozenset[int]:
    return frozenset(
        offset for first, last in spans for offset in range(calendar.offset(first), calendar.offset(last) + 1)
    )


def _observed_days(habits: Habits, calendar: Calendar, rng: Random) -> frozenset[int]:
    """The most willing days, as many as the habits say; eager at first, and good and bad days keep together."""
    will = wander(rng, calendar.days, spread=1.0, memory=habits.gap_memory)
    for offset in range(min(_EAGER_DAYS, calendar.days)):
        will[offset] += (_EAGER_DAYS - offset) / _EAGER_DAYS
    possible = [offset for offset in range(calendar.days) if offset not in calendar.silent and calendar.zones(offset)]
    possible.sort(key=lambda offset: -will[offset])
    certain = set(calendar.faithful & set(possible))
    for fortnight in _fortnights(calendar.days):
        certain.update([offset for offset in possible if offset in fortnight][: habits.at_least])
    wanted = max(round(habits.completion * calendar.days), len(certain))
    others = [offset for offset in possible if offset not in certain]
    return frozenset([*certain, *others][:wanted])


def _fortnights(days: int) -> list[range]:
    """Fourteen days each, from the first day on, and the last fourteen."""
    whole = [range(first, first + _FORTNIGHT) for first in range(0, days - _FORTNIGHT + 1, _FORTNIGHT)]
    return [*whole, range(max(0, days - _FORTNIGHT), days)]


def _sittings_of_day(habits: Habits, calendar: Calendar, rng: Random, offset: int, *, rated: bool) -> Iterator[Sitting]:
    *earlier, here = calendar.zones(offset)
    day = calendar.day(offset)
    for zone in earlier if rated else ():
        yield Sitting(offset, instant(day, rng.randint(16 * 60, 18 * 60), zone), zone, main=False, rated=True)
    late_days, minute = _moment(habits, calendar, rng, offset)
    at = instant(calendar.day(offset + late_days), minute, here, fold=rng.randint(0, 1))
    yield Sitting(offset, at, here, main=True, rated=rated)
    if not rated:
        return
    last_minute = _DAY - 1 if late_days or habits.any_hour else minute - 45
    for chance in () if earlier else habits.more_entries:
        if rng.random() >= chance:
            break
        at = instant(day, rng.randint(0 if habits.any_hour else 6 * 60 + 30, last_minute), here)
        yield Sitting(offset, at, here, main=False, rated=True)


def _moment(habits: Habits, calendar: Calendar, rng: Random, offset: int) -> tuple[int, int]:
    """How many days late, and at which minute of that day, the day's main sitting takes place."""
    lot = rng.random()
    if habits.any_hour:
        late_days = rng.choice(_LATEST_DAYS)
        minute = rng.randrange(_DAY)
    elif lot < _AFTER_MIDNIGHT:
        late_days, minute = 1, rng.randint(4, 55)
    elif lot < _NEXT_MORNING:
        late_days, minute = 1, rng.randint(6 * 60 + 40, 9 * 60)
    else:
        late_days, minute = 0, min(max(round(rng.gauss(_EVENING, 55)), 17 * 60), _DAY - 5)
    if late_days and not _stays(calendar, offset, offset + late_days):
        return 0, max(minute, _EVENING)
    return late_days, minute


def _stays(calendar: Calendar, first: int, last: int) -> bool:
    """Whether these days are within the diary and spent in one zone, none of them in two."""
    if last >= calendar.days or any(offset in calendar.silent for offset in range(first, last + 1)):
        return False
    lived = [calendar.zones(offset) for offset in range(first, last + 1)]
    return all(zones == lived[0] for zones in lived) and len(lived[0]) == 1
