"""The server itself, its catalogue and its health."""

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from api.deps import Configured, Now, Reader, ReadSession
from api.problems import problems
from api.routing import router as operations
from domain.body_sites import SIDES, SITES
from domain.errors import DatabaseUnavailable, NotMigrated
from domain.symptoms import CATALOGUE
from infra import consent_document, invitation_page, metrics, version
from models.diary import MOST_ENTRIES_AT_ONCE, SEVERITY
from models.server import (
    BodySiteCatalogue,
    ConsentDocument,
    HealthRead,
    Limits,
    ServerRead,
    SideRead,
    SiteRead,
    SymptomCatalogue,
    SymptomRead,
)
from models.sync import MOST_CHANGES_AT_ONCE
from services import installation

router = operations("/v1", "server")
operator = APIRouter(tags=["operator"])
RECALL = {"en": "The worst of the last 24 hours.", "de": "Das Schlimmste der letzten 24 Stunden."}
INVITATION = invitation_page.pages()
READY_WITHIN_S = 3
_asking = CapacityLimiter(2)
FEATURES = ["batch", "photos", "reports", "sync", "trends", "tus", "visits"]


@router.get("/server")
def get_server(session: ReadSession, now: Now, settings: Configured) -> ServerRead:
    """What this server is, what time it has and how much it accepts."""
    return ServerRead(
        software_version=version.SOFTWARE,
        api_version=version.API,
        generation=installation.generation(session),
        time=now,
        limits=Limits(
            body_bytes=settings.body_bytes,
            batch_bytes=settings.batch_bytes,
            batch_entries=MOST_ENTRIES_AT_ONCE,
            push_changes=MOST_CHANGES_AT_ONCE,
            page_items=500,
            photo_bytes=settings.photo_bytes,
            photo_pixels=settings.photo_pixels,
        ),
        features=FEATURES,
    )


@router.get("/consent-document")
def get_consent_document(language: Reader, settings: Configured) -> ConsentDocument:
    """What a patient consents to, in the reader's language."""
    return ConsentDocument(
        version=settings.minimum_consent_version, text=consent_document.text(settings.consent_dir, language)
    )


@router.get("/symptoms")
def list_symptoms(language: Reader, settings: Configured) -> SymptomCatalogue:
    """The symptoms to ask about, with their scales."""
    return SymptomCatalogue(
        recall=RECALL[language],
        items=[
            SymptomRead(
                symptom=definition.symptom,
                label=definition.labels[language],
                lowest=SEVERITY.low,
                lowest_label=definition.lowest[language],
                highest=SEVERITY.high,
                highest_label=definition.highest[language],
                asks_interference=definition.asks_interference,
                asks_count=definition.asks_count,
                snomed_ct=definition.snomed_ct if settings.snomed_codes else None,
            )
            for definition in CATALOGUE
        ],
    )


@router.get("/body-sites")
def list_body_sites(language: Reader, settings: Configured) -> BodySiteCatalogue:
    """The regions and sides of the body."""
    coded = settings.snomed_codes
    return BodySiteCatalogue(
        items=[
            SiteRead(site=one.site, label=one.labels[language], snomed_ct=one.snomed_ct if coded else None)
            for one in SITES
        ],
        sides=[
            SideRead(side=one.side, label=one.labels[language], snomed_ct=one.snomed_ct if coded else None)
            for one in SIDES
        ],
    )


@operator.get("/invitation", response_class=HTMLResponse, include_in_schema=False)
async def show_invitation(language: Reader) -> str:
    """Where the link of an invitation leads: what to do with the code, which never leaves the reader's device."""
    return INVITATION[language]


@operator.get("/health/live")
async def check_live() -> HealthRead:
    """Whether the process answers."""
    return HealthRead(status="live")


@operator.get("/health/ready", responses=problems(NotMigrated, DatabaseUnavailable))
async def check_ready(request: Request) -> HealthRead:
    """Whether requests can be served: the database answers, soon, and is migrated."""
    migrated: bool | None = None
    with move_on_after(READY_WITHIN_S):
        # A thread of its own: readiness is asked most when all others wait.
        migrated = await to_thread.run_sync(request.app.state.is_migrated, limiter=_asking, abandon_on_cancel=True)
    if migrated is None:
        raise DatabaseUnavailable
    if not migrated:
        raise NotMigrated
    return HealthRead(status="ready")


@operator.get("/metrics", response_class=PlainTextResponse)
def get_metrics() -> Response:
    """Numbers for the operator, in Prometheus' format."""
    return PlainTextResponse(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
