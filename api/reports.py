"""The report for a follow-up visit, as it is now."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Response

from api.conditional import IfNoneMatch
from api.deps import CurrentActor
from api.problems import problems
from api.rendering import Printing
from api.report_answers import FhirResponse, unchanged_or_shown, written
from api.routing import router as operations
from domain.errors import NotFound, ReportNotMade, ReportsBusy
from models.fhir import FhirDocument
from models.fields import Day
from models.reports import ReportRead
from reports.formats import Format
from services import report_making
from services.report_making import Wanted

router = operations("/v1/patients/{patient_id}", "reports")

LIVE = problems(NotFound, ReportsBusy, ReportNotMade)
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


class Live:
    """The report as it is now."""

    def __init__(
        self,
        patient_id: UUID,
        actor: CurrentActor,
        condition: IfNoneMatch,
        press: Printing,
        first: First = None,
        last: Last = None,
        wish: Wish = None,
    ) -> None:
        self._actor, self._condition, self._press = actor, condition, press
        self._wanted = Wanted(patient_id, first, last, wish)

    async def answer(self, form: Format) -> Response:
        """Answer it in a format, or 304 if the caller has it."""
        made = await self._press.make(report_making.live, self._actor, self._wanted, form, self._condition.known)
        return unchanged_or_shown(form, made.content, f'W/"{made.tag}"')


AsItIs = Annotated[Live, Depends()]


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
