"""Which day an entry belongs to, and what is doubtful about its clock. Nothing here refuses an entry."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

# One source of zones everywhere: the tzdata package, never what a machine happens to have (docs/decisions/0011).
reset_tzpath(to=())

DOUBTFUL_SKEW = timedelta(hours=24)
LATE_AFTER = timedelta(hours=48)
OLDEST_DAY = timedelta(days=60)


class Flag(StrEnum):
    """A doubt about an entry's time; it may grow."""

    ZONE_UNKNOWN = "zone_unknown"
    """The zone's name is unknown; the offset of `recorded_at` is used."""
    OFFSET_MISMATCH = "offset_mismatch"
    """The offset of `recorded_at` is not the zone's at that instant."""
    CLOCK_WRONG = "clock_wrong"
    """The phone's clock is over 24 hours off, or the entry comes from over 24 hours ahead."""
    CLOCK_UNREADABLE = "clock_unreadable"
    """The Client-Time header was there and not a time."""


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None if nobody knows that name (Android sends `GMT+02:00`)."""
    return ZoneInfo(name) if name in _zone_names() else None


def zone_or_offset(name: str, recorded_at: datetime) -> tzinfo:
    """The zone of that name, else the fixed offset that the instant came with."""
    known = zone(name)
    if known is not None:
        return known
    return timezone(recorded_at.utcoffset() or timedelta())


def local_date(instant: datetime, where: tzinfo) -> date:
    """The calendar day of an instant at a place."""
    return instant.astimezone(where).date()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the server makes of an entry's clock."""

    counted_day: date
    late: bool
    flags: tuple[Flag, ...]


def read_clock(
    recorded_at: datetime,
    time_zone: str,
    *,
    day: date,
    received_at: datetime,
    first_received_at: datetime,
    skew: timedelta | None,
    clock_unreadable: bool,
) -> Reading:
    """Decide on which day an entry counts and what is doubtful about it.

    Args:
        recorded_at: aware instant of the phone's clock, with the phone's offset.
        time_zone: zone name as the phone gave it.
        day: local day that the patient meant.
        received_at: instant of receipt by the server's clock.
        first_received_at: instant of receipt of the entry's first version; a correction is not late.
        skew: phone's clock minus server's clock; None if the phone did not send its clock.
        clock_unreadable: whether the phone sent a clock that is not a time.

    Returns:
        The counted day (never after the local date of receipt), whether the entry came over 48 h
        after the end of that day, and the flags in a fixed order.
    """
    where = zone_or_offset(time_zone, recorded_at)
    flags: list[Flag] = []
    if zone(time_zone) is None:
        flags.append(Flag.ZONE_UNKNOWN)
    elif recorded_at.utcoffset() != recorded_at.astimezone(where).utcoffset():
        flags.append(Flag.OFFSET_MISMATCH)
    if (skew is not None and abs(skew) > DOUBTFUL_SKEW) or recorded_at - received_at > DOUBTFUL_SKEW:
        flags.append(Flag.CLOCK_WRONG)
    if clock_unreadable:
        flags.append(Flag.CLOCK_UNREADABLE)
    counted_day = min(day, local_date(received_at, where))
    return Reading(counted_day, first_received_at - end_of_day(counted_day, where) > LATE_AFTER, tuple(flags))


def end_of_day(day: date, where: tzinfo) -> datetime:
    """The instant at which a local day ends, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=where).astimezone(UTC)


def default_day(recorded_at: datetime, time_zone: str) -> date:
    """The local date of the instant, where the phone did not name a day."""
    return local_date(recorded_at, zone_or_offset(time_zone, recorded_at))


def day_is_acceptable(day: date, recorded_at: datetime, time_zone: str) -> bool:
    """Whether a given day lies 0-60 days before the local date of `recorded_at`."""
    return timedelta() <= default_day(recorded_at, time_zone) - day <= OLDEST_DAY


def offset_minutes(instant: datetime) -> int:
    """The offset from UTC that an instant came with, in minutes."""
    return round((instant.utcoffset() or timedelta()).total_seconds() / 60)


def with_offset(instant: datetime, minutes: int) -> datetime:
    """The same instant, told with that offset from UTC."""
    return instant.astimezone(timezone(timedelta(minutes=minutes)))
