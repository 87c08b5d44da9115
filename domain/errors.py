"""Everything that can go wrong, by name. The kind fixes the HTTP status (`api/problems.py`).

The class name in kebab case is the problem's type, the docstring its detail: write it for the
app developer or the person who reads it on a phone.
"""

import re
from collections.abc import Sequence
from copyreg import __newobj__  # type: ignore[attr-defined]
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One place in a request that cannot be accepted; never holds the value itself."""

    pointer: str
    """JSON Pointer into the body, or `/query/...`, `/path/...`, `/header/...`."""
    detail: str


class DermatrendError(Exception):
    """Something that the caller is told by name."""

    keeps_changes = False
    """Whether what was written before the error is committed all the same (a stolen token's session ends)."""

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.sentence())
        self.detail = detail or self.sentence()

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is copied, and travels to another process: as it is, however it was made."""
        return __newobj__, (type(self), *self.args), vars(self)

    @classmethod
    def name(cls) -> str:
        """The error's public name, as in `/problems/<name>`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """A short constant summary."""
        return cls.name().replace("-", " ").capitalize()

    @classmethod
    def sentence(cls) -> str:
        """What it means, in one or two sentences."""
        return " ".join((cls.__doc__ or "").split())


class BadRequest(DermatrendError):
    """The request cannot be carried out as sent."""


class Unauthenticated(DermatrendError):
    """Nobody known is calling."""


class Forbidden(DermatrendError):
    """The caller is known and may not do this."""


class Missing(DermatrendError):
    """There is no such thing for this caller."""


class Conflict(DermatrendError):
    """The request contradicts what is stored."""


class Gone(DermatrendError):
    """What the caller counts on is no longer there."""


class StaleBase(DermatrendError):
    """The change was based on something older than what is stored."""


class TooSlow(DermatrendError):
    """The caller takes too long."""


class TooLarge(DermatrendError):
    """More was sent than is accepted."""


class PreconditionUnmet(DermatrendError):
    """The request rests on something that this server does not have."""


