"""The kinds of field that tables and wire shapes are made of, and the rules they share.

FastAPI validates parsed Python, where pydantic's strict mode would refuse every UUID and date
string. So strictness is a property of the field (docs/decisions/0004-strict-fields.md).
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function
from sqlalchemy import CheckConstraint, ColumnElement, DateTime, Dialect, MetaData, Uuid
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from domain import clocks

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


# Shapes


MOST_FIELDS = 100
"""Of one object: each unknown one costs a fault in the answer."""


class Request(BaseModel):
    """A shape that callers send: unknown fields are refused."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _is_not_a_flood(cls, value: object) -> object:
        if isinstance(value, dict) and len(value) > MOST_FIELDS:
            message = f"must have at most {MOST_FIELDS} fields"
            raise ValueError(message)
        return value


def shown_as(*examples: dict[str, Any]) -> ConfigDict:
    """Examples of a request for the OpenAPI document: together they show every field, and a test sends each."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class Response(BaseModel):
    """A shape that callers get: no field has a default, so that all are always there."""

    model_config: ClassVar[ConfigDict] = ConfigDict(from_attributes=True, serialize_by_alias=True)


Item = TypeVar("Item")


class Page(Response, Generic[Item]):
    """Some items of a list, and how to get the next."""

    items: list[Item]
    next_cursor: Annotated[str | None, Field(description="Send it as `cursor` to get the next items; null at the end.")]


# Columns


class RepeatedId(Uuid[UUID]):
    """An id that many rows share: it is read once, not once a row, where the driver gives text."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], UUID | None] | None:
        """Read each id once."""
        read: Callable[[Any], UUID] | None = super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]
        return read and lru_cache(maxsize=10_000)(read)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Only aware values go in; only UTC comes out, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What comes out."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "A naive datetime is not an instant."
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Bounds:
    """An inclusive range that a field and its column share."""

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high

    def check(self, column: str) -> CheckConstraint:
        """The same range as a constraint of the table."""
        return CheckConstraint(f"{column} BETWEEN {self.low} AND {self.high}", name=f"{column}_bounds")


class OneOf(ColumnElement[bool]):
    """Whether a column holds one of some texts, or null, in a constraint.

    SQLite makes a table of a list for each row that it checks, which took half of the time in which ratings are stored;
    what is written out it only compares.
    """

    inherit_cache = False

    def __init__(self, column: str, values: Iterable[str]) -> None:
        self.column = column
        self.values = [f"'{value}'" for value in values]


@compiles(OneOf)
def _as_list(listed: OneOf, _compiler: SQLCompiler, **_named: object) -> str:
    return f"{listed.column} IN ({', '.join(listed.values)})"


@compiles(OneOf, "sqlite")
def _written_out(listed: OneOf, _compiler: SQLCompiler, **_named: object) -> str:
    return " OR ".join(f"{listed.column} = {value}" for value in listed.values)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Only these texts, or null, as a constraint of the table."""
    return CheckConstraint(OneOf(column, values), name=f"{column}_known")


def longest(column: str, characters: int) -> CheckConstraint:
    """No longer text, as a constraint of the table: SQLite's own types do not hold it."""
    return CheckConstraint(f"length({column}) <= {characters}", name=f"{column}_length")


