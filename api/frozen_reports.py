"""The report as it was frozen for a visit."""

from functools import partial
from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import Depends, Response

from api.conditional import IfNoneMatch
from api.deps import CurrentActor, ReadSession, WriteSession
from api.problems import problems
from api.rendering import Printing
from api.report_answers import CREATED, NOT_MODIFIED, OK, FhirResponse, headers_of, shown, written
from api.routing import router as operations
from domain.errors import Deleted, NotFound, ReportDamaged, ReportNotMade, ReportsBusy, StorageUnavailable
from infra import version
from models.fhir import FhirDocument
from models.reports import ReportRead
from reports.formats import Format
from services import frozen_reports
from services.frozen_reports import Frozen

router = operations("/v1/patients/{patient_id}/visits/{visit_id}", "reports")

KEPT = problems(NotFound, ReportsBusy, ReportDamaged)


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
            return Response(status_code=NOT_MODIFIED, headers=headers_of(form, f'"{kept.sha256}"'))
        return shown(form, kept.content, f'"{kept.sha256}"')


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
        return shown(Format.JSON, kept.content, f'"{kept.sha256}"', status=status)


AsItWas = Annotated[Kept, Depends()]


@router.post(
    "/report",
    status_code=201,
    response_model=ReportRead,
    responses=written(Format.JSON, CREATED, OK)
    | problems(NotFound, Deleted, ReportsBusy, ReportNotMade, ReportDamaged, StorageUnavailable),
)
async def freeze_report(report: Annotated[Freezing, Depends()]) -> Response:
    """Freeze the report for a visit in every format and the clinic's language: later data never changes it."""
    return await report.answer()


@router.get("/report", response_model=ReportRead, responses=written(Format.JSON) | KEPT)
async def get_frozen_report(report: AsItWas) -> Response:
    """The report that was frozen for a visit."""
    return await report.answer(Format.JSON)


@router.get("/report.html", response_class=Response, responses=written(Format.HTML) | KEPT)
async def get_frozen_report_html(report: AsItWas) -> Response:
    """The page of the report that was frozen for a visit."""
    return await report.answer(Format.HTML)


@router.get("/report.pdf", response_class=Response, responses=written(Format.PDF) | KEPT)
async def get_frozen_report_pdf(report: AsItWas) -> Response:
    """The PDF of the report that was frozen for a visit."""
    return await report.answer(Format.PDF)


@router.get("/report.csv", response_class=Response, responses=written(Format.CSV) | KEPT)
async def get_frozen_report_csv(report: AsItWas) -> Response:
    """The series of the report that was frozen for a visit, as tidy CSV."""
    return await report.answer(Format.CSV)


@router.get(
    "/report.fhir",
    response_model=FhirDocument,
    response_class=FhirResponse,
    responses=written(Format.FHIR) | KEPT,
)
async def get_frozen_report_fhir(report: AsItWas) -> Response:
    """The report that was frozen for a visit, as a FHIR R4 document."""
    return await report.answer(Format.FHIR)
