"""The desk at which the uploads of a patient are received."""

from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from api.darkroom import TheDarkroom, TheParts
from api.deps import CurrentActor, Reader
from infra.parts import Part
from services import access, uploads
from services.uploads import UploadState, UploadTerms


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the uploads of a patient are received, and from whom."""

    patient_id: UUID
    actor: CurrentActor
    darkroom: TheDarkroom
    parts: TheParts
    language: Reader

    def check(self) -> None:
        """Whether the caller has this patient."""
        with self.darkroom.look() as session:
            access.patient(session, self.actor, self.patient_id)

    def find(self, upload_id: UUID, *, to_write: bool = False) -> UploadState:
        """An upload, as it is at this moment."""
        with self.darkroom.look() as session:
            return uploads.find(session, self.actor, self.patient_id, upload_id, to_write=to_write)

    def create(self, length: int, sent_metadata: str, terms: UploadTerms) -> UploadState:
        """Open an upload, for good."""
        with self.darkroom.transaction() as session:
            return uploads.create(
                session, self.actor, self.patient_id, length=length, sent_metadata=sent_metadata, terms=terms
            )

    def finish(self, upload: UploadState, part: Part) -> UploadState:
        """Make a photo of an upload that is whole."""
        photo_id = uploads.finish(self.darkroom, self.actor, self.patient_id, upload, part, language=self.language)
        return replace(upload, photo_id=photo_id)

    def end(self, upload_id: UUID) -> None:
        """Forget an upload, for good."""
        self.find(upload_id)
        with self.parts.open(upload_id):
            with self.darkroom.transaction() as session:
                uploads.terminate(session, self.actor, self.patient_id, upload_id)
            self.parts.remove(upload_id)


TheDesk = Annotated[Desk, Depends(Desk)]
