"""What people do with an app: sign in, register, tell and correct a diary; each verb through the generated client."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.clients.generated import App
from tests.clients.posted import Body, Posted
from tests.factories import PASSWORD

BATCH = 60
"""Entries of a batch that were not sent before."""
SENT_AGAIN = 10
"""Entries of a batch that were in the one before, as if its answer had been lost."""
PAGE = 37
"""Entries that are read at once."""


def accept(stranger: App, code: str, **email: str) -> App:
    """Redeem an invitation."""
    draft = stranger.shape("InvitationAccept", {"code": code, "password": PASSWORD, **email})
    return stranger.signed_in(stranger.ask("accept_invitation", body=draft, status=200).access_token)


def register(clinician: App, patient: Body) -> str:
    """The code to hand over to a new patient."""
    made = clinician.ask("register_patient", body=clinician.shape("PatientCreate", patient), status=201)
    return str(made.invitation.invitation_code)


def sign_in(stranger: App, form: Body, *, status: int) -> Any:
    """Ask for tokens."""
    return stranger.ask("issue_token", body=stranger.shape("TokenRequest", form), status=status)


def tell_twice(patient: App, entry: Body) -> Iterator[int]:
    """Record an entry, and again as if the answer had been lost: both statuses."""
    draft = patient.shape("EntryCreate", entry)
    for _ in range(2):
        answer = patient.answer("record_entry", patient.id, body=draft, client_time=datetime.now(UTC).isoformat())
        assert (answer.headers["etag"], answer.parsed.flags) == ('"1"', [])
        yield int(answer.status_code)


def tell_all(patient: App, entries: Sequence[Body]) -> list[Any]:
    """Record a batch: its results."""
    batch = patient.shape("EntryBatch", {"entries": list(entries)})
    results = patient.ask("record_entries", patient.id, body=batch, status=200).results
    assert [result.index for result in results] == list(range(len(entries)))
    assert [str(result.id) for result in results] == [entry["id"] for entry in entries]
    return list(results)


def batches(entries: Sequence[Body]) -> Iterator[list[Body]]:
    """All entries: each batch is sent twice, and begins with the end of the one before."""
    sent: list[Body] = []
    for begin in range(0, len(entries), BATCH):
        batch = [*sent[-SENT_AGAIN:], *entries[begin : begin + BATCH]]
        yield from (batch, batch)
        sent = batch


def judge(clinician: App, patient: App, lesion: Body) -> Body:
    """A clinician marks a lesion as target."""
    judged = {**lesion, "target": True}
    draft = clinician.shape("LesionReplace", judged)
    changed = clinician.ask("change_lesion", patient.id, UUID(lesion["id"]), body=draft, if_match='"1"', status=200)
    assert (changed.target, changed.version) == (True, 2)
    return judged


def change_one_and_delete_the_next(patient: App, posted: Posted, *, at: int) -> Posted:
    """What stands after a correction, sent twice, and a deletion, sent twice."""
    wrong, unwanted = posted.entries[at : at + 2]
    corrected = {**wrong, "note": "I had the wrong day in mind.", "ratings": [{"symptom": "pain", "severity": 10}]}
    draft = patient.shape("EntryCreate", corrected)
    for _ in range(2):
        read = patient.ask("correct_entry", patient.id, UUID(wrong["id"]), body=draft, if_match='"1"', status=200)
        assert read.version == 2
    for _ in range(2):
        patient.ask("delete_entry", patient.id, UUID(unwanted["id"]), status=204)
    return replace(posted, entries=[*posted.entries[:at], corrected, *posted.entries[at + 2 :]])


def all_entries(reader: App, patient_id: UUID) -> Iterator[Any]:
    """Every entry of every page."""
    asked: dict[str, str] = {}
    while True:
        page = reader.ask("list_entries", patient_id, limit=PAGE, status=200, **asked)
        yield from page.items
        if page.next_cursor is None:
            return
        assert len(page.items) == PAGE
        asked = {"cursor": page.next_cursor}