@dataclass(frozen=True, slots=True)
class NullIs:
    """For a field that may be left out: null, too, counts as its default, and the OpenAPI document says so."""

    default: object

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put the default in the place of null."""
        return no_info_before_validator_function(self._default_for_null, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """What the field holds, or null."""
        return {"anyOf": [handler(schema), {"type": "null"}]}

    def _default_for_null(self, value: object) -> object:
        return self.default if value is None else value


# Numbers


def _whole(value: object) -> object:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        message = "must be a whole number"
        raise ValueError(message)  # noqa: TRY004  pydantic reports ValueError only
    return value


def _number(value: object) -> object:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = "must be a number"
        raise ValueError(message)  # noqa: TRY004
    return value + 0  # -0.0 becomes 0.0, which databases do not all keep apart


def _truth(value: object) -> object:
    if not isinstance(value, bool):
        message = "must be true or false"
        raise ValueError(message)  # noqa: TRY004
    return value


def _one_decimal(value: float) -> float:
    tenths = round(value * 10)
    if not math.isclose(value * 10, tenths, abs_tol=1e-6):
        message = "must have at most one decimal"
        raise ValueError(message)
    return tenths / 10


Whole = BeforeValidator(_whole)
"""For an integer: `6.0` counts as 6, `"6"` and `true` do not. It comes last, after the bounds: pydantic shows and
applies bounds only to the plain type."""
Number = BeforeValidator(_number)
"""For a float, after its bounds: text and `true` are none."""
Truth = Annotated[bool, BeforeValidator(_truth)]
Millimetres = Annotated[float, Field(ge=0, le=500), Number, AfterValidator(_one_decimal)]
"""A length in mm with at most one decimal; stored as whole tenths."""


def tenths(millimetres: float | None) -> int | None:
    """A length as it is stored."""
    return None if millimetres is None else round(millimetres * 10)


# Text


def _clean(value: str | None) -> str | None:
    if value is None:
        return None
    if "\x00" in value:
        message = "must not contain NUL"
        raise ValueError(message)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        message = "must be text in valid Unicode"
        raise ValueError(message)
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        message = "must not be blank"
        raise ValueError(message)
    return value


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Clean = AfterValidator(_clean)
"""For text, after its bounds: neither NUL nor half a surrogate pair, which PostgreSQL or JSON cannot hold."""
BlankIsNone = BeforeValidator(_blank_is_none)
"""For text that may be missing: blank counts as missing."""
Name = Annotated[str, Field(min_length=1, max_length=200), Clean, AfterValidator(_not_blank)]
"""A name or label of up to 200 characters."""
ShortText = Annotated[Annotated[str, Field(max_length=200), Clean] | None, BlankIsNone]
"""Up to 200 characters, or nothing."""
Email = Annotated[
    str,
    Field(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+\.[^@\s\x00-\x1f\x7f-\x9f]+$"),
    Clean,
    BeforeValidator(_lower),
]
"""An e-mail address; capitals do not matter, and it is measured as it is stored."""


# Ids


def _phone_id(value: UUID) -> UUID:
    if value.version not in (4, 7):
        message = "must be a UUID of version 4 or 7"
        raise ValueError(message)
    return value


PhoneId = Annotated[
    UUID,
    AfterValidator(_phone_id),
    WithJsonSchema(
        {
            "type": "string",
            "format": "uuid",
            "pattern": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[47][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$",
        }
    ),
]
"""An id made by the phone: UUID version 4 or 7."""


# Times

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
FIRST_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
FIRST_YEAR_OF_DAYS, LAST_YEAR_OF_DAYS = 1900, 2100
LAST_INSTANT = datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def _rfc_3339(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        message = "must be an RFC 3339 time with an offset, such as 2026-03-29T21:40:00+02:00"
        raise ValueError(message)
    return value


def _in_range(value: datetime) -> datetime:
    # Compared without moving to UTC first: years 1 and 9999 would overflow there.
    if not FIRST_INSTANT <= value <= LAST_INSTANT:
        message = "must lie between the years 2000 and 2100"
        raise ValueError(message)
    return value


def _iso_day(value: object) -> object:
    if type(value) is date:
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        message = "must be a day such as 2026-03-29"
        raise ValueError(message)
    return value


def _day_in_range(value: date) -> date:
    if not FIRST_YEAR_OF_DAYS <= value.year <= LAST_YEAR_OF_DAYS:
        message = f"must lie between the years {FIRST_YEAR_OF_DAYS} and {LAST_YEAR_OF_DAYS}"
        raise ValueError(message)
    return value


def _known_zone(value: str) -> str:
    if clocks.zone(value) is None:
        message = "must be a name of the IANA time zone database, such as Europe/Berlin"
        raise ValueError(message)
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_in_range)]
"""An RFC 3339 time with an offset, years 2000 to 2100."""
Day = Annotated[date, BeforeValidator(_iso_day), AfterValidator(_day_in_range)]
"""A calendar day, `YYYY-MM-DD`, years 1900 to 2100."""
ZoneName = Annotated[str, Field(min_length=1, max_length=64), Clean, AfterValidator(_known_zone)]
Version = Annotated[int, Field(ge=1, description="Counts the changes of this object; send it in If-Match.")]
Revision = Annotated[int, Field(ge=0, description="The patient's change counter when this last changed.")]


class Tagged(Response):
    """An answer about something that counts its changes: it goes with an ETag."""

    version: Version


class VersionedRead(Tagged):
    """An answer about one object of a patient, every version of which is kept."""

    id: UUID
    patient_id: UUID
    revision: Revision
