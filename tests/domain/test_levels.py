"""A change of level is looked for, and marked as exploratory."""

from itertools import product
from random import Random

import numpy as np
import pytest

from domain.trends.levels import level_change
from tests.domain.examples import daily, january, trend_of

NILE = [
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
    1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831,
    726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845,
    944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918,
    986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
]  # fmt: skip
"""Annual flow of the Nile at Aswan from 1871, which is known to have fallen after 1898 (Cobb 1978)."""


def test_a_step_is_found_on_the_first_day_of_the_new_level() -> None:
    change = trend_of(daily([2] * 12 + [6] * 12)).level_change

    assert change is not None
    assert change.day == january(13)
    assert (change.median_before, change.median_after) == (2.0, 6.0)
    assert change.exploratory is True
    assert change.p == pytest.approx(2 * np.exp(-6 * 144**2 / (24**3 + 24**2)), abs=5e-7)


def test_nineteen_days_are_too_few_and_twenty_are_enough() -> None:
    assert trend_of(daily([0] * 10 + [9] * 9)).level_change is None
    assert trend_of(daily([0] * 10 + [9] * 10)).level_change is not None


def test_a_constant_course_keeps_its_level() -> None:
    assert trend_of(daily([5] * 60)).level_change is None


def test_an_up_and_down_of_single_days_is_no_new_level() -> None:
    assert trend_of(daily([3, 6] * 20)).level_change is None


def test_the_nile_fell_after_1898() -> None:
    days = list(daily(NILE))

    change = level_change(days, np.array(NILE))

    assert change is not None
    assert 1871 + days.index(change.day) == 1899


def test_pettitt_agrees_with_its_definition_by_double_sums() -> None:
    random = Random(11)
    found = 0
    for _ in range(150):
        n, step = random.randint(20, 45), random.randint(-4, 4)
        cut = random.randint(1, n - 1)
        scores = [random.randint(3, 7) + (step if index >= cut else 0) for index in range(n)]
        days = list(daily(scores))
        sizes = [
            abs(sum((a > b) - (a < b) for a, b in product(scores[:split], scores[split:]))) for split in range(1, n)
        ]
        p = 2 * np.exp(-6 * max(sizes) ** 2 / (n**3 + n**2))

        change = level_change(days, np.array(scores))

        if p >= 0.05:
            assert change is None
            continue
        found += 1
        split = sizes.index(max(sizes)) + 1
        assert change is not None
        assert change.day == days[split]
        assert change.p == pytest.approx(p, abs=1e-6)
        assert change.median_before == np.median(scores[:split])
        assert change.median_after == np.median(scores[split:])
    assert found > 30
