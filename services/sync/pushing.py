"""Push: what a phone changed offline, change by change as if each had been a request of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel import Session

from domain.errors import DermatrendError, NotFound, Unprocessable, VersionConflict
from models.diary import EntryRead
from models.patients import Patient
from models.sync import ChangeKind, ChangeOp, ChangePush, ChangeRead, PushOutcome
from services import access, diary
from services.access import Actor
from services.diary import Correction, PhoneClock, Submission
from services.sync import writing
from services.sync.kinds import KINDS, tell, tell_all
from services.sync.reading import readable, within

Readable = ChangePush | DermatrendError
"""A change, or why it is none."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one change."""

    id: UUID | None
    result: PushOutcome
    current: ChangeRead | None = None
    problem: DermatrendError | None = None


@dataclass(slots=True)
class _Pushing:
    """One push while it is worked off."""

    session: Session
    actor: Actor
    patient: Patient
    clock: PhoneClock
    lost: dict[tuple[ChangeKind, UUID], int] = field(default_factory=dict)
    """The bases of changes that came too late, by object."""


def push(
    session: Session, actor: Actor, patient_id: UUID, items: Sequence[Any], clock: PhoneClock
) -> tuple[list[Pushed], int]:
    """Apply changes in the order in which a phone made them; a bad one never keeps out its neighbours.

    Returns:
        What became of each, in the order sent, and the patient's revision afterwards.

    Raises:
        ConsentRequired: something is to be recorded, and the patient's consent is missing, withdrawn or too old.
    """
    changes = [readable(item) for item in items]  # before the lock, for which others wait
    deletes = all(isinstance(change, ChangePush) and change.op is ChangeOp.DELETE for change in changes)
    patient = access.patient_to_change(session, actor, patient_id, needs_consent=not deletes)
    pushing = _Pushing(session, actor, patient, clock)
    pushed: list[Pushed] = []
    for run in _runs(changes):
        if not _is_entry(run[0]):
            pushed += [_apply(pushing, change, items[len(pushed)]) for change in run]
        elif run[0].creates:
            pushed += _record(pushing, run)
        else:
            pushed += _correct(pushing, run)
    return pushed, patient.revision


def _runs(changes: Sequence[Readable]) -> Iterator[list[Any]]:
    """Neighbours that can be written together: new entries, or corrections of different ones; others alone."""
    run: list[Any] = []
    for change in changes:
        if run and not _goes_with(run, change):
            yield run
            run = []
        run.append(change)
    yield run


def _goes_with(run: Sequence[Any], change: Readable) -> bool:
    first = run[0]
    if not (_is_entry(first) and _is_entry(change) and isinstance(change, ChangePush)):
        return False
    if first.creates or change.creates:
        return bool(first.creates and change.creates)
    return all(one.id != change.id for one in run)


def _is_entry(change: Readable) -> bool:
    return isinstance(change, ChangePush) and change.kind is ChangeKind.ENTRY and change.op is ChangeOp.UPSERT


def _record(pushing: _Pushing, changes: Sequence[ChangePush]) -> list[Pushed]:
    submissions = [
        Submission(pushing.actor, pushing.patient.id, change.entry.model_copy(update={"id": change.id}), pushing.clock)
        for change in changes
        if change.entry is not None
    ]
    return [
        _rejected(change, outcome)
        if isinstance(outcome, DermatrendError)
        else _done(change, outcome.entry, is_new=outcome.created)
        for change, outcome in zip(changes, diary.record(pushing.session, submissions), strict=True)
    ]


def _correct(pushing: _Pushing, changes: Sequence[ChangePush]) -> list[Pushed]:
    before = pushing.patient.revision
    corrections = [
        Correction(change.id, change.entry, change.base_version or 0)
        for change in changes
        if change.entry is not None and not _builds_on_lost(pushing, change)
    ]
    corrected = diary.correct_many(pushing.session, pushing.actor, pushing.patient.id, corrections, pushing.clock)
    outcomes = {one.entry_id: outcome for one, outcome in zip(corrections, corrected, strict=True)}
    return [_corrected(pushing, change, outcomes.get(change.id), before) for change in changes]


def _corrected(
    pushing: _Pushing, change: ChangePush, outcome: EntryRead | DermatrendError | None, before: int
) -> Pushed:
    if outcome is None or isinstance(outcome, VersionConflict):
        return _conflict(pushing, change)
    if isinstance(outcome, DermatrendError):
        return _rejected(change, outcome)
    return _done(change, outcome, is_new=outcome.revision > before)


def _apply(pushing: _Pushing, change: Readable, item: Any) -> Pushed:  # noqa: ANN401
    """Any other change, by the function that does it for a single request."""
    if isinstance(change, DermatrendError):
        return Pushed(diary.readable_id(item), PushOutcome.REJECTED, problem=change)
    session, patient = pushing.session, pushing.patient
    before = patient.revision
    if _builds_on_lost(pushing, change):
        return _conflict(pushing, change)
    try:
        shape = writing.write(session, pushing.actor, patient.id, change)
    except VersionConflict:
        return _conflict(pushing, change)
    except NotFound as error:
        gone = change.op is ChangeOp.DELETE
        return Pushed(change.id, PushOutcome.REPLAYED) if gone else _rejected(change, error)
    except DermatrendError as error:
        return _rejected(change, error)
    if shape is None:
        pushing.lost.pop((change.kind, change.id), None)
        shape = session.get_one(KINDS[change.kind].table, (patient.id, change.id))
    return _done(change, shape, is_new=patient.revision > before)


def _builds_on_lost(pushing: _Pushing, change: ChangePush) -> bool:
    """Whether it builds on a text that came too late: it must not win by counting (docs/decisions/0013)."""
    lost = pushing.lost.get((change.kind, change.id))
    return lost is not None and (change.base_version or 0) > lost


def _conflict(pushing: _Pushing, change: ChangePush) -> Pushed:
    """Another change came first: it counts, and what this one says is kept beside it."""
    session, patient = pushing.session, pushing.patient
    row = session.get_one(KINDS[change.kind].table, (patient.id, change.id))
    (current,) = tell_all(session, patient.id, change.kind, [row])
    if change.op is ChangeOp.UPSERT:
        writing.keep_unapplied(session, pushing.actor, change, current, pushing.clock)
        pushing.lost.setdefault((change.kind, change.id), change.base_version or 0)
    return Pushed(change.id, PushOutcome.CONFLICT, current)


def _done(change: ChangePush, now: Any, *, is_new: bool) -> Pushed:  # noqa: ANN401  a shape, or a tombstone of any kind
    result = PushOutcome.APPLIED if is_new else PushOutcome.REPLAYED
    shape = now if change.op is ChangeOp.UPSERT else None
    return Pushed(change.id, result, tell(change.kind, now, shape))


def _rejected(change: ChangePush, error: DermatrendError) -> Pushed:
    if isinstance(error, Unprocessable):
        error = within(change.kind, error)
    return Pushed(change.id, PushOutcome.REJECTED, problem=error)
