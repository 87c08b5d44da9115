"""A clinic with people in it, made over HTTP as its people would, and the bodies that they send."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from models.accounts import ClinicCreate
from services import members
from services.invitations import Terms

Body = dict[str, Any]
PASSWORD = "correct horse battery"
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    http: TestClient
    token: str
    refresh_token: str
    email: str
    id: str
    """Patient id of a patient, member id of a member."""

    def headers(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """What goes with every request."""
        return {"Authorization": f"Bearer {self.token}", **(extra or {})}

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **rest: Any) -> Response:
        """Ask for something; `{me}` in the path is the own id."""
        return self.http.request(method, path.replace("{me}", self.id), headers=self.headers(headers), **rest)

    def get(self, path: str, **rest: Any) -> Response:
        """GET."""
        return self.request("GET", path, **rest)

    def post(self, path: str, body: Any = None, **rest: Any) -> Response:
        """POST a JSON body, if there is one."""
        return self.request("POST", path, **_json(body), **rest)

    def put(self, path: str, body: Any = None, *, base: int | str | None = None, **rest: Any) -> Response:
        """PUT a JSON body, based on a version."""
        return self.request("PUT", path, headers=_if_match(base), **_json(body), **rest)

    def patch(self, path: str, body: Any, *, base: int | str | None = None, **rest: Any) -> Response:
        """PATCH a JSON body, based on a version."""
        return self.request("PATCH", path, headers=_if_match(base), json=body, **rest)

    def delete(self, path: str, *, base: int | str | None = None, **rest: Any) -> Response:
        """DELETE, if wanted based on a version."""
        return self.request("DELETE", path, headers=_if_match(base), **rest)


@dataclass(frozen=True)
class Clinic:
    """A clinic and its people: the clinician cares for the patient, who has consented."""

    app: FastAPI
    http: TestClient
    id: UUID
    admin: Person
    clinician: Person
    patient: Person

    def add_clinician(self) -> Person:
        """One more clinician, in no care team."""
        return invite(self.admin, "clinician")

    def add_admin(self) -> Person:
        """One more administrator."""
        return invite(self.admin, "admin")

    def add_patient(self, *, consents: bool = True, **particulars: Any) -> Person:
        """One more patient of the clinician."""
        return register(self.clinician, consents=consents, **particulars)


def found_clinic(app: FastAPI, http: TestClient) -> Clinic:
    """A new clinic, from the command line's function on."""
    email = new_email()
    with app.state.database.transaction() as session:
        terms = Terms(timedelta(days=14), "http://testserver")
        draft = ClinicCreate(name="Clinic", admin_email=email)
        clinic_id, invitation = members.found_clinic(session, draft, terms=terms, now=app.state.now())
    admin = accept(http, str(invitation.invitation_code), email)
    clinician = invite(admin, "clinician")
    return Clinic(app, http, clinic_id, admin, clinician, register(clinician))


def invite(admin: Person, role: str) -> Person:
    """A new member who has accepted."""
    email = new_email()
    made = ok(admin.post("/v1/members", {"email": email, "name": f"Dr {role}", "role": role}))
    return accept(admin.http, made["invitation"]["invitation_code"], email)


def register(by: Person, *, consents: bool = True, **particulars: Any) -> Person:
    """A new patient who has accepted and, unless told otherwise, consented."""
    email = new_email()
    made = ok(by.post("/v1/patients", patient_body(email=email, **particulars)))
    patient = accept(by.http, made["invitation"]["invitation_code"], email)
    if consents:
        ok(patient.post("/v1/me/consents", {"version": 1, "granted": True}))
    return patient


def accept(http: TestClient, code: str, email: str) -> Person:
    """Redeem an invitation."""
    pair = ok(http.post("/v1/auth/invitations/accept", json={"code": code, "password": PASSWORD}))
    return signed_in(http, pair, email)


def signed_in(http: TestClient, pair: Body, email: str) -> Person:
    """A person from a pair of tokens."""
    me = ok(http.get("/v1/me", headers={"Authorization": f"Bearer {pair['access_token']}"}))
    return Person(http, pair["access_token"], pair["refresh_token"], email, me["patient_id"] or me["member_id"])


def ok(response: Response) -> Any:
    """The body of an answer that must be a success; None if it has none."""
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json() if response.content else None


def problem(response: Response, status: int, name: str) -> Body:
    """The problem document of an answer that must be just that problem."""
    assert response.status_code == status, f"{response.status_code} {response.text}"
    assert response.headers["content-type"] == "application/problem+json"
    body: Body = response.json()
    assert body["type"] == f"/problems/{name}"
    assert body["status"] == status
    return body


def new_email() -> str:
    """An address that nobody has."""
    return f"person{next(_numbers)}.{uuid4().hex[:8]}@example.org"


def new_id() -> str:
    """An id as a phone makes it."""
    return str(uuid4())


def patient_body(**changes: Any) -> Body:
    """A patient to register."""
    return {"name": "Ana Duarte", "time_zone": "Europe/Berlin", "enrolled_on": "2026-01-01", **changes}


def entry_body(**changes: Any) -> Body:
    """A small entry: pain 6 on 29 March 2026."""
    return {
        "id": new_id(),
        "recorded_at": "2026-03-29T21:40:00+02:00",
        "time_zone": "Europe/Berlin",
        "ratings": [{"symptom": "pain", "severity": 6}],
        **changes,
    }


def lesion_body(**changes: Any) -> Body:
    """A nodule to follow."""
    return {
        "id": new_id(),
        "site": "chest_wall",
        "side": "left",
        "kind": "nodule",
        "label": "Lump below the scar",
        "first_noticed_on": "2026-01-02",
        **changes,
    }


def medication_body(**changes: Any) -> Body:
    """A medicine taken twice a day."""
    return {"id": new_id(), "name": "Capecitabine", "times": ["08:00", "20:00"], "starts_on": "2026-01-01", **changes}


def visit_body(**changes: Any) -> Body:
    """A visit that is planned."""
    return {"planned_for": "2026-04-14", "status": "planned", **changes}


def photo_fields(**changes: Any) -> Body:
    """What is said of a photo taken on 29 March 2026."""
    return {"id": new_id(), "taken_at": "2026-03-29T21:38:12+02:00", "time_zone": "Europe/Berlin", **changes}


def photo_form(content: bytes, *, file_name: str = "IMG_0001.jpg", **changes: Any) -> Body:
    """A photo to add, as the arguments of a request."""
    return {"data": photo_fields(**changes), "files": {"file": (file_name, content, "image/jpeg")}}


TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


def tus_metadata(fields: Body) -> str:
    """What is said of a photo, as tus clients say it."""
    return ",".join(f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in fields.items())


def new_upload(length: int, **changes: Any) -> dict[str, str]:
    """Headers that begin an upload."""
    return {**TUS, "Upload-Length": str(length), "Upload-Metadata": tus_metadata(photo_fields(**changes))}


def _json(body: Any) -> Body:
    return {} if body is None else {"json": body}


def _if_match(base: int | str | None) -> dict[str, str]:
    return {} if base is None else {"If-Match": f'"{base}"' if isinstance(base, int) else base}
