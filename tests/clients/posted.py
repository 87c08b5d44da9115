"""One patient's diary as it was sent, and the days it is about: all that the second computation is given."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

Body = dict[str, Any]


@dataclass(frozen=True)
class Posted:
    """The bodies that stand: as last corrected, without what was deleted.

    Attributes:
        patient: as registered.
        lesions: in the order in which they were registered, with what a clinician said of them.
        medications: in the order in which they were registered.
        entries: in any order.
        received_at: when the server got the entries.
    """

    patient: Body
    lesions: Sequence[Body]
    medications: Sequence[Body]
    entries: Sequence[Body]
    received_at: datetime


@dataclass(frozen=True)
class Days:
    """The days of one question: the period, both ends included, and what is expected in it."""

    first: date
    last: date
    enrolled_on: date
    today: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def expected(self, observed: Collection[date]) -> list[date]:
        """Every day from enrolment to today; today only if observed."""
        days = pd.date_range(max(self.first, self.enrolled_on), min(self.last, self.today))
        return [day.date() for day in days if day.date() < self.today or day.date() in observed]


def days_asked(posted: Posted, first: date | None, last: date | None, now: datetime) -> Days:
    """The period with its defaults: up to today at the patient's place, from 90 days before."""
    today = now.astimezone(ZoneInfo(posted.patient["time_zone"])).date()
    last = last or today
    enrolled_on = date.fromisoformat(posted.patient["enrolled_on"])
    return Days(first or last - timedelta(days=90), last, enrolled_on, today)


def longest_gap(expected: Iterable[date], observed: Collection[date]) -> int:
    """The longest run of unobserved days in the list of expected days."""
    seen = pd.Series([day in observed for day in expected], dtype=bool)
    return int((~seen).groupby(seen.cumsum()).sum().max()) if len(seen) else 0


def told(posted: Posted) -> pd.DataFrame:
    """One row per entry, in the order in which its patient told it: counted day, instant, id."""
    rows = [
        (counted_day(entry, posted.received_at), datetime.fromisoformat(entry["recorded_at"]), entry["id"], entry)
        for entry in posted.entries
    ]
    frame = pd.DataFrame(rows, columns=["day", "at", "id", "entry"], dtype=object)
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    return frame.sort_values(["day", "at", "id"])


def counted_day(entry: Body, received_at: datetime) -> date:
    """The day that is meant, but never later than the date of receipt at the place of writing."""
    recorded_at, where = datetime.fromisoformat(entry["recorded_at"]), place(entry)
    meant = date.fromisoformat(entry["day"]) if entry.get("day") else recorded_at.astimezone(where).date()
    return min(meant, received_at.astimezone(where).date())


def place(entry: Body) -> tzinfo:
    """The zone that is named; the offset that was sent where nobody knows the name."""
    try:
        return ZoneInfo(entry["time_zone"])
    except (ZoneInfoNotFoundError, ValueError):
        offset = datetime.fromisoformat(entry["recorded_at"]).tzinfo
        assert offset is not None
        return offset
