"""A clinic to try things out with: simulated patients, recorded through the same door as real ones."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain.courses import SimulatedPatient
from domain.courses import clinic as simulate_clinic
from models.accounts import Account, ClinicCreate, ConsentCreate, InvitationAccept, InvitationRead
from models.diary import EntryCreate
from models.lesions import LesionCreate, LesionFields, LesionReplace
from models.medications import MedicationCreate
from models.members import MemberCreate, MemberRole
from models.patients import PatientCreate
from services import accounts, consents, diary, lesions, medications, members, patients
from services.access import Actor
from services.accounts import Doorkeeper
from services.diary import PhoneClock, Submission
from services.invitations import Terms

PASSWORD = "dermatrend demo"  # noqa: S105  printed for everybody
ADMIN = "admin@demo.example"
CLINICIAN = "clinician@demo.example"
DAYS = 180
SEED = 2026
PHONE_TO_SERVER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Sample:
    """One demo patient: how to sign in, and what a clinician would see."""

    email: str
    name: str
    story: str
    simulated: SimulatedPatient
    actor: Actor | None = None
    """Who acts for the patient, if the clinic was founded now."""


def found(
    session: Session, door: Doorkeeper, terms: Terms, *, now: datetime, minimum_consent_version: int
) -> list[Sample]:
    """Add the demo clinic, whole, unless it is there.

    Args:
        session: a writer.
        door: what signing in needs.
        terms: how invitations are made.
        now: the last day of the diaries is the day before.
        minimum_consent_version: the version that the patients consent to.

    Returns:
        The patients, in the order of `domain.courses.COURSES`.
    """
    simulated = simulate_clinic(seed=SEED, last_day=now.astimezone(UTC).date() - timedelta(days=1), days=DAYS)
    samples = [_sample(patient) for patient in simulated]
    if session.scalars(select(Account).where(col(Account.email) == ADMIN)).first() is not None:
        return samples
    clinic = ClinicCreate(name="Demo clinic", admin_email=ADMIN)
    founder = _Founder(session, door, terms, now, minimum_consent_version, door.passwords.hash(PASSWORD))
    _, invitation = members.found_clinic(session, clinic, terms=terms, now=now)
    clinician = founder.clinician(founder.accept(invitation, ADMIN))
    for place, (patient, sample) in enumerate(zip(simulated, samples, strict=True)):
        # A millisecond apart, so that lists show them in this order.
        actor = founder.patient(replace(clinician, at=now + timedelta(milliseconds=place)), patient, sample)
        samples[place] = replace(sample, actor=actor)
    return samples


def _sample(patient: SimulatedPatient) -> Sample:
    return Sample(f"{patient.course.replace('_', '-')}@demo.example", patient.patient["name"], patient.story, patient)


@dataclass(frozen=True, slots=True)
class _Founder:
    session: Session
    door: Doorkeeper
    terms: Terms
    now: datetime
    minimum_consent_version: int
    password_hash: str

    def accept(self, invitation: InvitationRead, email: str) -> Actor:
        """Redeem an invitation; who can act from now on."""
        draft = InvitationAccept(code=str(invitation.invitation_code), password=PASSWORD, email=email)
        pair = accounts.redeem(self.session, self.door, draft, self.password_hash, device="demo", now=self.now)
        claims = self.door.tokens.read_access(pair.access_token, self.now)
        if claims is None:
            message = "A token that was just made is not valid."
            raise RuntimeError(message)
        return Actor.of(claims, at=self.now, minimum_consent_version=self.minimum_consent_version)

    def clinician(self, admin: Actor) -> Actor:
        """The clinician who cares for all."""
        draft = MemberCreate(email=CLINICIAN, name="Dr. Demo", role=MemberRole.CLINICIAN)
        invited, _ = members.invite(self.session, admin, draft, key=None, terms=self.terms)
        return self.accept(invited.invitation, CLINICIAN)

    def patient(self, clinician: Actor, simulated: SimulatedPatient, sample: Sample) -> Actor:
        """One patient with the whole diary; who acts for them."""
        draft = PatientCreate.model_validate({**simulated.patient, "email": sample.email})
        registered, _ = patients.register(self.session, clinician, draft, key=None, terms=self.terms)
        patient = self.accept(registered.invitation, sample.email)
        consents.give(self.session, patient, ConsentCreate(version=self.minimum_consent_version, granted=True))
        _keep_diary(self.session, patient, registered.id, simulated)
        _mark(self.session, clinician, registered.id, simulated)
        return patient


def _keep_diary(session: Session, patient: Actor, patient_id: UUID, simulated: SimulatedPatient) -> None:
    for body in simulated.lesions:
        lesions.add(session, patient, patient_id, LesionCreate.model_validate(body))
    for body in simulated.medications:
        medications.add(session, patient, patient_id, MedicationCreate.model_validate(body))
    session.flush()
    drafts = (EntryCreate.model_validate(body) for body in simulated.entries)
    _must_be_recorded(
        diary.record(
            session,
            [
                Submission(replace(patient, at=draft.recorded_at + PHONE_TO_SERVER), patient_id, draft, PhoneClock())
                for draft in drafts
            ],
        )
    )


def _must_be_recorded(outcomes: Iterable[diary.Outcome]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


def _mark(session: Session, clinician: Actor, patient_id: UUID, simulated: SimulatedPatient) -> None:
    """What the clinician says about the lesions."""
    for body in simulated.lesions:
        said = _said(body["id"], simulated)
        if said:
            lesion = lesions.get(session, clinician, patient_id, UUID(body["id"]))
            fields = lesion.model_dump(include=set(LesionFields.model_fields))
            draft = LesionReplace.model_validate({**fields, **said})
            lesions.change(session, clinician, patient_id, lesion.id, draft, base=lesion.version)


def _said(lesion_id: str, simulated: SimulatedPatient) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if lesion_id in simulated.targets:
        said["target"] = True
    if lesion_id in simulated.confirmed_new:
        said["confirmed_new"] = True
    if lesion_id in simulated.progressed:
        said["progressed_on"] = date.fromisoformat(simulated.progressed[lesion_id])
    return said
