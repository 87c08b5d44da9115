"""What lesions and medications have in common: registered once under the phone's id, changed seldom, never lost."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from models.fields import Request, VersionedRead
from models.patients import Patient
from services import access, versions
from services.access import Actor
from services.listing import Listed, Window, listed
from services.versions import Kind

Draft = TypeVar("Draft", bound=Request)
Read = TypeVar("Read", bound=VersionedRead)
Version = TypeVar("Version", bound=VersionedRead)


@dataclass(frozen=True, slots=True)
class Noun(Generic[Draft, Read, Version]):
    """One kind of thing that a patient has."""

    kind: Kind
    table: Any
    fields: type[Draft]
    """The shape whose fields make two of them the same."""
    read: type[Read]
    version: type[Version]

    def content(self, *, but: Collection[str] = ()) -> tuple[str, ...]:
        """Names of the fields that make two of them the same, without some."""
        return tuple(name for name in self.fields.model_fields if name not in but)


def first_version(
    session: Session, patient: Patient, noun: Noun[Draft, Read, Version], object_id: UUID
) -> tuple[Read, Read] | None:
    """Something as it is now and as it was at first; None if there never was one.

    Raises:
        Deleted: it was deleted.
    """
    row = session.get(noun.table, (patient.id, object_id))
    if row is None:
        return None
    current = noun.read.model_validate(versions.changeable(row))
    return current, versions.version(session, noun.kind, current, 1) or current


def add(
    session: Session,
    actor: Actor,
    patient: Patient,
    noun: Noun[Draft, Read, Version],
    object_id: UUID,
    draft: Draft,
    *,
    but: Collection[str] = (),
) -> Read:
    """Register something new, with some fields left empty."""
    row = noun.table(
        **draft.model_dump(include=set(noun.content(but=but))),
        patient_id=patient.id,
        id=object_id,
        revision=versions.next_revision(patient),
        created_at=actor.at,
    )
    session.add(row)
    return noun.read.model_validate(row)


def check_replay(noun: Noun[Draft, Read, Version], first: Read, draft: Draft, *, but: Collection[str] = ()) -> None:
    """A creation that was made before must say the same, but for fields that are not the actor's to say.

    Raises:
        IdReused: it says something else.
    """
    compared = noun.content(but=but)
    versions.check_same(versions.canonical(first, compared), versions.canonical(draft, compared))


def list_all(
    session: Session, actor: Actor, noun: Noun[Draft, Read, Version], patient_id: UUID, window: Window
) -> Listed[Read]:
    """All live ones of a patient, in the order in which they were registered."""
    patient = access.patient(session, actor, patient_id)
    table = noun.table
    statement = select(table).where(table.patient_id == patient.id, table.deleted_at.is_(None))
    return listed(session, statement, (table.created_at, table.id), window).map(noun.read.model_validate)


def get(session: Session, actor: Actor, noun: Noun[Draft, Read, Version], patient_id: UUID, object_id: UUID) -> Read:
    """A live one."""
    patient = access.patient(session, actor, patient_id)
    return noun.read.model_validate(versions.found(session.get(noun.table, (patient.id, object_id))))


def list_versions(
    session: Session,
    actor: Actor,
    noun: Noun[Draft, Read, Version],
    patient_id: UUID,
    object_id: UUID,
    window: Window,
) -> Listed[Version]:
    """All versions of a live one, oldest first."""
    current = get(session, actor, noun, patient_id, object_id)
    return versions.list_versions(session, noun.kind, current, window, noun.version)


def proposed(
    session: Session,
    noun: Noun[Draft, Read, Version],
    current: Read,
    draft: Draft,
    *,
    base: int,
    but: Collection[str] = (),
) -> Read | None:
    """What a live one shall become, but for some fields; None if this very change was made before.

    Raises:
        VersionConflict: it was changed in the meantime.
    """
    fields = noun.content(but=but)
    sent = versions.canonical(draft, fields)

    def says_the_same(read: Read) -> bool:
        return versions.canonical(read, fields) == sent

    if versions.is_replay(session, noun.kind, current, base, says_the_same):
        return None
    return changed(noun, current, draft, version=current.version + 1, but=but)


def changed(
    noun: Noun[Draft, Read, Version], current: Read, draft: Draft, *, version: int, but: Collection[str] = ()
) -> Read:
    """One with other content, but for some fields; nothing is written."""
    return current.model_copy(update={**draft.model_dump(include=set(noun.content(but=but))), "version": version})


def replace(
    session: Session, actor: Actor, patient: Patient, noun: Noun[Draft, Read, Version], current: Read, wanted: Read
) -> Read:
    """Give a live one the content that it shall have; what it was before is kept."""
    versions.keep(session, actor, noun.kind, current)
    row = session.get_one(noun.table, (patient.id, current.id))
    for name, value in wanted.model_dump(include=set(noun.content())).items():
        setattr(row, name, value)
    row.version = wanted.version
    row.revision = versions.next_revision(patient)
    return noun.read.model_validate(row)


def to_change(session: Session, patient: Patient, noun: Noun[Draft, Read, Version], object_id: UUID) -> Read:
    """A live one, to be replaced.

    Raises:
        NotFound: it never was.
        Deleted: it was deleted.
    """
    return noun.read.model_validate(versions.changeable(session.get(noun.table, (patient.id, object_id))))


def remove(
    session: Session,
    actor: Actor,
    noun: Noun[Draft, Read, Version],
    patient_id: UUID,
    object_id: UUID,
    *,
    base: int | None,
) -> None:
    """Delete one; a tombstone stays for the phones. Deleting again is fine.

    Raises:
        NotFound: it never was.
        VersionConflict: it was changed in the meantime.
    """
    patient = access.patient_to_change(session, actor, patient_id, needs_consent=False)
    row = session.get(noun.table, (patient.id, object_id))
    if row is not None and row.deleted_at is not None:
        return
    row = versions.found(row)
    versions.check_base(base, row.version)
    versions.keep(session, actor, noun.kind, noun.read.model_validate(row))
    versions.bury(row, patient, actor)
