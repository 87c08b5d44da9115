"""The installation itself, and what everybody may ask about it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from domain.body_sites import Side, Site
from domain.symptoms import Symptom
from models.fields import Response, UtcDateTime


class Installation(SQLModel, table=True):
    """One row: this database's generation; a restored backup gets a new one."""

    id: int = Column(default=1, primary_key=True)
    generation: UUID
    created_at: datetime = Column(sa_type=UtcDateTime)


class Limits(Response):
    """How much one request may carry."""

    body_bytes: int
    batch_bytes: int
    batch_entries: int
    push_changes: int
    page_items: int
    photo_bytes: int
    photo_pixels: int


class ServerRead(Response):
    """The server: what it is, what time it has, what it accepts."""

    software_version: str
    api_version: str
    generation: Annotated[UUID, Field(description="Changes when a backup is restored.")]
    time: Annotated[datetime, Field(description="The server's clock.")]
    limits: Limits
    features: Annotated[list[str], Field(description="What this server can do; may grow.")]


class ConsentDocument(Response):
    """What a patient consents to."""

    version: int
    text: str


class SymptomRead(Response):
    """One symptom to ask about, on a scale of 0-10."""

    symptom: Symptom
    label: str
    lowest: Annotated[int, Field(description="The lowest severity.")]
    lowest_label: str
    highest: Annotated[int, Field(description="The highest severity.")]
    highest_label: str
    asks_interference: bool
    asks_count: bool
    snomed_ct: Annotated[str | None, Field(description="SNOMED CT code; null if there is none or codes are off.")]


class SymptomCatalogue(Response):
    """All symptoms, in the order to ask."""

    recall: Annotated[str, Field(description="What a severity is about.")]
    items: list[SymptomRead]


class SiteRead(Response):
    """One region of the body."""

    site: Site
    label: str
    snomed_ct: str | None


class SideRead(Response):
    """One side of the body."""

    side: Side
    label: str
    snomed_ct: str | None


class BodySiteCatalogue(Response):
    """All regions and sides."""

    items: list[SiteRead]
    sides: list[SideRead]


class HealthRead(Response):
    """How the server is."""

    status: str
