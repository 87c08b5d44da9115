"""The report as it was frozen for a visit."""

from functools import partial
from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import Depends, Response

from api.conditional import IfNoneMatch
from api.deps import CurrentActor, WriteSession
from api.problems import problems
from api.rendering import Printing
from api.report_answers import CREATED, OK, FhirResponse, shown, unchanged_or_shown, written
from api.routing import router as operations
from domain.errors import Deleted, NotFound, ReportDamaged, ReportNotMade, ReportsBusy, StorageUnavailable
from models.fhir import FhirDocument
from models.reports import ReportRead
from reports.formats import Format
from services import frozen_reports, report_making
from services.frozen_reports import Frozen

router = operations("/v1/patients/{patient_id}/visits/{visit_id}", "reports")

KEPT = problems(NotFound, ReportsBusy, ReportDamaged)


class Kept:
    """The report as it was frozen for a visit."""

    def __init__(
        self, patient_id: UUID, visit_id: UUID, actor: CurrentActor, condition: IfNoneMatch, press: Printing
    ) -> None:
        self._which = (actor, patient_id, visit_id)
        self._condition, self._press = condition, press

    async def answer(self, form: Format) -> Response:
        """Answer what was kept in a format, or 304 if the caller has it."""
        kept = await self._press.make(report_making.kept, *self._which, form)
        content = None if self._condition.has(kept.sha256) else kept.content
        return unchanged_or_shown(form, content, f'"{kept.sha256}"')


class Freezing:
    """A report that is to be frozen for a visit."""

    def __init__(
        self, patient_id: UUID, visit_id: UUID, actor: CurrentActor, session: WriteSession, press: Printing
    ) -> None:
        self._which, self._press = (actor, patient_id, visit_id), press
        self._keep = partial(frozen_reports.keep, session, actor, visit_id=visit_id)

    async def answer(self) -> Response:
        """Make and keep it: 201, or 200 with the one that was kept before."""
        found = await self._press.make(report_making.for_visit, *self._which)
        if isinstance(found, Frozen):
            return self._shown(found, OK)
        # No lock was held while it was made, which takes longest; `keep` looks again.
        kept, now = await to_thread.run_sync(partial(self._keep, found))
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
