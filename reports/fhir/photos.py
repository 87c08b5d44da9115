"""The photos of lesions, by reference: they stay on the server."""

from collections.abc import Iterator
from uuid import UUID

from domain.report import LesionPhoto, ReportedLesion
from reports.fhir.elements import LOCAL, Context, Element, coding, concept, text
from reports.fhir.lesions import site_of

Made = tuple[UUID, Element]


def photos(context: Context) -> Iterator[Made]:
    """The photos of each lesion, which stay on the server."""
    for lesion in context.report.lesions.lesions:
        for photo in lesion.photos:
            yield context.id("media", photo.photo_id, photo.moment), _photo(context, lesion, photo)


def _photo(context: Context, lesion: ReportedLesion, photo: LesionPhoto) -> Element:
    patient = context.report.patient.id
    address = f"{context.options.public_url.rstrip('/')}/v1/patients/{patient}/photos/{photo.photo_id}/content"
    return {
        "resourceType": "Media",
        "id": str(context.id("media", photo.photo_id, photo.moment)),
        "identifier": [{"system": f"{LOCAL}:sha256", "value": photo.sha256}],
        "status": "completed",
        "type": concept("image", coding("http://terminology.hl7.org/CodeSystem/media-type", "image", "Image")),
        "subject": context.patient(),
        "createdDateTime": photo.day.isoformat(),
        "bodySite": site_of(context, lesion),
        "content": {"contentType": "image/jpeg", "url": address, "title": f"{text(lesion.label)}, {photo.moment}"},
    }
