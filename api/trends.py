"""The trend of a patient."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.conditional import CONDITIONAL, IfNoneMatch
from api.deps import CurrentActor, Reader, ReadSession
from api.problems import problems
from api.routing import router as operations
from domain.errors import NotFound
from domain.symptoms import Symptom
from infra import version
from models.fields import Day
from models.trends import TrendsRead
from services import trends

router = operations("/v1/patients/{patient_id}/trends", "trends")

First = Annotated[Day | None, Query(alias="from", description="First day; 90 days before the last if left out.")]
Last = Annotated[Day | None, Query(alias="to", description="Last day; today at the patient's place if left out.")]
Symptoms = Annotated[list[Symptom], Query(alias="symptom", description="Only these symptoms; all if left out.")]


@router.get("", response_model=TrendsRead, responses=CONDITIONAL | problems(NotFound))
def get_trends(
    patient_id: UUID,
    actor: CurrentActor,
    session: ReadSession,
    condition: IfNoneMatch,
    language: Reader,
    first: First = None,
    last: Last = None,
    symptoms: Symptoms = [],  # noqa: B006  the framework copies it
) -> Response:
    """How the patient is doing over a period: symptoms, lesions, medication, habits. No diagnosis."""
    question = trends.ask(session, actor, patient_id, first=first, last=last, symptoms=symptoms)
    tag = question.tag(language=language, software_version=version.SOFTWARE)
    return condition.answer(tag, partial(trends.answer, session, question))
