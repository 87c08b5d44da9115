"""What phones pull and push: changes of all kinds, one after the other."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from models.diary import EntryCreate, EntryRead
from models.fields import PhoneId, Request, Response, Revision, Version, Whole, shown_as
from models.lesions import LesionRead, LesionReplace
from models.medications import MedicationRead, MedicationReplace
from models.photos import PhotoRead
from models.problems import ItemProblem
from models.visits import VisitRead

MOST_CHANGES_AT_ONCE = 500


class ChangeKind(StrEnum):
    """What a change is about; it may grow."""

    ENTRY = "entry"
    LESION = "lesion"
    MEDICATION = "medication"
    VISIT = "visit"
    PLAN = "plan"
    PHOTO = "photo"


class ChangeOp(StrEnum):
    """What was done: written, or deleted for good."""

    UPSERT = "upsert"
    DELETE = "delete"


class ChangeRead(Response):
    """An object as it is now, in the field of its kind; all these fields are null once it is deleted."""

    kind: ChangeKind
    op: ChangeOp
    id: UUID
    version: Version
    revision: Revision
    entry: EntryRead | None
    lesion: LesionRead | None
    medication: MedicationRead | None
    visit: VisitRead | None
    plan: Annotated[dict[str, Any] | None, Field(description="Always null: this server has no plans.")]
    photo: PhotoRead | None


class ChangePage(Response):
    """What changed since the cursor, oldest first; each object once, as it is now."""

    changes: list[ChangeRead]
    next_cursor: Annotated[str, Field(description="Keep it, and send it as `cursor` the next time.")]
    has_more: Annotated[bool, Field(description="Whether there is more already.")]


class ChangePush(Request):
    """One change that a phone made. An upsert carries the object in the field of its kind, a delete nothing."""

    kind: Annotated[
        ChangeKind, Field(description="Patients write entries, lesions and medications, and delete photos.")
    ]
    op: ChangeOp
    id: PhoneId
    base_version: Annotated[
        int | None,
        Field(ge=1, le=999_999_998, description="The version it builds on; an upsert without one creates."),
        Whole,
    ] = None
    entry: EntryCreate | None = None
    lesion: LesionReplace | None = None
    medication: MedicationReplace | None = None

    @model_validator(mode="after")
    def _carries_what_it_says(self) -> Self:
        carried = {name for name in WRITTEN if getattr(self, name) is not None}
        if carried != ({self.kind} if self.op is ChangeOp.UPSERT else set()):
            message = "an upsert carries the object in the field of its kind and nothing else, a delete carries nothing"
            raise ValueError(message)
        return self

    @property
    def creates(self) -> bool:
        """Whether it makes something new."""
        return self.op is ChangeOp.UPSERT and self.base_version is None


WRITTEN = (ChangeKind.ENTRY, ChangeKind.LESION, ChangeKind.MEDICATION)
"""What a patient's phone may push."""


class Push(Request):
    """Changes that were kept offline, in the order in which the phone made them. Each is judged by itself."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "changes": [
                {
                    "kind": "lesion",
                    "op": "upsert",
                    "id": "0199d1c4-0000-7000-8000-000000000011",
                    "lesion": {
                        "site": "chest_wall",
                        "side": "left",
                        "kind": "nodule",
                        "label": "Lump beside the scar",
                        "first_noticed_on": "2026-03-28",
                    },
                },
                {
                    "kind": "entry",
                    "op": "upsert",
                    "id": "0199d1c4-7a3e-7cc2-9d0c-3f5f4b8f2a21",
                    "entry": {
                        "recorded_at": "2026-03-30T21:05:00+02:00",
                        "time_zone": "Europe/Berlin",
                        "lesion_observations": [
                            {"lesion_id": "0199d1c4-0000-7000-8000-000000000011", "state": "too_small"}
                        ],
                    },
                },
                {
                    "kind": "entry",
                    "op": "upsert",
                    "id": "0199d1c4-7a3e-7cc2-9d0c-3f5f4b8f2a21",
                    "base_version": 1,
                    "entry": {
                        "recorded_at": "2026-03-30T21:05:00+02:00",
                        "time_zone": "Europe/Berlin",
                        "ratings": [{"symptom": "pain", "severity": 5}],
                    },
                },
                {
                    "kind": "medication",
                    "op": "delete",
                    "id": "0199d1c4-0000-7000-8000-000000000012",
                },
            ]
        }
    )

    changes: list[Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/ChangePush"})]] = Field(
        min_length=1, max_length=MOST_CHANGES_AT_ONCE
    )


class PushOutcome(StrEnum):
    """What became of one change."""

    APPLIED = "applied"
    REPLAYED = "replayed"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class PushResult(Response):
    """What became of one change."""

    index: Annotated[int, Field(description="Its place in the push, from 0.")]
    id: Annotated[UUID | None, Field(description="The object's id; null if that could not be read.")]
    result: PushOutcome
    version: Annotated[int | None, Field(description="The object's current version; null if there is none.")]
    current: Annotated[
        ChangeRead | None, Field(description="The object as it is now; null if it was rejected or never was.")
    ]
    problem: Annotated[ItemProblem | None, Field(description="Why it was rejected, else null.")]


class PushRead(Response):
    """What became of each change, in the order sent."""

    results: list[PushResult]
    revision: Annotated[int, Field(ge=0, description="The patient's change counter afterwards.")]
