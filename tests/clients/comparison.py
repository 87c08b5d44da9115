"""How an answer is held against what was expected: exactly, but for numbers that are printed rounded."""

from dataclasses import dataclass
from math import copysign
from typing import Any, Final

CLOSE: Final = 1e-6
DECIMALS: Final = 6


@dataclass(frozen=True)
class Near:
    """A statistic that is printed with six decimals."""

    value: float


class Words:
    """Any sentence: what it says is tested elsewhere."""


def differences(expected: Any, answered: Any, path: str = "") -> list[str]:
    """Where an answer is not what was expected, in words; empty if it is."""
    match expected:
        case dict() if isinstance(answered, dict) and expected.keys() == answered.keys():
            return [line for name in expected for line in differences(expected[name], answered[name], f"{path}/{name}")]
        case list() if isinstance(answered, list) and len(expected) == len(answered):
            pairs = enumerate(zip(expected, answered, strict=True))
            return [line for index, pair in pairs for line in differences(*pair, f"{path}/{index}")]
        case Near():
            equal = _is_printed(expected.value, answered)
        case Words():
            equal = isinstance(answered, str) and bool(answered.strip())
        case _:
            equal = isinstance(answered, bool) == isinstance(expected, bool) and expected == answered
    return [] if equal else [f"{path}: expected {expected}, answered {answered}"]


def _is_printed(exact: float, printed: object) -> bool:
    """Whether a number is another, rounded once; minus zero is no way to print 0."""
    if isinstance(printed, bool) or not isinstance(printed, int | float):
        return False
    short = round(printed, DECIMALS) == printed and (printed != 0 or copysign(1, printed) > 0)
    return short and abs(exact - printed) <= CLOSE
