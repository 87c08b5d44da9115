"""Expected doses and adherence."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from domain.days import Period
from domain.medications import Adherence, Regimen, adherence, expected_doses
from tests.domain.examples import january

TWICE_DAILY = Regimen(
    times_per_day=2,
    every_days=1,
    cycle_on_days=None,
    cycle_off_days=None,
    as_needed=False,
    starts_on=january(1),
    ends_on=None,
)
NINETY_DAYS = list(Period.starting(january(1), 90))


def doses(regimen: Regimen, days: int) -> list[int]:
    """Expected doses of the first days from the start."""
    return [expected_doses(regimen, day) for day in Period.starting(regimen.starts_on, days)]


def test_a_daily_medication_is_expected_from_its_first_to_its_last_day() -> None:
    regimen = replace(TWICE_DAILY, ends_on=january(3))

    assert expected_doses(regimen, date(2025, 12, 31)) == 0
    assert [expected_doses(regimen, january(day)) for day in (1, 2, 3, 4)] == [2, 2, 2, 0]


def test_every_other_day_is_counted_from_the_start() -> None:
    assert doses(replace(TWICE_DAILY, every_days=2), 5) == [2, 0, 2, 0, 2]


def test_three_weeks_on_and_one_week_off() -> None:
    regimen = replace(TWICE_DAILY, times_per_day=1, cycle_on_days=21, cycle_off_days=7)

    assert doses(regimen, 57) == [1] * 21 + [0] * 7 + [1] * 21 + [0] * 7 + [1]


def test_every_other_day_starts_anew_with_each_cycle() -> None:
    regimen = replace(TWICE_DAILY, times_per_day=1, every_days=2, cycle_on_days=3, cycle_off_days=2)

    assert doses(regimen, 10) == [1, 0, 1, 0, 0, 1, 0, 1, 0, 0]


def test_what_is_taken_as_needed_is_never_expected() -> None:
    assert doses(replace(TWICE_DAILY, as_needed=True), 3) == [0, 0, 0]


def test_171_reported_and_150_taken_of_180_is_88_percent_at_95_percent_coverage() -> None:
    reports = dict.fromkeys(NINETY_DAYS[:64], (2, 2)) | dict.fromkeys(NINETY_DAYS[64:85], (2, 1))
    reports |= {NINETY_DAYS[85]: (1, 1)}

    assert adherence(TWICE_DAILY, reports, days=NINETY_DAYS) == Adherence(
        expected=180,
        reported=171,
        taken=150,
        adherence=0.877193,
        coverage=0.95,
        possible_low=0.833333,
        possible_high=0.883333,
    )


def test_a_missing_report_is_not_a_missed_dose() -> None:
    answer = adherence(TWICE_DAILY, {january(1): (2, 2)}, days=[january(1), january(2)])

    assert (answer.adherence, answer.coverage) == (1.0, 0.5)
    assert (answer.possible_low, answer.possible_high) == (0.5, 1.0)


def test_nothing_reported_leaves_adherence_unknown() -> None:
    answer = adherence(TWICE_DAILY, {}, days=[january(1)])

    assert (answer.expected, answer.reported, answer.taken) == (2, 0, 0)
    assert (answer.adherence, answer.coverage) == (None, 0.0)
    assert (answer.possible_low, answer.possible_high) == (0.0, 1.0)


def test_nothing_expected_leaves_everything_unknown() -> None:
    before = date(2025, 12, 1)

    answer = adherence(TWICE_DAILY, {before: (2, 2)}, days=[before])

    assert answer == Adherence(0, 0, 0, None, None, None, None)


def test_an_extra_dose_does_not_make_up_for_one_that_was_left_out() -> None:
    answer = adherence(TWICE_DAILY, {january(1): (4, 4), january(2): (2, 0)}, days=[january(1), january(2)])

    assert (answer.reported, answer.taken, answer.adherence) == (4, 2, 0.5)


def test_reports_of_other_days_do_not_count() -> None:
    answer = adherence(TWICE_DAILY, {january(5): (2, 2)}, days=[january(1)])

    assert (answer.reported, answer.taken) == (0, 0)


def test_what_is_taken_as_needed_is_counted_but_not_judged() -> None:
    answer = adherence(
        replace(TWICE_DAILY, as_needed=True),
        {january(1): (3, 2), january(2): (1, 1), january(9): (1, 1)},
        days=[january(1), january(2)],
    )

    assert answer == Adherence(None, 4, 3, None, None, None, None)


def test_adherence_lies_between_its_possible_bounds_when_all_is_reported() -> None:
    random = Random(2)
    for _ in range(300):
        regimen = replace(TWICE_DAILY, times_per_day=random.randint(1, 4), every_days=random.randint(1, 3))
        days = [january(1) + timedelta(days=index) for index in range(random.randint(1, 40))]
        reports = {}
        for day in days:
            said = random.randint(0, 5)
            reports[day] = (said, random.randint(0, said))

        answer = adherence(regimen, reports, days=days)

        assert answer.expected == sum(expected_doses(regimen, day) for day in days)
        assert answer.possible_low is not None
        assert answer.possible_high is not None
        assert answer.coverage is not None
        assert 0 <= answer.possible_low <= answer.possible_high <= 1
        assert abs((answer.possible_high - answer.possible_low) - (1 - answer.coverage)) <= 2e-6
