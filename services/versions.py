"""What entries, lesions and medications have in common: versions, replays and the patient's revision."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Select, select, tuple_
from sqlmodel import Session, col

from domain.errors import CursorInvalid, Deleted, Fault, IdReused, InvalidRequest, NotFound, VersionConflict
from models.fields import VersionedRead
from models.patients import Patient
from models.versions import PastVersion, UnappliedVersion
from services.access import Actor
from services.doors import Counter
from services.listing import Listed, Window


class Deletable(Protocol):
    """A row that stays as a tombstone."""

    deleted_at: datetime | None


class Buriable(Deletable, Protocol):
    """A row that counts its changes and stays as a tombstone."""

    version: int
    revision: int


Row = TypeVar("Row", bound=Deletable)
Read = TypeVar("Read", bound=VersionedRead)
Versioned = TypeVar("Versioned", bound=VersionedRead)


class Kind(StrEnum):
    """What has versions."""

    ENTRY = "entry"
    LESION = "lesion"
    MEDICATION = "medication"


def next_revision(patient: Patient | Counter) -> int:
    """The number of one more change of this patient, whose row must be locked."""
    patient.revision += 1
    return patient.revision


def canonical(shape: BaseModel, fields: Collection[str]) -> dict[str, Any]:
    """Content to compare: instants as instants; null, absent and empty alike; lists unordered (docs/decisions/0007)."""
    return {name: value for name in fields if (value := _canonical(getattr(shape, name))) not in (None, [], {})}


def _canonical(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, BaseModel):
        return canonical(value, type(value).model_fields)
    if isinstance(value, list):
        return sorted(
            (_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True, default=str)
        )
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def check_same(first: dict[str, Any], sent: dict[str, Any]) -> None:
    """A creation that was made before is a replay only if it says the same.

    Raises:
        IdReused: it says something else.
    """
    if first != sent:
        raise IdReused


def check_path_id(in_body: UUID | None, in_path: UUID) -> None:
    """A replacement that names an id must name the one in the path.

    Raises:
        InvalidRequest: it names another.
    """
    if in_body is not None and in_body != in_path:
        raise InvalidRequest(faults=[Fault("/id", "must be the id in the path")])


def found(row: Row | None) -> Row:
    """What is there to read; a tombstone is not.

    Raises:
        NotFound: it never was, or was deleted.
    """
    if row is None or row.deleted_at is not None:
        raise NotFound
    return row


def changeable(row: Row | None) -> Row:
    """What is there to change; a tombstone says that it is one.

    Raises:
        NotFound: it never was.
        Deleted: it was, and is gone for good.
    """
    if row is None:
        raise NotFound
    if row.deleted_at is not None:
        raise Deleted
    return row


def check_base(base: int | None, current: int) -> None:
    """A change must be based on what is stored; None where a base is optional and was not sent.

    Raises:
        VersionConflict: it is based on something else.
    """
    if base is not None and base != current:
        raise VersionConflict(current)


def is_replay(session: Session, kind: Kind, current: Read, base: int, says_the_same: Callable[[Read], bool]) -> bool:
    """Whether a change was made before: based on N, it says what version N+1 says.

    Raises:
        VersionConflict: it was not, and its base is not the current version.
    """
    following = version(session, kind, current, base + 1) if base else None
    if following is not None and says_the_same(following):
        return True
    check_base(base, current.version)
    return False


def keep(session: Session, actor: Actor, kind: Kind, shape: VersionedRead) -> None:
    """Put an object's present version aside before it changes."""
    session.add(
        PastVersion(
            patient_id=shape.patient_id,
            kind=kind,
            object_id=shape.id,
            version=shape.version,
            replaced_at=actor.at,
            snapshot=shape.model_dump(mode="json"),
        )
    )


def version(session: Session, kind: Kind, current: Read, number: int) -> Read | None:
    """An object as it was in one version, which may be the current; None if it never had that one."""
    if number >= current.version:
        return current if number == current.version else None
    past = session.get(PastVersion, (current.patient_id, kind, current.id, number))
    return type(current).model_validate(past.snapshot) if past else None


