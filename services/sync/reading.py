"""What was pushed, made out one by one: what cannot be read is refused without keeping out its neighbours."""

from typing import Any

from pydantic import ValidationError

from domain.errors import DermatrendError, Fault, InvalidRequest, ReadOnlyKind, Unprocessable
from models import problems
from models.sync import WRITTEN, ChangeKind, ChangeOp, ChangePush
from services.sync.writing import REMOVE
from services.versions import check_path_id


def readable(item: Any) -> ChangePush | DermatrendError:  # noqa: ANN401  whatever was sent
    """A change, or why it is none."""
    if _is_only_read(item):
        return ReadOnlyKind()
    try:
        change = ChangePush.model_validate(item)
        check_path_id(getattr(change.entry or change.lesion or change.medication, "id", None), change.id)
    except ValidationError as error:
        return InvalidRequest(faults=problems.faults(error.errors(include_input=False, include_url=False)))
    except InvalidRequest as error:
        return within(change.kind, error)
    return change


def within(kind: ChangeKind, error: Unprocessable) -> Unprocessable:
    """The same error, with places as seen from the change instead of its object."""
    return type(error)(error.detail, faults=[Fault(f"/{kind}{one.pointer}", one.detail) for one in error.faults])


def _is_only_read(item: Any) -> bool:  # noqa: ANN401
    kind, op = (item.get("kind"), item.get("op")) if isinstance(item, dict) else (None, None)
    if not isinstance(kind, str) or kind not in set(ChangeKind):
        return False
    return kind not in WRITTEN and not (op == ChangeOp.DELETE and ChangeKind(kind) in REMOVE)
