"""A second computation of the trend document, from the bodies that were sent and nothing else.

Written from `docs/clinical.md` and `docs/statistics.md` with pandas, scipy and pymannkendall. It shares no code with
what it is held against, neither days and zones nor rules.
"""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from tests.clients.comparison import Near
from tests.clients.oracle_lesions import lesion_trend
from tests.clients.oracle_symptoms import nodule_count, symptom_trends
from tests.clients.posted import Body, Days, Posted, days_asked, longest_gap, told


def trend_document(
    posted: Posted,
    *,
    patient_id: str,
    revision: int,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
) -> Body:
    """What `GET .../trends` should answer, with `Near` and `Words` where it may differ in print.

    Args:
        posted: all that was sent of the patient.
        patient_id: as the server named the patient.
        revision: of the patient, as the server counts.
        now: when it is asked.
        first: first day, `from` of the question.
        last: last day, `to` of the question.
    """
    days = days_asked(posted, first, last, now)
    entries = told(posted)
    ratings = _ratings(entries)
    observed = set(ratings["day"])
    return {
        "patient_id": patient_id,
        "from": days.first.isoformat(),
        "to": days.last.isoformat(),
        "revision": revision,
        "completion": _completion(days, observed),
        "symptoms": symptom_trends(ratings, days, observed),
        "nodule_count": nodule_count(ratings, days),
        "lesions": lesion_trend(posted.lesions, entries, days.first, days.last),
        "medications": [_adherence(one, entries, days) for one in posted.medications if _overlaps(one, days)],
        "lifestyle": _lifestyle(entries, days),
    }


def _ratings(entries: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (day, rating["symptom"], rating["severity"], rating.get("count"))
        for day, entry in zip(entries["day"], entries["entry"], strict=True)
        for rating in entry.get("ratings") or ()
    ]
    return pd.DataFrame(rows, columns=["day", "symptom", "severity", "count"])


def _completion(days: Days, observed: set[date]) -> Body:
    expected = days.expected(observed)
    seen = sum(day in observed for day in expected)
    return {
        "expected_days": len(expected),
        "observed_days": seen,
        "rate": Near(seen / len(expected)) if expected else None,
        "longest_gap_days": longest_gap(expected, observed),
    }


def _overlaps(medication: Body, days: Days) -> bool:
    ends_on = date.fromisoformat(medication.get("ends_on") or "9999-12-31")
    return date.fromisoformat(medication["starts_on"]) <= days.last and ends_on >= days.first


def _adherence(medication: Body, entries: pd.DataFrame, days: Days) -> Body:
    reports = pd.DataFrame(
        [
            (day, intake["taken"])
            for day, entry in zip(entries["day"], entries["entry"], strict=True)
            for intake in entry.get("intakes") or ()
            if intake["medication_id"] == medication["id"]
        ],
        columns=["day", "taken"],
    )
    # Today counts as soon as this medication has been reported.
    counted = pd.Index(days.expected(set(reports["day"])), dtype=object)
    said = reports.groupby("day").size().reindex(counted, fill_value=0)
    taken = reports["taken"].astype(int).groupby(reports["day"]).sum().reindex(counted, fill_value=0)
    named = {"medication_id": medication["id"], "name": medication["name"]}
    if medication.get("as_needed"):
        shares = dict.fromkeys(("adherence", "coverage", "possible_low", "possible_high"))
        return {**named, "expected": None, "reported": int(said.sum()), "taken": int(taken.sum()), **shares}
    dosing_days = _dosing_days(medication, days.last)
    doses = [len(medication["times"]) if day in dosing_days else 0 for day in counted]
    due = pd.Series(doses, index=counted, dtype=int)
    said = said.clip(upper=due)
    e, r, t = int(due.sum()), int(said.sum()), int(taken.clip(upper=said).sum())
    return {
        **named,
        "expected": e,
        "reported": r,
        "taken": t,
        "adherence": _share(t, r),
        "coverage": _share(r, e),
        "possible_low": _share(t, e),
        "possible_high": _share(t + e - r, e),
    }


def _dosing_days(medication: Body, last: date) -> set[date]:
    """The days up to `last` on which doses are due: counted from the start, and anew in each cycle."""
    last = min(last, date.fromisoformat(medication.get("ends_on") or "9999-12-31"))
    on, off = medication.get("cycle_on_days"), medication.get("cycle_off_days")
    every = f"{medication.get('every_days', 1)}D"
    days: set[date] = set()
    begins = date.fromisoformat(medication["starts_on"])
    while begins <= last:
        stops = min(last, begins + timedelta(days=on - 1)) if on else last
        days |= {day.date() for day in pd.date_range(begins, stops, freq=every)}
        begins = begins + timedelta(days=on + off) if on else last + timedelta(days=1)
    return days


def _share(part: int, whole: int) -> Near | None:
    return Near(part / whole) if whole else None


def _lifestyle(entries: pd.DataFrame, days: Days) -> Body:
    fields = ("cigarettes", "alcohol_units", "activity_minutes", "balanced_meals")
    rows: list[list[Any]] = [
        [day, *((entry.get("lifestyle") or {}).get(field) for field in fields)]
        for day, entry in zip(entries["day"], entries["entry"], strict=True)
        if day in days
    ]
    frame = pd.DataFrame(rows, columns=["day", *fields]).astype(dict.fromkeys(fields, float))
    last = frame.groupby("day").last()  # the last that is not null
    return {
        f"{field}_per_{unit}": {
            "value": Near(last[field].mean() * (7 if unit == "week" else 1)) if last[field].count() else None,
            "n": int(last[field].count()),
        }
        for field, unit in zip(fields, ("day", "week", "week", "day"), strict=True)
    }
