"""The diary's write path."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import Deleted, DermatrendError, Fault, IdReused, InvalidRequest
from models import problems
from models.diary import Entry, EntryCreate, EntryRead
from models.patients import Patient
from services import access, versions
from services.access import Actor
from services.diary.reading import read_many
from services.diary.references import references
from services.diary.rows import Rows, Written
from services.diary.submissions import Outcome, PhoneClock, Recorded, Submission, content
from services.versions import Kind


def record(session: Session, submissions: Sequence[Submission]) -> list[Outcome]:
    """Record many entries of many patients in one transaction.

    Each is judged by itself. Patients are locked one by one in a fixed order, so that two calls never wait
    for each other in a circle.

    Args:
        session: a writer.
        submissions: in the order in which they were made.

    Returns:
        One outcome for each submission, in the same order: what is stored, or the error that kept it out.
    """
    outcomes: dict[int, Outcome] = {}
    order = sorted(range(len(submissions)), key=lambda index: (submissions[index].patient_id, index))
    rows = Rows()
    for _, indices in groupby(order, key=lambda index: submissions[index].patient_id):
        chosen = list(indices)
        outcomes |= dict(zip(chosen, _record_for_one(session, [submissions[i] for i in chosen], rows), strict=True))
    rows.insert(session)
    return [outcomes[index] for index in range(len(submissions))]


def record_one(
    session: Session, actor: Actor, patient_id: UUID, draft: EntryCreate, clock: PhoneClock
) -> tuple[EntryRead, bool]:
    """Record one entry.

    Returns:
        What is stored, and whether it was made now: a repeated call makes nothing.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
        IdReused: the id belongs to an entry with other content.
        Deleted: the id belongs to a deleted entry.
        UnknownReference: a lesion or medication that this patient does not have.
    """
    (outcome,) = record(session, [Submission(actor, patient_id, draft, clock)])
    if isinstance(outcome, DermatrendError):
        raise outcome
    return outcome.entry, outcome.created


def record_batch(
    session: Session, actor: Actor, patient_id: UUID, items: Sequence[Any], clock: PhoneClock
) -> list[tuple[UUID | None, Outcome]]:
    """Record what a phone kept offline; a bad item never spoils its neighbours.

    Returns:
        For each item its id, if readable, and its outcome, in the order sent.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old; nothing is stored.
    """
    drafts = [_draft(item) for item in items]  # before the lock, for which others wait
    access.patient_to_change(session, actor, patient_id)
    good = [Submission(actor, patient_id, draft, clock) for draft in drafts if isinstance(draft, EntryCreate)]
    outcomes = iter(record(session, good))
    return [
        (draft.id, next(outcomes)) if isinstance(draft, EntryCreate) else (readable_id(item), draft)
        for item, draft in zip(items, drafts, strict=True)
    ]


def _record_for_one(session: Session, submissions: Sequence[Submission], rows: Rows) -> list[Outcome]:
    patient_id = submissions[0].patient_id
    actors = dict.fromkeys(submission.actor for submission in submissions)
    patients = {actor: _patient_or_error(session, actor, patient_id) for actor in actors}
    before = _entries(session, patient_id, [s.draft.id for s in submissions if s.draft.id])
    known = references(session, patient_id, [s.draft for s in submissions])
    now_written: dict[UUID, EntryRead] = {}
    outcomes: list[Outcome] = []
    for submission in submissions:
        patient = patients[submission.actor]
        if isinstance(patient, DermatrendError):
            outcomes.append(patient)
            continue
        try:
            outcome = _repeated(session, submission.draft, before, now_written)
            if outcome is None:
                known.check(submission.draft)
                written = Written(
                    submission, entry_id=submission.draft.id or uuid4(), revision=versions.next_revision(patient)
                )
                rows.add(written)
                outcome = Recorded(written.read(), created=True)
                now_written[written.entry_id] = outcome.entry
        except DermatrendError as error:
            outcomes.append(error)
        else:
            outcomes.append(outcome)
    return outcomes


def _patient_or_error(session: Session, actor: Actor, patient_id: UUID) -> Patient | DermatrendError:
    try:
        return access.patient_to_change(session, actor, patient_id)
    except DermatrendError as error:
        return error


def _repeated(
    session: Session, draft: EntryCreate, before: dict[UUID, EntryRead | None], now_written: dict[UUID, EntryRead]
) -> Recorded | None:
    """What an entry's id already stands for; None if it is new."""
    if draft.id is None:
        return None
    current = now_written.get(draft.id) or before.get(draft.id)
    if current is None:
        if draft.id in before:
            raise Deleted
        return None
    first = versions.version(session, Kind.ENTRY, current, 1) or current
    if content(first) != content(draft):
        raise IdReused
    return Recorded(current, created=False)


def _entries(session: Session, patient_id: UUID, ids: Iterable[UUID]) -> dict[UUID, EntryRead | None]:
    """What some ids stand for; None for a deleted entry."""
    statement = select(Entry).where(col(Entry.patient_id) == patient_id, col(Entry.id).in_(list(ids)))
    rows = session.scalars(statement).all()
    live = read_many(session, patient_id, [row for row in rows if row.deleted_at is None])
    return {row.id: None for row in rows} | {entry.id: entry for entry in live}


def _draft(item: Any) -> EntryCreate | InvalidRequest:  # noqa: ANN401  whatever was sent
    try:
        draft = EntryCreate.model_validate(item)
    except ValidationError as error:
        return InvalidRequest(faults=problems.faults(error.errors(include_input=False, include_url=False)))
    if draft.id is None:
        return InvalidRequest(faults=[Fault("/id", "is needed in a batch")])
    return draft


def readable_id(item: Any) -> UUID | None:  # noqa: ANN401
    """The id of something that could not be read otherwise, if there is one."""
    try:
        return UUID(item["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
