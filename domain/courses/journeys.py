"""Journeys that try calendars: over the date line and back, and to where the clocks change."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.courses.calendars import Calendar, Leg

HOME = "Pacific/Auckland"
_ISLANDS = "Pacific/Honolulu"
_AHEAD = ("America/New_York", "America/Santiago", "Europe/Lisbon")
"""Their clock changes and New Zealand's are at most 154 days apart, so that half a year always holds one."""
_REACHED_EASTWARDS = ("America/New_York", "America/Santiago", _ISLANDS)
_STAY_DAYS = 11
_MARGIN_DAYS = 8
_ISLAND_STARTS = (0.2, 0.3, 0.55, 0.65, 0.75, 0.42)


def clock_changes(zone: str, first_day: date, days: int) -> list[int]:
    """Days after the first on which the zone's clocks change."""
    where = ZoneInfo(zone)
    noon = [datetime.combine(first_day + timedelta(days=n), time(12), tzinfo=where).utcoffset() for n in range(days)]
    return [n for n in range(1, days) if noon[n] != noon[n - 1]]


def journey(first_day: date, days: int) -> Calendar:
    """A New Zealander's travels: Honolulu over the date line and back, and a stay over a clock change.

    Where the days are too few for a journey it is left out.
    """
    change = _clock_change(first_day, days)
    trips: list[Leg] = []
    near: range = range(0)
    if change is not None:
        zone, day = change
        near = range(day - _STAY_DAYS, day + _STAY_DAYS)
        if zone != HOME:
            trips.append(Leg(zone, day - 5, day + 5))
    island = _island_trip(days, near)
    if island is not None:
        trips.append(island)
    trips.sort(key=lambda leg: leg.first)
    special = {offset for leg in trips for offset in (leg.first - 1, leg.first, leg.last, leg.last + 2)}
    if change is not None:
        special |= {change[1] - 1, change[1], change[1] + 1}
    return Calendar(first_day, days, _legs(trips, days), frozenset(special))


def _clock_change(first_day: date, days: int) -> tuple[str, int] | None:
    for zone in (*_AHEAD, HOME):
        for day in clock_changes(zone, first_day, days):
            if _MARGIN_DAYS <= day < days - _MARGIN_DAYS:
                return zone, day
    return None


def _island_trip(days: int, taken: range) -> Leg | None:
    for start in _ISLAND_STARTS:
        leg = Leg(_ISLANDS, round(start * days), round(start * days) + _STAY_DAYS)
        clear = leg.last < taken.start - 3 or leg.first > taken.stop + 2
        if leg.first >= _MARGIN_DAYS and leg.last < days - _MARGIN_DAYS and (clear or not taken):
            return leg
    return None


def _legs(trips: list[Leg], days: int) -> tuple[Leg, ...]:
    """The trips with the stays at home between them.

    Eastwards over the date line the day of departure comes twice; every way home loses a day.
    """
    legs: list[Leg] = []
    back = 0
    for trip in trips:
        leaves = trip.first if trip.zone in _REACHED_EASTWARDS else trip.first - 1
        legs += [Leg(HOME, back, leaves), trip]
        back = trip.last + 2
    return (*legs, Leg(HOME, back, days - 1))