class OutOfRange(DermatrendError):
    """The part that is asked for does not exist."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


class InUse(DermatrendError):
    """Somebody else is at it at this moment."""


class Damaged(DermatrendError):
    """What arrived is not what was sent."""


class WrongMediaType(DermatrendError):
    """The body is of a kind that this operation does not read."""


class WrongMethod(DermatrendError):
    """The path exists and does not know this method."""


class Unprocessable(DermatrendError):
    """The request is readable and its content is not acceptable."""

    always: tuple[Fault, ...] = ()
    """What is wrong, where that is always the same."""

    def __init__(self, detail: str | None = None, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.faults = tuple(faults) or self.always


class ConditionMissing(DermatrendError):
    """The change does not say which version it is based on."""


class TooMany(DermatrendError):
    """Too many requests in too short a time."""

    def __init__(self, detail: str | None = None, *, retry_after_s: int = 60) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(DermatrendError):
    """The server cannot answer now; the same request will work later."""

    retry_after_s = 5


class OutOfSpace(DermatrendError):
    """The server has no room left to store anything."""


class Fatal(DermatrendError):
    """The server is at fault."""


# 400


class InvalidCode(BadRequest):
    """This invitation code is unknown, used, replaced by a newer one or expired. Ask the clinic for a new one."""


class InvalidGrant(BadRequest):
    """The e-mail and password do not match, or the refresh token is no longer valid. Sign in again."""

    keeps_changes = True
    error = "invalid_grant"


class InvalidTokenRequest(BadRequest):
    """The form must hold username and password (grant_type=password) or refresh_token (grant_type=refresh_token)."""

    error = "invalid_request"


class UnsupportedGrantType(BadRequest):
    """Only the grant types password and refresh_token are known here."""

    error = "unsupported_grant_type"


class ChecksumAlgorithmUnknown(BadRequest):
    """Only the checksum algorithms sha256, sha1 and md5 are known here."""


class WrongPassword(BadRequest):
    """The current password is not right."""


# 401, 403


class NotSignedIn(Unauthenticated):
    """A valid access token is needed: sign in, or refresh the token."""


class NotAllowed(Forbidden):
    """Your role has no such operation."""


class ConsentRequired(Forbidden):
    """Consent to the current document is needed before anything is recorded. Keep what you have and send it then."""


class ReadOnlyKind(Forbidden):
    """Patients read this kind of thing here and do not push it; photos have an upload of their own."""


# 404, 405, 408


class NotFound(Missing):
    """There is nothing here, or nothing that you may see."""


class MethodNotAllowed(WrongMethod):
    """This path does not know this method; see the Allow header."""


class BodyTooSlow(TooSlow):
    """The body did not come in time. Send it again, in smaller parts if the network is slow."""


# 409, 410


class IdReused(Conflict):
    """This id already belongs to something else you sent."""


class OffsetConflict(Conflict):
    """The upload is at another offset; ask for it with HEAD and continue from there."""


class KeyReused(Conflict):
    """This Idempotency-Key was already used for a request with other content."""


class Deleted(Conflict):
    """This was deleted; a deleted id is never used again."""


class EmailTaken(Conflict):
    """This e-mail address already belongs to an account."""


class LastAdmin(Conflict):
    """The clinic would be left without an administrator."""


class NotAClinician(Conflict):
    """Only clinicians can be in a care team."""


class NotMeasurable(Conflict):
    """A target must be a nodule or plaque (or an ulcer, if you insist) of at least 10 mm at baseline."""


class TargetLimit(Conflict):
    """There are already two target lesions; the skin counts as one organ, of which at most two are followed."""


class CursorGone(Gone):
    """This cursor is of a past that the server no longer has. Pull without it, then push what is missing or newer."""


# 412, 413, 415, 416, 422, 423, 428, 429, 460


class VersionConflict(StaleBase):
    """This was changed in the meantime. Fetch it, apply the change to what it is now, and send it again."""

    def __init__(self, current_version: int) -> None:
        super().__init__()
        self.current_version = current_version


class TusVersionUnknown(PreconditionUnmet):
    """Uploads speak tus 1.0.0: send the header Tus-Resumable: 1.0.0."""


class BodyTooLarge(TooLarge):
    """The body is larger than this operation accepts; see the limits of GET /v1/server."""


class TooManyPixels(TooLarge):
    """This picture has more pixels than are accepted here. Send it in a smaller size."""


class UnknownPictureKind(WrongMediaType):
    """This is not a picture of a kind that is read here. Send a JPEG, PNG, HEIC or WebP photo."""


class RangeNotSatisfiable(OutOfRange):
    """This part does not exist; the header Content-Range says how long the whole is."""


class UnsupportedMediaType(WrongMediaType):
    """This operation reads another kind of body; see its description."""


class InvalidRequest(Unprocessable):
    """Something in the request is not acceptable; errors says what and where."""


class UnreadablePicture(Unprocessable):
    """This picture is empty, cut short or damaged. Send the original file again, or take the picture anew."""

    always = (Fault("/file", "must be a whole picture"),)


class AnimatedPicture(Unprocessable):
    """This picture moves. Send a single still photo."""

    always = (Fault("/file", "must be a single still photo"),)


class DigestMismatch(Unprocessable):
    """The photo that arrived is not the one whose sha256 was given. Send the whole file again, as a new upload."""

    always = (Fault("/sha256", "must be the SHA-256 of the bytes of the file"),)


class UnknownReference(Unprocessable):
    """The request refers to something that this patient does not have; errors says where."""


class CursorInvalid(Unprocessable):
    """This cursor is not one that was given out for this list and these filters. Start again without it."""

    always = (Fault("/query/cursor", "must be a cursor that was given out for this list"),)


class UploadLocked(InUse):
    """Another request is writing to this upload. Try again in a moment."""


class IfMatchRequired(ConditionMissing):
    """Send the version that this change is based on in the If-Match header."""


class TooManyAttempts(TooMany):
    """Too many attempts to sign in. Wait a minute."""


class TooManyUploads(TooMany):
    """Too many uploads are open. Finish or delete some, or wait until they expire."""


class ChecksumMismatch(Damaged):
    """The bytes that arrived do not have the checksum that came with them; they were discarded. Send them again."""


# 5xx


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached or is too busy. Whether this was carried out may be unknown: send it again."""


class NotMigrated(Unavailable):
    """The database is not prepared for this version of the software: run `python main.py migrate`."""


class StorageUnavailable(Unavailable):
    """The store of photos cannot be reached or is too slow. Send the same again later; the diary is not affected."""


class PhotosBusy(Unavailable):
    """Too many photos are being looked at. Send the same again in a few seconds; the diary is not affected."""


class SignInBusy(Unavailable):
    """Too many people are signing in at this moment. Try again in a few seconds."""


class ReportsBusy(Unavailable):
    """This report was not ready in time. Try again, or take the JSON, which is ready first: .../report."""


class StorageFull(OutOfSpace):
    """The disk of the server is full. Keep what you have and send it again later."""


class InternalError(Fatal):
    """Something went wrong on the server. It has been logged under this request_id."""


class ReportNotMade(Fatal):
    """The report cannot be written in this format. The JSON has the same content: .../report."""


class ReportDamaged(Fatal):
    """The frozen report of this visit does not match its digest and is not shown. It must come from a backup."""


def leaves(kind: type[DermatrendError] = DermatrendError) -> list[type[DermatrendError]]:
    """Every error that a caller can meet, in the order of definition."""
    found: list[type[DermatrendError]] = []
    for child in kind.__subclasses__():
        found.extend(leaves(child) if child.__subclasses__() else [child])
    return found
