"""What is measured of a photo is what it says it is."""

import numpy as np
import pytest

from domain.quality import measure


@pytest.mark.parametrize("seed", range(20))
def test_brightness_is_the_median_and_white_the_share_of_what_is_almost_cut_off(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grey = rng.integers(rng.integers(0, 200), 256, (rng.integers(1, 9), rng.integers(1, 9))).astype(np.uint8)

    measured = measure(grey, shorter_side=1)

    assert measured.brightness == np.median(grey)
    assert measured.white == np.mean(grey >= 250)
