"""Access tokens are remembered once their signature was found right: as long as they live, and not too many."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from domain.permissions import Role
from infra import tokens as module
from infra.tokens import Claims, Tokens

NOW = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)


@pytest.fixture
def tokens() -> Tokens:
    """A server's."""
    return Tokens(b"a secret of this test", access_lifetime=LIFETIME)


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every token whose signature was calculated, as often as it was."""
    seen: list[str] = []
    decode = jwt.decode

    def noting(token: str, *arguments: Any, **named: Any) -> Mapping[str, Any]:
        seen.append(token)
        claims: Mapping[str, Any] = decode(token, *arguments, **named)
        return claims

    monkeypatch.setattr(jwt, "decode", noting)
    return seen


def claims() -> Claims:
    """Somebody who is signed in."""
    return Claims(uuid4(), uuid4(), Role.PATIENT, uuid4(), uuid4(), None)


def test_a_token_that_comes_again_is_read_without_calculating_its_signature_again(
    tokens: Tokens, checked: list[str]
) -> None:
    somebody = claims()
    token = tokens.access(somebody, NOW)

    read = [tokens.read_access(token, NOW) for _ in range(3)]

    assert read == [somebody] * 3
    assert checked == [token]


def test_a_remembered_token_ends_when_it_says(tokens: Tokens) -> None:
    somebody = claims()
    token = tokens.access(somebody, NOW)
    last_moment = NOW + LIFETIME - timedelta(seconds=1)

    assert tokens.read_access(token, NOW) == somebody
    assert tokens.read_access(token, last_moment) == somebody
    assert tokens.read_access(token, NOW + LIFETIME) is None
    assert tokens.read_access(token, NOW + LIFETIME) is None


def test_a_wrong_signature_is_never_remembered_as_right(tokens: Tokens, checked: list[str]) -> None:
    token = tokens.access(claims(), NOW)
    other = tokens.access(claims(), NOW)
    forged = f"{token.rpartition('.')[0]}.{other.rpartition('.')[2]}"
    of_another_server = Tokens(b"another secret", access_lifetime=LIFETIME).access(claims(), NOW)
    assert tokens.read_access(token, NOW) is not None
    checked.clear()

    read = [tokens.read_access(one, NOW) for one in (forged, of_another_server) * 3]

    assert read == [None] * 6
    assert checked == [forged, of_another_server] * 3, "each time anew"


def test_no_more_tokens_are_remembered_than_there_is_room_for(
    tokens: Tokens, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 4
    monkeypatch.setattr(module, "MOST_REMEMBERED", room)
    made = [tokens.access(claims(), NOW) for _ in range(room + 1)]
    for token in made:
        assert tokens.read_access(token, NOW) is not None
    checked.clear()

    assert all(tokens.read_access(token, NOW) for token in made)

    assert len(checked) >= 1, "one of them at least had to be forgotten"


def test_forged_tokens_push_no_right_one_out(
    tokens: Tokens, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_REMEMBERED", 4)
    token = tokens.access(claims(), NOW)
    assert tokens.read_access(token, NOW) is not None
    stranger = Tokens(b"another secret", access_lifetime=LIFETIME)

    for _ in range(20):
        assert tokens.read_access(stranger.access(claims(), NOW), NOW) is None
    checked.clear()

    assert tokens.read_access(token, NOW) is not None
    assert checked == []
