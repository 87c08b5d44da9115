"""What an account's owner sees and sets: who one is, and the password."""

from sqlmodel import Session

from domain.errors import TooManyAttempts, WrongPassword
from domain.permissions import Role
from models.accounts import Account, ConsentState, MeRead, PasswordChange
from models.members import Member
from models.patients import Patient
from services import access
from services.access import NO_KEY, Actor
from services.accounts.sessions import end_sessions
from services.accounts.tokens import Doorkeeper


def me(session: Session, actor: Actor) -> MeRead:
    """Who the actor is."""
    access.signed_in(session, actor)
    account = session.get_one(Account, actor.account_id)
    patient = session.get_one(Patient, actor.patient_id) if actor.patient_id else None
    return MeRead(
        account_id=account.id,
        role=Role(account.role),
        clinic_id=account.clinic_id,
        patient_id=account.patient_id,
        member_id=account.member_id,
        name=patient.name if patient else session.get_one(Member, actor.member_id).name,
        email=account.email or "",
        consent=ConsentState(
            current=access.consents(patient, actor.minimum_consent_version) if patient else None,
            granted_version=patient.consented_version if patient else None,
            minimum_version=actor.minimum_consent_version,
        ),
    )


def change_password(reader: Session, session: Session, actor: Actor, door: Doorkeeper, draft: PasswordChange) -> None:
    """Set another password and end all other sessions.

    Raises:
        TooManyAttempts: too many failed lately.
        WrongPassword: the current one is not right.
    """
    access.signed_in(reader, actor)
    account = reader.get_one(Account, actor.account_id)
    reader.close()
    if door.attempts.exhausted(str(actor.account_id)):
        raise TooManyAttempts
    if not door.passwords.verify(draft.current_password, account.password_hash):
        door.attempts.failed(str(actor.account_id))
        raise WrongPassword
    new_hash = door.passwords.hash(draft.new_password)
    access.signed_in(session, actor)
    current = session.get_one(Account, actor.account_id, with_for_update=NO_KEY)
    if current.password_hash != account.password_hash:
        raise WrongPassword
    current.password_hash = new_hash
    end_sessions(session, actor.account_id, now=actor.at, but=actor.sign_in_id)