def keep_unapplied(session: Session, actor: Actor, kind: Kind, shape: VersionedRead, fields: Collection[str]) -> None:
    """Keep what a change that came too late says, once, beside the versions that counted (docs/decisions/0013)."""
    kept = session.scalars(
        select(UnappliedVersion).where(
            col(UnappliedVersion.patient_id) == shape.patient_id,
            col(UnappliedVersion.kind) == kind,
            col(UnappliedVersion.object_id) == shape.id,
        )
    ).all()
    says = canonical(shape, fields)
    if all(canonical(type(shape).model_validate(one.snapshot), fields) != says for one in kept):
        session.add(
            UnappliedVersion(
                patient_id=shape.patient_id,
                kind=kind,
                object_id=shape.id,
                number=len(kept) + 1,
                version=shape.version,
                received_at=actor.at,
                snapshot=shape.model_dump(mode="json"),
            )
        )


def list_versions(
    session: Session, kind: Kind, current: VersionedRead, window: Window, shape: Callable[..., Versioned]
) -> Listed[Versioned]:
    """All versions of an object in order; those that never counted stand where they would have."""
    after = _after(window)
    found = [((past.version, 0), past.snapshot) for past in session.scalars(_past(kind, current, after, window.limit))]
    unapplied = session.scalars(_unapplied(kind, current, after, window.limit))
    found += [((kept.version, kept.number), kept.snapshot) for kept in unapplied]
    if (current.version, 0) > after:
        found.append(((current.version, 0), current.model_dump(mode="json")))
    found.sort(key=lambda one: one[0])
    items = [shape(**snapshot, applied=number == 0) for (_, number), snapshot in found[: window.limit]]
    if len(found) <= window.limit:
        return Listed(items, None)
    version, number = found[window.limit - 1][0]
    return Listed(items, (str(version), str(number)))


def _past(kind: Kind, current: VersionedRead, after: tuple[int, int], limit: int) -> Select[PastVersion]:
    return (
        select(PastVersion)
        .where(
            col(PastVersion.patient_id) == current.patient_id,
            col(PastVersion.kind) == kind,
            col(PastVersion.object_id) == current.id,
            col(PastVersion.version) > after[0],
        )
        .order_by(col(PastVersion.version))
        .limit(limit + 1)
    )


def _unapplied(kind: Kind, current: VersionedRead, after: tuple[int, int], limit: int) -> Select[UnappliedVersion]:
    place = col(UnappliedVersion.version), col(UnappliedVersion.number)
    return (
        select(UnappliedVersion)
        .where(
            col(UnappliedVersion.patient_id) == current.patient_id,
            col(UnappliedVersion.kind) == kind,
            col(UnappliedVersion.object_id) == current.id,
            tuple_(*place) > tuple_(*after),
        )
        .order_by(*place)
        .limit(limit + 1)
    )


def _after(window: Window) -> tuple[int, int]:
    """Version and number of the last item of the page before; number 0 is the version that counted."""
    if window.after is None:
        return 0, 0
    match window.after:
        case (version, number) if re.fullmatch("[0-9]{1,9}", version) and re.fullmatch("[0-9]{1,9}", number):
            return int(version), int(number)
        case _:
            raise CursorInvalid


def bury(row: Buriable, patient: Patient, actor: Actor) -> None:
    """Make a row a tombstone; its last version must have been kept."""
    row.deleted_at = actor.at
    row.version += 1
    row.revision = next_revision(patient)


class Patched(Protocol):
    """A row that counts its changes without keeping what it was before."""

    version: int
    change_digests: list[str]


def wanted(draft: BaseModel, *, may_be_empty: Collection[str] = ()) -> dict[str, Any]:
    """What a partial change sets: the fields that were sent.

    Raises:
        InvalidRequest: null for what cannot be empty.
    """
    sent = draft.model_dump(exclude_unset=True)
    empty = [name for name, value in sent.items() if value is None and name not in may_be_empty]
    if empty:
        raise InvalidRequest(faults=[Fault(f"/{name}", "must not be null") for name in empty])
    return sent


def patch(row: Patched, fields: Mapping[str, Any], base: int) -> bool:
    """Set some fields of a row and count its version.

    Returns:
        True if it was changed now; False if this very change made the version after its base before.

    Raises:
        VersionConflict: it was changed otherwise in the meantime.
    """
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True, default=str).encode()).hexdigest()
    if 1 <= base < row.version and row.change_digests[base - 1] == digest:
        return False
    check_base(base, row.version)
    for name, value in fields.items():
        setattr(row, name, value)
    row.change_digests = [*row.change_digests, digest]
    row.version += 1
    return True
