"""Parts that a person's machine may lack and the build's may not."""

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: object) -> NoReturn:
    """What a test does without such a part: a person sees a skip and its reason, the build (`CI=true`) fails."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(str(reason), pytrace=False)
    pytest.skip(str(reason))
