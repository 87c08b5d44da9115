"""Push: what a phone changed offline, change by change as if each had been a request of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlmodel import Session

from domain.errors import DermatrendError, Fault, InvalidRequest, NotFound, ReadOnlyKind, Unprocessable, VersionConflict
from models import problems
from models.patients import Patient
from models.sync import WRITTEN, ChangeKind, ChangeOp, ChangePush, ChangeRead, PushOutcome
from services import access, diary
from services.access import Actor
from services.diary import PhoneClock, Submission
from services.sync import writing
from services.sync.kinds import KINDS, tell, tell_all
from services.versions import check_path_id


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
    changes = [_readable(item) for item in items]  # before the lock, for which others wait
    deletes = all(isinstance(change, ChangePush) and change.op is ChangeOp.DELETE for change in changes)
    patient = access.patient_to_change(session, actor, patient_id, needs_consent=not deletes)
    pushing = _Pushing(session, actor, patient, clock)
    pushed: list[Pushed] = []
    for are_new_entries, run in groupby(zip(items, changes, strict=True), key=lambda pair: _is_new_entry(pair[1])):
        if are_new_entries:
            pushed += _record(pushing, [change for _, change in run if isinstance(change, ChangePush)])
        else:
            pushed += [_apply(pushing, item, change) for item, change in run]
    return pushed, patient.revision


def _readable(item: Any) -> ChangePush | DermatrendError:  # noqa: ANN401  whatever was sent
    if _is_only_read(item):
        return ReadOnlyKind()
    try:
        change = ChangePush.model_validate(item)
        check_path_id(getattr(change.entry or change.lesion or change.medication, "id", None), change.id)
    except ValidationError as error:
        return InvalidRequest(faults=problems.faults(error.errors(include_input=False, include_url=False)))
    except InvalidRequest as error:
        return _within(change.kind, error)
    return change


def _is_only_read(item: Any) -> bool:  # noqa: ANN401
    kind, op = (item.get("kind"), item.get("op")) if isinstance(item, dict) else (None, None)
    if not isinstance(kind, str) or kind not in set(ChangeKind):
        return False
    return kind not in WRITTEN and not (op == ChangeOp.DELETE and ChangeKind(kind) in writing.REMOVE)


def _is_new_entry(change: ChangePush | DermatrendError) -> bool:
    return isinstance(change, ChangePush) and change.kind is ChangeKind.ENTRY and change.creates


def _record(pushing: _Pushing, changes: Sequence[ChangePush]) -> list[Pushed]:
    """New entries, as many as follow each other, with a handful of statements."""
    submissions = [
        Submission(pushing.actor, pushing.patient.id, change.entry.model_copy(update={"id": change.id}), pushing.clock)
        for change in changes
        if change.entry is not None
    ]
    outcomes = diary.record(pushing.session, submissions)
    return [
        _rejected(change, outcome)
        if isinstance(outcome, DermatrendError)
        else Pushed(
            change.id,
            PushOutcome.APPLIED if outcome.created else PushOutcome.REPLAYED,
            tell(ChangeKind.ENTRY, outcome.entry, outcome.entry),
        )
        for change, outcome in zip(changes, outcomes, strict=True)
    ]


def _apply(pushing: _Pushing, item: Any, change: ChangePush | DermatrendError) -> Pushed:  # noqa: ANN401
    """Any other change, by the function that does it for a single request."""
    if isinstance(change, DermatrendError):
        return Pushed(diary.readable_id(item), PushOutcome.REJECTED, problem=change)
    session, patient = pushing.session, pushing.patient
    before = patient.revision
    try:
        _check_builds_on_what_counts(pushing, change)
        shape = writing.write(session, pushing.actor, patient.id, change, pushing.clock)
    except VersionConflict:
        return _conflict(pushing, change)
    except NotFound as error:
        gone = change.op is ChangeOp.DELETE
        return Pushed(change.id, PushOutcome.REPLAYED) if gone else _rejected(change, error)
    except DermatrendError as error:
        return _rejected(change, error)
    if shape is None:
        pushing.lost.pop((change.kind, change.id), None)
    result = PushOutcome.APPLIED if patient.revision > before else PushOutcome.REPLAYED
    row = session.get_one(KINDS[change.kind].table, (patient.id, change.id))
    return Pushed(change.id, result, tell(change.kind, row, shape))


def _check_builds_on_what_counts(pushing: _Pushing, change: ChangePush) -> None:
    """Who builds on a text that came too late must not win by counting (docs/decisions/0020).

    Raises:
        VersionConflict: the change was made on top of one that conflicted.
    """
    lost = pushing.lost.get((change.kind, change.id))
    if lost is not None and change.base_version is not None and change.base_version > lost:
        raise VersionConflict(0)


def _conflict(pushing: _Pushing, change: ChangePush) -> Pushed:
    """Another change came first: it counts, and what this one says is kept beside it."""
    session, patient = pushing.session, pushing.patient
    row = session.get_one(KINDS[change.kind].table, (patient.id, change.id))
    (current,) = tell_all(session, patient.id, change.kind, [row])
    if change.op is ChangeOp.UPSERT:
        writing.keep_unapplied(session, pushing.actor, change, current, pushing.clock)
        pushing.lost.setdefault((change.kind, change.id), change.base_version or 0)
    return Pushed(change.id, PushOutcome.CONFLICT, current)


def _rejected(change: ChangePush, error: DermatrendError) -> Pushed:
    if isinstance(error, Unprocessable):
        error = _within(change.kind, error)
    return Pushed(change.id, PushOutcome.REJECTED, problem=error)


def _within(kind: ChangeKind, error: Unprocessable) -> Unprocessable:
    """The same error, with places as seen from the change instead of its object."""
    return type(error)(error.detail, faults=[Fault(f"/{kind}{one.pointer}", one.detail) for one in error.faults])
