"""Access tokens (JWT), refresh tokens and one-time codes: made and checked without a query.

A refresh token is a number in a session, signed: nothing about it is stored but the number of the
latest, and the answer to a repeated refresh is the same token again (docs/decisions/0005-numbered-refresh-tokens.md).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from domain.permissions import Role

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U to mistake."""
_CODE_CHARACTERS = 16
_SIGNATURE_BYTES = 32
_ROTATION_BYTES = 8
MOST_REMEMBERED = 10_000
"""Tokens, of about 1.5 KB each with what they say; when they are too many, all are forgotten and checked again."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says."""

    account_id: UUID
    sign_in_id: UUID
    role: Role
    clinic_id: UUID
    patient_id: UUID | None
    member_id: UUID | None


class Tokens:
    """Makes and checks tokens with one secret."""

    def __init__(self, secret: bytes, *, access_lifetime: timedelta) -> None:
        self._access_key = hmac.digest(secret, b"access", "sha256")
        self._refresh_key = hmac.digest(secret, b"refresh", "sha256")
        self.access_lifetime = access_lifetime
        self._verified: dict[str, tuple[Claims, datetime]] = {}

    def access(self, claims: Claims, now: datetime) -> str:
        """A signed access token that expires after the access lifetime."""
        payload = {
            "sub": str(claims.account_id),
            "sid": str(claims.sign_in_id),
            "role": str(claims.role),
            "cid": str(claims.clinic_id),
            "pid": claims.patient_id and str(claims.patient_id),
            "mid": claims.member_id and str(claims.member_id),
            "iat": now,
            "exp": now + self.access_lifetime,
        }
        return jwt.encode(payload, self._access_key, algorithm="HS256")

    def read_access(self, token: str, now: datetime) -> Claims | None:
        """What a valid access token says; None if it is not one, or has expired.

        A phone sends the same token for some minutes: those whose signature was found right are remembered.
        """
        known = self._verified.get(token) or self._verify(token)
        if known is None:
            return None
        claims, expires_at = known
        if expires_at <= now:
            self._verified.pop(token, None)
            return None
        return claims

    def _verify(self, token: str) -> tuple[Claims, datetime] | None:
        try:
            payload = jwt.decode(
                token,
                self._access_key,
                algorithms=["HS256"],
                options={"require": ["exp", "sub", "sid", "role", "cid"], "verify_exp": False, "verify_iat": False},
            )
            verified = _claims(payload), datetime.fromtimestamp(payload["exp"], UTC)
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError):
            return None
        if len(self._verified) >= MOST_REMEMBERED:
            self._verified.clear()
        self._verified[token] = verified
        return verified

    def refresh(self, sign_in_id: UUID, rotation: int) -> str:
        """The refresh token with this number; the same each time."""
        content = sign_in_id.bytes + rotation.to_bytes(_ROTATION_BYTES)
        return base64.urlsafe_b64encode(content + self._sign(content)).decode().rstrip("=")

    def read_refresh(self, token: str) -> tuple[UUID, int] | None:
        """Session and number of a refresh token that we made; None if we did not."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        content, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        if len(content) != len(UUID(int=0).bytes) + _ROTATION_BYTES or not hmac.compare_digest(
            signature, self._sign(content)
        ):
            return None
        return UUID(bytes=content[:-_ROTATION_BYTES]), int.from_bytes(content[-_ROTATION_BYTES:])

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._refresh_key, content, "sha256")


def _claims(payload: Mapping[str, Any]) -> Claims:
    return Claims(
        account_id=UUID(payload["sub"]),
        sign_in_id=UUID(payload["sid"]),
        role=Role(payload["role"]),
        clinic_id=UUID(payload["cid"]),
        patient_id=UUID(payload["pid"]) if payload.get("pid") else None,
        member_id=UUID(payload["mid"]) if payload.get("mid") else None,
    )


def new_code() -> str:
    """A one-time code of 80 random bits that can be read out on the telephone."""
    characters = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARACTERS))
    return "-".join(characters[start : start + 4] for start in range(0, _CODE_CHARACTERS, 4))


def hash_code(code: str) -> str:
    """What is stored of a code; spaces, hyphens, case and look-alike letters do not matter."""
    plain = "".join(code.upper().split()).replace("-", "").replace("O", "0").replace("I", "1").replace("L", "1")
    return hashlib.sha256(plain.encode()).hexdigest()
