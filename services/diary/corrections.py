"""Correcting and deleting entries; what they said before is kept."""

from uuid import UUID

from sqlmodel import Session

from models.diary import Entry, EntryCreate, EntryRead
from services import access, versions
from services.access import Actor
from services.diary.reading import read_one
from services.diary.references import known
from services.diary.rows import Rows, remove_parts
from services.diary.submissions import PhoneClock, Submission, content
from services.diary.written import Written
from services.versions import Kind


def correct(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    entry_id: UUID,
    draft: EntryCreate,
    *,
    base: int,
    clock: PhoneClock,
) -> EntryRead:
    """Replace an entry's content; what it said before is kept.

    Raises:
        Deleted: it was deleted.
        VersionConflict: it was changed in the meantime.
        UnknownReference: a lesion or medication that this patient does not have.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    versions.check_path_id(draft.id, entry_id)
    row = versions.changeable(session.get(Entry, (patient.id, entry_id)))
    current = read_one(session, row)
    sent = content(draft)
    if versions.is_replay(session, Kind.ENTRY, current, base, lambda read: content(read) == sent):
        return current
    references, _ = known(session, [(patient.id, draft)])
    references.check(patient.id, draft)
    versions.keep(session, actor, Kind.ENTRY, current)
    remove_parts(session, row)
    written = Written(
        Submission(actor, patient.id, draft, clock),
        entry_id=entry_id,
        version=row.version + 1,
        revision=versions.next_revision(patient),
        received_at=row.received_at,
    )
    rows = Rows()
    rows.add_parts(written)
    for name, value in written.row().items():
        setattr(row, name, value)
    session.flush()
    rows.insert(session)
    return written.read()


def unapplied(submission: Submission, current: EntryRead, *, version: int) -> EntryRead:
    """What a correction that came too late would have made of an entry."""
    return Written(
        submission,
        entry_id=current.id,
        version=version,
        revision=current.revision,
        received_at=current.received_at,
    ).read()


def remove(session: Session, actor: Actor, patient_id: UUID, entry_id: UUID, *, base: int | None) -> None:
    """Delete an entry; a tombstone stays for the other phones. Deleting again is fine.

    Raises:
        NotFound: it never was.
        VersionConflict: it was changed in the meantime.
    """
    patient = access.patient_to_change(session, actor, patient_id, needs_consent=False)
    row = session.get(Entry, (patient.id, entry_id))
    if row is not None and row.deleted_at is not None:
        return
    row = versions.found(row)
    versions.check_base(base, row.version)
    versions.keep(session, actor, Kind.ENTRY, read_one(session, row))
    remove_parts(session, row)
    row.note = row.cigarettes = row.alcohol_units = row.activity_minutes = row.balanced_meals = None
    versions.bury(row, patient, actor)
