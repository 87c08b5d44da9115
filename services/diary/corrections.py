"""Correcting and deleting entries; what they said before is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import DermatrendError
from models.diary import Entry, EntryCreate, EntryRead
from models.patients import Patient
from services import access, versions
from services.access import Actor
from services.diary.reading import read_many, read_one
from services.diary.references import References, known
from services.diary.rows import Rows, remove_parts
from services.diary.submissions import PhoneClock, Submission, content
from services.diary.written import Written
from services.versions import Kind


@dataclass(frozen=True, slots=True)
class Correction:
    """What an entry shall say from now on, and the version that this builds on."""

    entry_id: UUID
    draft: EntryCreate
    base: int


def correct(session: Session, actor: Actor, patient_id: UUID, correction: Correction, clock: PhoneClock) -> EntryRead:
    """Replace an entry's content; what it said before is kept.

    Raises:
        NotFound: it never was.
        Deleted: it was deleted.
        VersionConflict: it was changed in the meantime.
        UnknownReference: a lesion or medication that this patient does not have.
    """
    (outcome,) = correct_many(session, actor, patient_id, [correction], clock)
    if isinstance(outcome, DermatrendError):
        raise outcome
    return outcome


def correct_many(
    session: Session, actor: Actor, patient_id: UUID, corrections: Sequence[Correction], clock: PhoneClock
) -> list[EntryRead | DermatrendError]:
    """Correct entries, each of them at most once, in a handful of statements.

    Returns:
        For each how it is now, or what `correct` would raise, in the same order.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    statement = select(Entry).where(
        col(Entry.patient_id) == patient.id, col(Entry.id).in_([one.entry_id for one in corrections])
    )
    rows = {row.id: row for row in session.scalars(statement)}
    live = read_many(session, patient.id, [row for row in rows.values() if row.deleted_at is None])
    current = {entry.id: entry for entry in live}
    references, _ = known(session, [(patient.id, one.draft) for one in corrections])
    judged = [_judge(session, patient.id, one, rows.get(one.entry_id), current, references) for one in corrections]
    accepted = [one for one, outcome in zip(corrections, judged, strict=True) if outcome is None]
    for one in accepted:
        versions.keep(session, actor, Kind.ENTRY, current[one.entry_id])
    written = iter(_write(session, actor, patient, accepted, rows, clock))
    return [next(written) if outcome is None else outcome for outcome in judged]


def _judge(
    session: Session,
    patient_id: UUID,
    correction: Correction,
    row: Entry | None,
    current: Mapping[UUID, EntryRead],
    references: References,
) -> EntryRead | DermatrendError | None:
    """The entry as it is, if this was made before; what forbids the correction; None if it is to be made."""
    sent = content(correction.draft)
    try:
        versions.check_path_id(correction.draft.id, correction.entry_id)
        now = current[versions.changeable(row).id]
        if versions.is_replay(session, Kind.ENTRY, now, correction.base, lambda read: content(read) == sent):
            return now
        references.check(patient_id, correction.draft)
    except DermatrendError as error:
        return error
    return None


def _write(
    session: Session,
    actor: Actor,
    patient: Patient,
    corrections: Sequence[Correction],
    rows: Mapping[UUID, Entry],
    clock: PhoneClock,
) -> list[EntryRead]:
    remove_parts(session, patient.id, [one.entry_id for one in corrections])
    parts, corrected = Rows(), []
    for one in corrections:
        row = rows[one.entry_id]
        written = Written(
            Submission(actor, patient.id, one.draft, clock),
            entry_id=row.id,
            version=row.version + 1,
            revision=versions.next_revision(patient),
            received_at=row.received_at,
        )
        for name, value in written.row().items():
            setattr(row, name, value)
        parts.add_parts(written)
        corrected.append(written.read())
    session.flush()
    parts.insert(session)
    return corrected


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
    remove_parts(session, patient.id, [row.id])
    row.note = row.cigarettes = row.alcohol_units = row.activity_minutes = row.balanced_meals = None
    versions.bury(row, patient, actor)
