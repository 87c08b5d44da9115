"""Means of habits."""

from domain.lifestyle import Lifestyle, Mean, lifestyle
from tests.domain.examples import january

NOTHING = Mean(value=None, n=0)


def test_what_was_never_reported_is_unknown_and_not_zero() -> None:
    means = lifestyle(cigarettes={}, alcohol_units={}, activity_minutes={}, balanced_meals={})

    assert means == Lifestyle(NOTHING, NOTHING, NOTHING, NOTHING)


def test_no_cigarette_is_zero() -> None:
    means = lifestyle(
        cigarettes={january(1): 0, january(2): 0}, alcohol_units={}, activity_minutes={}, balanced_meals={}
    )

    assert means.cigarettes_per_day == Mean(value=0.0, n=2)


def test_each_habit_has_its_own_days_and_alcohol_and_movement_are_per_week() -> None:
    means = lifestyle(
        cigarettes={january(1): 5, january(2): 10, january(9): 5},
        alcohol_units={january(1): 0.1, january(2): 0.2, january(3): 0.3},
        activity_minutes={january(4): 20, january(5): 30},
        balanced_meals={january(6): 2},
    )

    assert means == Lifestyle(
        cigarettes_per_day=Mean(value=6.666667, n=3),
        alcohol_units_per_week=Mean(value=1.4, n=3),
        activity_minutes_per_week=Mean(value=175.0, n=2),
        balanced_meals_per_day=Mean(value=2.0, n=1),
    )
