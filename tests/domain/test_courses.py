"""Simulated diaries are valid under the contract and have the shape that their story promises."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import fmean, median, pstdev
from time import process_time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.courses import COURSES, SimulatedPatient, clinic, random_course, simulate

Body = dict[str, Any]

LAST_DAY = date(2026, 3, 31)
SEEDS = range(12)
DAYS = 180

SYMPTOMS = {
    "pain", "itching", "nodules", "erythema", "edema", "ulceration", "hyperpigmentation", "skin_atrophy",
    "bleeding", "exudate", "odor", "fatigue", "sleep",
}  # fmt: skip
SITES = {
    "breast_skin", "areola", "nipple", "chest_wall", "anterior_thorax", "posterior_thorax", "supraclavicular",
    "infraclavicular", "axilla", "back", "lower_back", "abdomen", "scalp", "face", "neck", "anterior_upper_arm",
    "posterior_upper_arm", "anterior_forearm", "posterior_forearm", "hand", "lower_limb", "groin",
}  # fmt: skip
SIDES = {"left", "right", "midline", "both"}
KINDS = {"nodule", "plaque", "ulcer", "red_patch", "dark_patch", "thinned_skin"}
METHODS = {"ruler", "caliper", "photo", "estimate"}
ENTRY_FIELDS = {
    "id",
    "recorded_at",
    "time_zone",
    "day",
    "ratings",
    "lesion_observations",
    "intakes",
    "lifestyle",
    "note",
}
RATING_FIELDS = {"symptom", "severity", "interference", "count", "site", "side"}
OBSERVATION_FIELDS = {"lesion_id", "state", "length_mm", "width_mm", "method", "ulcerated", "bleeding", "photo_id"}
LIFESTYLE_BOUNDS = {"cigarettes": 200, "alcohol_units": 100, "activity_minutes": 1440, "balanced_meals": 20}
LIFESTYLE_INTEGERS = {"cigarettes", "activity_minutes", "balanced_meals"}


# What a reader of the contract would compute, without the code under test.


def counted_day(entry: Body) -> date:
    """The given day, else the local date."""
    recorded_at = datetime.fromisoformat(entry["recorded_at"])
    local = recorded_at.astimezone(ZoneInfo(entry["time_zone"])).date()
    return date.fromisoformat(entry["day"]) if entry.get("day") else local


def observed_days(patient: SimulatedPatient) -> set[date]:
    return {counted_day(entry) for entry in patient.entries if entry.get("ratings")}


def day_values(patient: SimulatedPatient, symptom: str) -> dict[date, int]:
    """The highest severity of each day."""
    values: dict[date, int] = {}
    for entry in patient.entries:
        for rating in entry.get("ratings") or ():
            if rating["symptom"] == symptom:
                day = counted_day(entry)
                values[day] = max(rating["severity"], values.get(day, 0))
    return values


def window(values: dict[date, int], first: date, days: int = 14) -> float | None:
    """The median of the observed days among so many days; None with fewer than three."""
    inside = [value for day, value in values.items() if timedelta() <= day - first < timedelta(days=days)]
    return float(median(inside)) if len(inside) >= 3 else None


def change(patient: SimulatedPatient, symptom: str, first: date, last: date) -> float | None:
    """Last fortnight less first fortnight of a period."""
    values = day_values(patient, symptom)
    before, after = window(values, first), window(values, last - timedelta(days=13))
    return None if before is None or after is None else after - before


def whole_change(patient: SimulatedPatient, symptom: str) -> float:
    found = change(patient, symptom, enrolled_on(patient), LAST_DAY)
    assert found is not None
    return found


def enrolled_on(patient: SimulatedPatient) -> date:
    return date.fromisoformat(patient.patient["enrolled_on"])


def sizes(patient: SimulatedPatient, lesion_id: str) -> list[tuple[date, float]]:
    """Counted day and value of each observation that has one, estimates too."""
    found = []
    for entry in patient.entries:
        for observation in entry.get("lesion_observations") or ():
            if observation["lesion_id"] == lesion_id and observation["state"] != "unmeasurable":
                value = {"gone": 0.0, "too_small": 5.0}.get(observation["state"])
                found.append((counted_day(entry), observation["length_mm"] if value is None else value))
    return found


def seeded(course: str) -> Iterator[SimulatedPatient]:
    for seed in SEEDS:
        yield simulate(course, seed=seed, last_day=LAST_DAY)


# A small validator of its own.


def check_number(value: object, highest: float, *, whole: bool = True) -> None:
    assert type(value) is int or (not whole and type(value) is float), value
    assert isinstance(value, int | float)
    assert 0 <= value <= highest


def check_id(value: object) -> None:
    assert isinstance(value, str)
    assert str(UUID(value)) == value
    assert UUID(value).version in {4, 7}


def check_time(value: object) -> datetime:
    assert isinstance(value, str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", value)
    return datetime.fromisoformat(value)


def check_length(value: object) -> None:
    assert isinstance(value, float)
    assert 0 < value <= 500
    assert round(value, 1) == value


def check_rating(rating: Body) -> None:
    assert rating.keys() <= RATING_FIELDS
    assert rating["symptom"] in SYMPTOMS
    check_number(rating["severity"], 10)
    if rating.get("interference") is not None:
        assert rating["symptom"] in {"pain", "itching"}
        check_number(rating["interference"], 10)
    if rating.get("count") is not None:
        assert rating["symptom"] == "nodules"
        check_number(rating["count"], 999)
    assert rating.get("site") is None or rating["site"] in SITES
    assert rating.get("side") is None or (rating["side"] in SIDES and rating["site"])


def check_observation(observation: Body) -> None:
    assert observation.keys() <= OBSERVATION_FIELDS
    measured = observation["state"] == "measured"
    assert measured or observation["state"] in {"too_small", "gone", "unmeasurable"}
    assert (observation.get("length_mm") is not None) == measured
    assert (observation.get("method") is not None) == measured
    if measured:
        assert observation["method"] in METHODS
        check_length(observation["length_mm"])
    if observation.get("width_mm") is not None:
        assert measured
        check_length(observation["width_mm"])
        assert observation["width_mm"] <= observation["length_mm"]
    assert all(type(observation[name]) is bool for name in ("ulcerated", "bleeding") if name in observation)


def check_lifestyle(lifestyle: Body) -> None:
    assert any(value is not None for value in lifestyle.values())
    assert lifestyle.keys() <= LIFESTYLE_BOUNDS.keys()
    for name, value in lifestyle.items():
        if value is not None:
            check_number(value, LIFESTYLE_BOUNDS[name], whole=name in LIFESTYLE_INTEGERS)


def check_entry(entry: Body, lesion_ids: set[str], medication_ids: set[str]) -> None:
    assert entry.keys() <= ENTRY_FIELDS
    check_id(entry["id"])
    recorded_at = check_time(entry["recorded_at"])
    local = recorded_at.astimezone(ZoneInfo(entry["time_zone"]))
    assert local.utcoffset() == recorded_at.utcoffset()
    assert 0 <= (local.date() - counted_day(entry)).days <= 60
    assert any(entry.get(name) for name in ENTRY_FIELDS - {"id", "recorded_at", "time_zone", "day"})
    ratings = entry.get("ratings") or []
    for rating in ratings:
        check_rating(rating)
    assert len({(r["symptom"], r.get("site"), r.get("side")) for r in ratings}) == len(ratings) <= 60
    observations = entry.get("lesion_observations") or []
    for observation in observations:
        check_observation(observation)
    assert len({o["lesion_id"] for o in observations}) == len(observations)
    assert {o["lesion_id"] for o in observations} <= lesion_ids
    for intake in entry.get("intakes") or ():
        assert intake.keys() <= {"medication_id", "taken", "taken_at"}
        assert intake["medication_id"] in medication_ids
        assert type(intake["taken"]) is bool
        if intake.get("taken_at"):
            assert intake["taken"]
            assert check_time(intake["taken_at"]) <= recorded_at
            assert check_time(intake["taken_at"]).date() == counted_day(entry)
    if entry.get("lifestyle"):
        check_lifestyle(entry["lifestyle"])
    if entry.get("note"):
        assert 0 < len(entry["note"]) <= 200


def check_medication(medication: Body) -> None:
    assert medication["name"]
    assert all(re.fullmatch(r"[012]\d:[0-5]\d", when) for when in medication["times"])
    assert medication["times"] or medication["as_needed"]
    assert medication["every_days"] >= 1
    assert (medication.get("cycle_on_days") is None) == (medication.get("cycle_off_days") is None)
    starts_on = date.fromisoformat(medication["starts_on"])
    assert medication.get("ends_on") is None or date.fromisoformat(medication["ends_on"]) >= starts_on


def check_lesions(patient: SimulatedPatient) -> None:
    for lesion in patient.lesions:
        assert lesion.keys() == {"id", "site", "side", "kind", "label", "first_noticed_on"}
        assert lesion["site"] in SITES
        assert lesion["side"] in SIDES
        assert lesion["kind"] in KINDS
        assert 0 < len(lesion["label"]) <= 200
        noticed = date.fromisoformat(lesion["first_noticed_on"])
        assert date.fromisoformat(patient.patient["birth_date"]) < noticed <= LAST_DAY
        assert all(day >= noticed for day, _ in sizes(patient, lesion["id"]))


def check_clinician(patient: SimulatedPatient) -> None:
    """Targets are few, of the right kind and measurable; new and progressed ones are other lesions."""
    kinds = {lesion["id"]: lesion["kind"] for lesion in patient.lesions}
    assert len(patient.targets) <= 2
    assert all(kinds[name] in {"nodule", "plaque"} for name in patient.targets)
    assert {*patient.targets, *patient.confirmed_new, *patient.progressed} <= kinds.keys()
    assert not set(patient.targets) & {*patient.confirmed_new, *patient.progressed}
    assert all(date.fromisoformat(day) <= LAST_DAY for day in patient.progressed.values())
    for name in patient.targets:
        assert sizes(patient, name)[0][1] >= 10


def check(patient: SimulatedPatient, days: int) -> None:
    assert json.loads(json.dumps(patient.entries)) == patient.entries
    assert patient.story.count(".") == 1
    assert ZoneInfo(patient.patient["time_zone"])
    assert enrolled_on(patient) == LAST_DAY - timedelta(days=days - 1)
    ids = [body["id"] for bodies in (patient.lesions, patient.medications, patient.entries) for body in bodies]
    assert len(set(ids)) == len(ids)
    for name in ids:
        check_id(name)
    check_lesions(patient)
    check_clinician(patient)
    for medication in patient.medications:
        check_medication(medication)
    lesion_ids, medication_ids = ({body["id"] for body in bodies} for bodies in (patient.lesions, patient.medications))
    for entry in patient.entries:
        check_entry(entry, lesion_ids, medication_ids)
        assert enrolled_on(patient) <= counted_day(entry) <= LAST_DAY
    instants = [datetime.fromisoformat(entry["recorded_at"]).astimezone(UTC) for entry in patient.entries]
    assert instants == sorted(instants)


# Facts.


def test_the_same_seed_gives_the_same_diary_and_another_seed_another() -> None:
    first = clinic(seed=7, last_day=LAST_DAY)

    again = clinic(seed=7, last_day=LAST_DAY)
    other = clinic(seed=8, last_day=LAST_DAY)

    assert first == again
    assert all(mine.entries != yours.entries for mine, yours in zip(first, other, strict=True))


def test_random_courses_repeat_with_their_generator() -> None:
    first = random_course(Random(3), last_day=LAST_DAY, days=60)

    again = random_course(Random(3), last_day=LAST_DAY, days=60)

    assert first == again


def test_the_clinic_has_a_dozen_patients_with_names_of_their_own() -> None:
    patients = clinic(seed=1, last_day=LAST_DAY)

    names = {patient.patient["name"] for patient in patients}
    assert len(COURSES) == len(patients) == len(names) == 12
    assert tuple(patient.course for patient in patients) == COURSES
    assert sum(not name.isascii() for name in names) >= 6
    assert len({patient.patient["time_zone"] for patient in patients}) >= 10


@pytest.mark.parametrize("days", [1, 10, 45, 180, 400])
@pytest.mark.parametrize("course", COURSES)
def test_every_body_of_a_named_course_keeps_the_contract(course: str, days: int) -> None:
    for seed in range(3):
        check(simulate(course, seed=seed, last_day=LAST_DAY, days=days), days)


def test_every_body_of_a_random_course_keeps_the_contract() -> None:
    patients = []
    for seed in range(150):
        days = 1 + seed * 7 % 200
        patients.append(random_course(Random(seed), last_day=LAST_DAY, days=days))
        check(patients[-1], days)

    # A sample that never meets the hard cases would prove nothing.
    entries = [entry for patient in patients for entry in patient.entries]
    assert any(patient.targets for patient in patients)
    assert any(patient.confirmed_new for patient in patients)
    assert any(patient.progressed for patient in patients)
    assert any(len({entry["time_zone"] for entry in patient.entries}) > 2 for patient in patients)
    assert any("day" not in entry for entry in entries)
    assert any((datetime.fromisoformat(entry["recorded_at"]).date() - counted_day(entry)).days > 1 for entry in entries)
    assert any(len(observed_days(patient)) * 2 < len(patient.entries) for patient in patients)


def test_a_skipped_symptom_is_absent_and_zero_is_a_rating() -> None:
    patient = simulate("lesions_respond", seed=2, last_day=LAST_DAY)

    severities = [rating["severity"] for entry in patient.entries for rating in entry.get("ratings") or ()]
    assert 0 in severities
    assert len(day_values(patient, "erythema")) < len(observed_days(patient))


def test_the_diaries_are_as_full_as_real_ones() -> None:
    for seed in SEEDS:
        shares = [len(observed_days(patient)) / DAYS for patient in clinic(seed=seed, last_day=LAST_DAY)]

        assert all(0.4 <= share <= 0.82 for share in shares)
        assert median(shares) <= 0.62


def test_most_entries_are_made_in_the_evening() -> None:
    patient = simulate("stable", seed=1, last_day=LAST_DAY)

    hours = [int(entry["recorded_at"][11:13]) for entry in patient.entries]
    assert sum(hour >= 18 for hour in hours) > 0.6 * len(hours)


def test_good_and_bad_days_keep_together() -> None:
    neighbours = []
    for patient in seeded("worsening"):
        values = day_values(patient, "fatigue")
        trend = {day: value - 3.5 - 2.5 * (day - enrolled_on(patient)).days / DAYS for day, value in values.items()}
        neighbours += [(trend[a], trend[b]) for a, b in pairwise(sorted(trend)) if b - a == timedelta(days=1)]

    assert fmean(a * b for a, b in neighbours) > 0.2 * fmean(a * a for a, _ in neighbours)


def test_improving_means_that_pain_itching_and_redness_fall() -> None:
    for patient in seeded("improving"):
        assert whole_change(patient, "pain") <= -2
        assert whole_change(patient, "itching") <= -2
        assert whole_change(patient, "erythema") <= -2


def test_worsening_means_that_symptoms_rise_and_targets_progress() -> None:
    for patient in seeded("worsening"):
        assert whole_change(patient, "pain") >= 2
        assert whole_change(patient, "ulceration") >= 2
        assert len(patient.targets) == 2
        lengths = [[value for _, value in sizes(patient, name)] for name in patient.targets]
        nadir, last = sum(min(values) for values in lengths), sum(values[-1] for values in lengths)
        assert last >= 1.2 * nadir
        assert last - nadir >= 5
        assert len(patient.progressed) == 1


def test_drifting_shows_against_enrolment_and_in_no_four_weeks() -> None:
    for patient in seeded("drifting"):
        for symptom in ("pain", "itching"):
            assert whole_change(patient, symptom) >= 2
            firsts = [enrolled_on(patient) + timedelta(days=n) for n in range(DAYS - 27)]
            changes = [change(patient, symptom, first, first + timedelta(days=27)) for first in firsts]
            assert all(found is not None and found < 2 for found in changes)


def test_fluctuating_swings_between_mild_and_severe_and_goes_nowhere() -> None:
    for patient in seeded("fluctuating"):
        values = list(day_values(patient, "itching").values())
        assert pstdev(values) >= 1.5
        assert sum(value < 5 for value in values) > 0.2 * len(values)
        assert sum(value >= 7 for value in values) > 0.2 * len(values)
        halves: tuple[list[int], list[int]] = ([], [])
        for day, value in day_values(patient, "itching").items():
            halves[day - enrolled_on(patient) >= timedelta(days=DAYS // 2)].append(value)
        assert abs(fmean(halves[0]) - fmean(halves[1])) < 1.3


def test_fluctuating_tells_several_times_a_day() -> None:
    for patient in seeded("fluctuating"):
        assert len(patient.entries) > 1.8 * len(observed_days(patient))


def test_stable_stays_within_the_thresholds() -> None:
    for patient in seeded("stable"):
        assert all(abs(whole_change(patient, symptom)) < 2 for symptom in ("itching", "nodules", "skin_atrophy"))
        baseline = window(day_values(patient, "pain"), enrolled_on(patient))
        assert baseline is not None
        assert -max(1, min(2, 0.3 * baseline)) < whole_change(patient, "pain") < 2
        lengths = [[value for _, value in sizes(patient, name)] for name in patient.targets]
        assert sum(map(max, lengths)) < 1.2 * sum(map(min, lengths))


def test_silence_follows_severe_days() -> None:
    for patient in seeded("silent_after_severe"):
        values = day_values(patient, "pain")
        last = sorted(observed_days(patient))[-4:]
        assert last[-1] - last[0] == timedelta(days=3)
        assert all(values[day] >= 7 for day in last if day in values)
        assert LAST_DAY - max(counted_day(entry) for entry in patient.entries) >= timedelta(days=14)


@pytest.mark.parametrize("month", range(1, 13))
def test_travelling_crosses_the_date_line_and_a_clock_change(month: int) -> None:
    patient = simulate("travelling", seed=month, last_day=date(2025, month, 15))

    entries = [(counted_day(e), e["time_zone"], datetime.fromisoformat(e["recorded_at"])) for e in patient.entries]
    zones: dict[str, set[timedelta | None]] = {}
    for _, zone, recorded_at in entries:
        zones.setdefault(zone, set()).add(recorded_at.utcoffset())
    twice = [b - a for (day, here, a), (then, there, b) in pairwise(entries) if day == then and here != there]
    never = [
        then for (_, here, _), (then, there, _) in pairwise(entries)
        if here == "Pacific/Honolulu" != there and then - timedelta(days=1) not in observed_days(patient)
    ]  # fmt: skip
    assert len(zones) >= 2
    assert any(len(offsets) == 2 for offsets in zones.values())
    assert any(gap >= timedelta(hours=20) for gap in twice)
    assert never


def test_half_missing_misses_forty_five_days_in_a_hundred() -> None:
    for patient in seeded("half_missing"):
        days = sorted(observed_days(patient))
        assert 1 - len(days) / DAYS == pytest.approx(0.45)
        assert max((b - a).days for a, b in pairwise(days)) > 4


def test_lesions_that_respond_are_smaller_by_a_third_and_then_gone() -> None:
    for patient in seeded("lesions_respond"):
        assert len(patient.targets) == 2
        both = [sizes(patient, name) for name in patient.targets]
        midway = enrolled_on(patient) + timedelta(days=70)
        nearest = [min(values, key=lambda found: abs(found[0] - midway))[1] for values in both]
        assert 0 < sum(nearest) <= 0.7 * sum(values[0][1] for values in both)
        for lesion in patient.lesions:
            late = [size for day, size in sizes(patient, lesion["id"]) if LAST_DAY - day <= timedelta(days=50)]
            assert late
            assert not any(late)


def test_vanished_lesions_come_back() -> None:
    for patient in seeded("vanish_and_return"):
        assert len(patient.targets) == 2
        start = enrolled_on(patient)
        gone = [
            size for lesion in patient.lesions for day, size in sizes(patient, lesion["id"])
            if 64 <= (day - start).days <= 120
        ]  # fmt: skip
        assert gone
        assert not any(gone)
        assert sizes(patient, patient.targets[0])[-1][1] >= 10


def test_new_lesions_are_noticed_midway_and_one_of_them_is_confirmed() -> None:
    for patient in seeded("new_lesion"):
        noticed = {body["id"]: date.fromisoformat(body["first_noticed_on"]) for body in patient.lesions}
        new = {name for name, day in noticed.items() if day > enrolled_on(patient)}
        assert len(new) == 2
        assert len(patient.confirmed_new) == 1
        assert set(patient.confirmed_new) < new
        assert len(patient.targets) == 2
        assert all(sizes(patient, name) for name in new)


def test_an_unconfirmed_new_lesion_waits_in_half_missing() -> None:
    for patient in seeded("half_missing"):
        new = [b for b in patient.lesions if date.fromisoformat(b["first_noticed_on"]) > enrolled_on(patient)]
        assert len(new) == 1
        assert patient.confirmed_new == ()


def test_a_very_sick_patient_has_many_severe_symptoms_and_writes_notes() -> None:
    for patient in seeded("very_sick"):
        means = {symptom: fmean(found.values()) for symptom in SYMPTOMS if (found := day_values(patient, symptom))}
        assert {"bleeding", "exudate", "odor"} <= means.keys()
        assert len(means) >= 10
        assert fmean(means.values()) >= 5.5
        assert sum(bool(entry.get("note")) for entry in patient.entries) > 0.3 * len(patient.entries)


def test_medication_is_reported_in_part_and_of_every_rhythm() -> None:
    patients = clinic(seed=4, last_day=LAST_DAY)

    medications = [medication for patient in patients for medication in patient.medications]
    assert any(len(medication["times"]) == 2 for medication in medications)
    assert any(medication["every_days"] == 21 for medication in medications)
    assert any(medication.get("cycle_on_days") for medication in medications)
    assert any(medication["as_needed"] for medication in medications)
    stable = patients[COURSES.index("stable")]
    letrozole = next(medication["id"] for medication in stable.medications if medication["name"] == "Letrozole")
    doses = [i for e in stable.entries for i in e.get("intakes") or () if i["medication_id"] == letrozole]
    assert 40 < len(doses) < 150
    assert len({(counted_day(e)) for e in stable.entries for i in e.get("intakes") or ()
                if i["medication_id"] == letrozole}) == len(doses)  # fmt: skip


def test_no_note_and_no_story_promises_survival() -> None:
    patients = clinic(seed=5, last_day=LAST_DAY)

    texts = [patient.story for patient in patients]
    texts += [entry["note"] for patient in patients for entry in patient.entries if entry.get("note")]
    assert len(texts) > 100
    assert not any(re.search(r"surviv|cure|longer life|prognos", text, re.IGNORECASE) for text in texts)


def test_a_whole_clinic_is_made_well_within_a_second() -> None:
    clinic(seed=1, last_day=LAST_DAY, days=10)

    begin = process_time()
    clinic(seed=1, last_day=LAST_DAY)

    assert process_time() - begin < 0.8
