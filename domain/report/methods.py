"""How the numbers of a report were made: keys that pages put into words, and sources that need no translation."""

from dataclasses import dataclass
from enum import StrEnum


class MethodKey(StrEnum):
    """One thing that a reader must know to trust a number."""

    SCALE = "scale"
    BANDS = "bands"
    DAY_VALUE = "day_value"
    COMPLETION = "completion"
    WINDOWS = "windows"
    CHANGE_PAIN = "change_pain"
    CHANGE_OTHER = "change_other"
    SLOPE = "slope"
    MANN_KENDALL = "mann_kendall"
    LEVEL_CHANGE = "level_change"
    AREA = "area"
    LESIONS = "lesions"
    ADHERENCE = "adherence"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Method:
    """A method and where it comes from."""

    key: MethodKey
    source: str | None
    """A citation; None where the convention is ours."""


METHODS: tuple[Method, ...] = (
    Method(MethodKey.SCALE, None),
    Method(MethodKey.BANDS, "Serlin et al., Pain 61 (1995) 277-284"),
    Method(MethodKey.DAY_VALUE, None),
    Method(MethodKey.COMPLETION, None),
    Method(MethodKey.WINDOWS, None),
    Method(MethodKey.CHANGE_PAIN, "Farrar et al., Pain 94 (2001) 149-158"),
    Method(MethodKey.CHANGE_OTHER, None),
    Method(MethodKey.SLOPE, "Sen, J Am Stat Assoc 63 (1968) 1379-1389"),
    Method(MethodKey.MANN_KENDALL, "Mann, Econometrica 13 (1945) 245-259; Kendall, Rank Correlation Methods (1975)"),
    Method(MethodKey.LEVEL_CHANGE, "Pettitt, J R Stat Soc C 28 (1979) 126-135"),
    Method(MethodKey.AREA, None),
    Method(MethodKey.LESIONS, "Eisenhauer et al., Eur J Cancer 45 (2009) 228-247"),
    Method(MethodKey.ADHERENCE, None),
    Method(MethodKey.DISPLAY, "Snyder et al., Qual Life Res 28 (2019) 345-356"),
)
