"""The report for a follow-up visit: as it is now, and as it was frozen for a visit."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import Depends, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.conditional import HEADERS, IfNoneMatch
from api.deps import CurrentActor, ReadSession, WriteSession
from api.problems import problems
from api.rendering import Printing
from api.routing import router as operations
from domain.errors import Deleted, NotFound, ReportDamaged, ReportNotMade, ReportsBusy
from domain.report import Report
from infra import version
from models.fields import Day
from models.reports import FhirDocument, ReportRead
from reports.formats import FORMATS, Format
from services import frozen_reports, reports
from services.frozen_reports import Frozen

router = operations("/v1/patients/{patient_id}", "reports")

CREATED, OK, NOT_MODIFIED = 201, 200, 304
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""What a page may do in a browser: show itself, and nothing else."""


def written(form: Format, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an operation that answers a report declares, for OpenAPI."""
    headers = {name: {"schema": {"type": "string"}} for name in ("ETag", *HEADERS)}
    media_type, _, _ = FORMATS[form].media_type.partition(";")
    answer: dict[str, Any] = {"headers": headers}
    if form in SHAPES:
        answer["model"] = SHAPES[form]
    elif not media_type.endswith("json"):
        schema = {"type": "string", "format": "binary"} if form is Format.PDF else {"type": "string"}
        answer["content"] = {media_type: {"schema": schema}}
    if statuses:
        return {status: dict(answer) for status in statuses}
    return {OK: answer, NOT_MODIFIED: {"description": "What you have is still true.", "headers": headers}}


SHAPES: dict[Format, type[BaseModel]] = {Format.JSON: ReportRead}
"""The formats whose fields OpenAPI describes."""
LIVE = problems(NotFound, ReportsBusy, ReportNotMade)
KEPT = problems(NotFound, ReportsBusy, ReportDamaged)

First = Annotated[
    Day | None,
    Query(alias="from", description="First day; if left out that of the last visit that took place, or enrolment."),
]
Last = Annotated[Day | None, Query(alias="to", description="Last day; today at the patient's place if left out.")]
Wish = Annotated[
    str | None,
    Header(
        alias="Accept-Language",
        description="Languages that the reader knows; the clinic's if none of them is ours.",
        examples=["de"],
    ),
]


class FhirResponse(JSONResponse):
    """FHIR as JSON, whose shape OpenAPI describes."""

    media_type = "application/fhir+json"


class Live:
    """The report as it is now."""

    def __init__(
        self,
        patient_id: UUID,
        actor: CurrentActor,
        session: ReadSession,
        condition: IfNoneMatch,
        press: Printing,
        first: First = None,
        last: Last = None,
        wish: Wish = None,
    ) -> None:
        self._ask = partial(reports.ask, session, actor, patient_id, first=first, last=last, wish=wish)
        self._actor, self._session, self._condition, self._press = actor, session, condition, press

    async def answer(self, form: Format) -> Response:
        """Answer 304 if the caller has it, else gather it and write it in a format."""
        tag, report = await self._press.gather(self._session, partial(self._look, form))
        if report is None:
            return Response(status_code=NOT_MODIFIED, headers=_headers(form, f'W/"{tag}"'))
        return _shown(form, await self._press.write(report, form), f'W/"{tag}"')

    def _look(self, form: Format) -> tuple[str, Report | None]:
        question = self._ask()
        tag = question.tag(form=form, made_with=f"{version.SOFTWARE} {self._press.options}")
        if self._condition.has(tag):
            return tag, None
        return tag, reports.gather(
            self._session, question, generated_at=self._actor.at, software_version=version.SOFTWARE
        )


class Kept:
    """The report as it was frozen for a visit."""

    def __init__(
        self,
        patient_id: UUID,
        visit_id: UUID,
        actor: CurrentActor,
        session: ReadSession,
        condition: IfNoneMatch,
        press: Printing,
    ) -> None:
        self._get = partial(frozen_reports.get, session, actor, patient_id, visit_id)
        self._session, self._condition, self._press = session, condition, press

    async def answer(self, form: Format) -> Response:
        """Answer 304 if the caller has it, else what was kept in a format."""
        kept = await self._press.gather(self._session, partial(self._get, form))
        if self._condition.has(kept.sha256):
            return Response(status_code=NOT_MODIFIED, headers=_headers(form, f'"{kept.sha256}"'))
        return _shown(form, kept.content, f'"{kept.sha256}"')


class Freezing:
    """A report that is to be frozen for a visit."""

    def __init__(
        self,
        patient_id: UUID,
        visit_id: UUID,
        actor: CurrentActor,
        reader: ReadSession,
        session: WriteSession,
        press: Printing,
    ) -> None:
        self._prepare = partial(
            frozen_reports.prepare,
            reader,
            actor,
            patient_id,
            visit_id,
            generated_at=actor.at,
            software_version=version.SOFTWARE,
        )
        self._keep = partial(frozen_reports.keep, session, actor, visit_id=visit_id)
        self._reader, self._press = reader, press

    async def answer(self) -> Response:
        """Write and keep it: 201, or 200 with the one that was kept before."""
        found = await self._press.gather(self._reader, self._prepare)
        if isinstance(found, Frozen):
            return self._shown(found, OK)
        # No lock is held while it is written, which takes longest; `keep` looks again.
        sha256, formats = await self._press.write_all(found)
        kept, now = await to_thread.run_sync(partial(self._keep, found, sha256=sha256, formats=formats))
        return self._shown(kept, CREATED if now else OK)

    @staticmethod
    def _shown(kept: Frozen, status: int) -> Response:
        return _shown(Format.JSON, kept.content, f'"{kept.sha256}"', status=status)


AsItIs = Annotated[Live, Depends()]
AsItWas = Annotated[Kept, Depends()]


@router.get("/report", response_model=ReportRead, responses=written(Format.JSON) | LIVE)
async def get_report(report: AsItIs) -> Response:
    """The report for a follow-up visit: what a clinician reads in a minute, with all that it rests on. No diagnosis."""
    return await report.answer(Format.JSON)


@router.get("/report.html", response_class=Response, responses=written(Format.HTML) | LIVE)
async def get_report_html(report: AsItIs) -> Response:
    """The report as one page for screens, phones and paper: no script, nothing loaded from elsewhere."""
    return await report.answer(Format.HTML)


@router.get("/report.pdf", response_class=Response, responses=written(Format.PDF) | LIVE)
async def get_report_pdf(report: AsItIs) -> Response:
    """The report as tagged PDF (PDF/UA-1)."""
    return await report.answer(Format.PDF)


@router.get("/report.csv", response_class=Response, responses=written(Format.CSV) | LIVE)
async def get_report_csv(report: AsItIs) -> Response:
    """The series of the report as tidy CSV: one row for each day and series."""
    return await report.answer(Format.CSV)


@router.get(
    "/report.fhir", response_model=FhirDocument, response_class=FhirResponse, responses=written(Format.FHIR) | LIVE
)
async def get_report_fhir(report: AsItIs) -> Response:
    """The report as a FHIR R4 document: Composition, Patient, Observations, Media, DiagnosticReport."""
    return await report.answer(Format.FHIR)


@router.post(
    "/visits/{visit_id}/report",
    status_code=201,
    response_model=ReportRead,
    responses=written(Format.JSON, CREATED, OK)
    | problems(NotFound, Deleted, ReportsBusy, ReportNotMade, ReportDamaged),
)
async def freeze_report(report: Annotated[Freezing, Depends()]) -> Response:
    """Freeze the report for a visit in every format and the clinic's language: later data never changes it."""
    return await report.answer()


@router.get("/visits/{visit_id}/report", response_model=ReportRead, responses=written(Format.JSON) | KEPT)
async def get_frozen_report(report: AsItWas) -> Response:
    """The report that was frozen for a visit."""
    return await report.answer(Format.JSON)


@router.get("/visits/{visit_id}/report.html", response_class=Response, responses=written(Format.HTML) | KEPT)
async def get_frozen_report_html(report: AsItWas) -> Response:
    """The page of the report that was frozen for a visit."""
    return await report.answer(Format.HTML)


@router.get("/visits/{visit_id}/report.pdf", response_class=Response, responses=written(Format.PDF) | KEPT)
async def get_frozen_report_pdf(report: AsItWas) -> Response:
    """The PDF of the report that was frozen for a visit."""
    return await report.answer(Format.PDF)


@router.get("/visits/{visit_id}/report.csv", response_class=Response, responses=written(Format.CSV) | KEPT)
async def get_frozen_report_csv(report: AsItWas) -> Response:
    """The series of the report that was frozen for a visit, as tidy CSV."""
    return await report.answer(Format.CSV)


@router.get(
    "/visits/{visit_id}/report.fhir",
    response_model=FhirDocument,
    response_class=FhirResponse,
    responses=written(Format.FHIR) | KEPT,
)
async def get_frozen_report_fhir(report: AsItWas) -> Response:
    """The report that was frozen for a visit, as a FHIR R4 document."""
    return await report.answer(Format.FHIR)


def _headers(form: Format, tag: str) -> dict[str, str]:
    headers = {**HEADERS, "ETag": tag}
    if FORMATS[form].saved:
        headers["Content-Disposition"] = f'attachment; filename="report.{form}"'
    if FORMATS[form].media_type.startswith("text/html"):
        headers["Content-Security-Policy"] = SANDBOX
    return headers


def _shown(form: Format, content: bytes, tag: str, *, status: int = OK) -> Response:
    return Response(content, status, _headers(form, tag), media_type=FORMATS[form].media_type)
