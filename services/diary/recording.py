"""The diary's write path."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import Deleted, DermatrendError, Fault, InvalidRequest
from models import problems
from models.diary import Entry, EntryCreate, EntryRead
from models.patients import Patient
from services import access, doors, versions
from services.access import Actor
from services.diary.reading import read_many
from services.diary.references import Place, known
from services.diary.rows import Rows
from services.diary.submissions import Outcome, PhoneClock, Receipt, Recorded, Submission, content
from services.diary.written import Written
from services.doors import Counter, Door
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
    found = doors.doors(session, [(one.actor, one.patient_id) for one in submissions])
    return _record(session, submissions, found)


def record_free(session: Session, submissions: Sequence[Submission]) -> list[Receipt | DermatrendError | None]:
    """As `record`, in few statements however many patients there are, and without waiting for a patient's lock.

    Returns:
        One outcome for each: what is to be answered, the error that kept it out, or None where another transaction
        holds the patient's lock.
    """
    found = doors.free_doors(session, [(one.actor, one.patient_id) for one in submissions])
    free = [(one, door) for one, door in zip(submissions, found, strict=True) if door is not None]
    outcomes = _record(session, [one for one, _ in free], [door for _, door in free])
    told = iter([Receipt.of(outcome) if isinstance(outcome, Recorded) else outcome for outcome in outcomes])
    return [None if door is None else next(told) for door in found]


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


class _Judge:
    """Decides about one submission after the other; what that needs of the database is read for all at once."""

    def __init__(self, session: Session, submissions: Sequence[Submission]) -> None:
        self._session = session
        self._references, existing = known(session, [(one.patient_id, one.draft) for one in submissions])
        self._stored = _entries(session, existing)
        self.rows = Rows()

    def outcome(self, submission: Submission, door: Door) -> Outcome:
        """Record one, or find it recorded, or say what keeps it out."""
        if isinstance(door, DermatrendError):
            return door
        try:
            return self._repeated(submission) or self._recorded(submission, door)
        except DermatrendError as error:
            return error

    def _repeated(self, submission: Submission) -> Recorded | None:
        """What an entry's id already stands for; None if it is new."""
        place = (submission.patient_id, submission.draft.id)
        if place not in self._stored:
            return None
        current = self._stored[place]
        if current is None:
            raise Deleted
        first = versions.version(self._session, Kind.ENTRY, current, 1) or current
        versions.check_same(content(first), content(submission.draft))
        return Recorded(current, created=False)

    def _recorded(self, submission: Submission, patient: Patient | Counter) -> Recorded:
        self._references.check(submission.patient_id, submission.draft)
        entry_id = submission.draft.id or uuid4()
        written = Written(submission, entry_id=entry_id, revision=versions.next_revision(patient))
        self.rows.add(written)
        entry = written.read()
        self._stored[submission.patient_id, entry_id] = entry
        return Recorded(entry, created=True)


def _record(session: Session, submissions: Sequence[Submission], found: Sequence[Door]) -> list[Outcome]:
    pairs = list(zip(submissions, found, strict=True))
    judge = _Judge(session, [one for one, door in pairs if not isinstance(door, DermatrendError)])
    outcomes = [judge.outcome(one, door) for one, door in pairs]
    judge.rows.insert(session)
    doors.keep_counters(session, found)
    return outcomes


def _entries(session: Session, found: Collection[Place]) -> dict[tuple[UUID | None, ...], EntryRead | None]:
    """What there is at these places; None for a deleted entry."""
    stored: dict[tuple[UUID | None, ...], EntryRead | None] = dict.fromkeys(found)
    for patient_id in sorted({patient_id for patient_id, _ in found}):
        ids = [id_ for owner, id_ in found if owner == patient_id]
        statement = select(Entry).where(
            col(Entry.patient_id) == patient_id, col(Entry.id).in_(ids), col(Entry.deleted_at).is_(None)
        )
        live = read_many(session, patient_id, session.scalars(statement).all())
        stored |= {(patient_id, entry.id): entry for entry in live}
    return stored


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
