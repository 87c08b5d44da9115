"""Canonical JSON is byte for byte what the library for it writes."""

from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.canonical import canonical
from reports.documents import content_of
from tests.reports.samples import random_report

KEYS = st.text(st.characters(max_codepoint=127))
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2.0**53), 2.0**53, allow_nan=False).filter(lambda number: abs(number) < 2**53)
    | st.text(st.characters(codec="utf-8"))
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20)


@pytest.mark.parametrize("number", range(30))
def test_a_report_is_written_as_the_library_writes_it(number: int) -> None:
    content = content_of(random_report(number))

    assert canonical(content) == rfc8785.dumps(content)


@patient
@given(st.dictionaries(KEYS, VALUES))
def test_any_content_is_written_as_the_library_writes_it(content: dict[str, Any]) -> None:
    assert canonical(content) == rfc8785.dumps(content)


@patient
@given(st.lists(st.fixed_dictionaries({"day": st.text(st.characters(codec="utf-8")), "100 %": LEAVES, "more": VALUES})))
def test_a_list_of_one_shape_is_written_as_the_library_writes_it(rows: list[dict[str, Any]]) -> None:
    content = {"points": rows}

    assert canonical(content) == rfc8785.dumps(content)


@pytest.mark.parametrize("text", ["\\u0000", '"\\u0000"', "\\", '\\"', "\u2028\x7f\x1f", "😀"])
def test_text_that_looks_like_an_escape_stays_text(text: str) -> None:
    content: dict[str, Any] = {"p": 0.000001, "text": text, "texts": [text, 6.0, text]}

    assert canonical(content) == rfc8785.dumps(content)
