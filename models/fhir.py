"""A report as a FHIR R4 document, as far as OpenAPI describes it."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from models.fields import Response


class FhirEntry(Response):
    """One resource of a FHIR document."""

    full_url: Annotated[str, Field(alias="fullUrl", description="How others refer to it.")]
    resource: Annotated[dict[str, Any], Field(description="A FHIR R4 resource.")]


class FhirDocument(Response):
    """A FHIR R4 Bundle of type `document`; its shape is FHIR's."""

    model_config: ClassVar[ConfigDict] = ConfigDict(validate_by_name=True, validate_by_alias=True)

    resource_type: Annotated[Literal["Bundle"], Field(alias="resourceType", description="Bundle.")]
    id: Annotated[UUID, Field(description="Made from the report's digest.")]
    identifier: Annotated[dict[str, Any], Field(description="The same as an Identifier.")]
    type: Annotated[Literal["document"], Field(description="A document: its first entry is the Composition.")]
    timestamp: Annotated[datetime, Field(description="When the report was gathered.")]
    entry: Annotated[list[FhirEntry], Field(description="Composition, Patient and all that they refer to.")]
