"""The people of a clinic."""

from uuid import UUID

from api.answers import Answer, repeated
from api.deps import Base, CurrentActor, IdempotencyKey, InvitationTerms, OptionalBase, ReadSession, WriteSession
from api.paging import Paged
from api.problems import problems
from api.routing import router as operations
from domain.errors import (
    CursorInvalid,
    EmailTaken,
    IfMatchRequired,
    KeyReused,
    LastAdmin,
    NotFound,
    VersionConflict,
)
from models.accounts import InvitationRead
from models.members import MemberChange, MemberCreate, MemberInvited, MemberPage, MemberRead
from services import members

router = operations("/v1/members", "members")


@router.post("", status_code=201, responses=repeated(MemberInvited) | problems(EmailTaken, KeyReused, NotFound))
def invite_member(
    draft: MemberCreate,
    actor: CurrentActor,
    session: WriteSession,
    terms: InvitationTerms,
    answer: Answer,
    idempotency_key: IdempotencyKey = None,
) -> MemberInvited:
    """Invite a clinician or administrator into the clinic; hand over the code."""
    return answer.made(members.invite(session, actor, draft, key=idempotency_key, terms=terms))


@router.get("", responses=problems(CursorInvalid))
def list_members(paged: Paged, actor: CurrentActor, session: ReadSession) -> MemberPage:
    """All members of the clinic."""
    return paged.page(MemberPage, members.list_members(session, actor, paged.window))


@router.get("/{member_id}", responses=problems(NotFound))
def get_member(member_id: UUID, actor: CurrentActor, session: ReadSession, answer: Answer) -> MemberRead:
    """One member."""
    return answer.versioned(members.get(session, actor, member_id))


@router.patch("/{member_id}", responses=problems(NotFound, LastAdmin, VersionConflict, IfMatchRequired))
def change_member(
    member_id: UUID, draft: MemberChange, base: Base, actor: CurrentActor, session: WriteSession, answer: Answer
) -> MemberRead:
    """Change a member's name or role; another role ends the member's sessions."""
    return answer.versioned(members.change(session, actor, member_id, draft, base=base))


@router.delete("/{member_id}", status_code=204, responses=problems(NotFound, LastAdmin, VersionConflict))
def remove_member(member_id: UUID, base: OptionalBase, actor: CurrentActor, session: WriteSession) -> None:
    """End a member's access at once."""
    members.remove(session, actor, member_id, base=base)


@router.post("/{member_id}/invitation", status_code=201, responses=problems(NotFound))
def renew_member_invitation(
    member_id: UUID, actor: CurrentActor, session: WriteSession, terms: InvitationTerms
) -> InvitationRead:
    """A new code for a member who lost the code or the password; the old code is void."""
    return members.renew_invitation(session, actor, member_id, terms=terms)
