"""The examples of the OpenAPI document work: they are valid, they show every field, and a server takes them."""

from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import jsonschema_rs
from httpx2 import Response

from tests.clients.openapi import bodies, nodes, schemas
from tests.factories import PASSWORD, Body, Clinic, Person, new_email, ok, patient_body, visit_body
from tests.pictures import photo

UNUSED = {"scope", "client_id", "client_secret"}
"""What OAuth clients send and nobody reads."""


def test_every_example_is_valid(document: Body) -> None:
    examples = [(pointer, value) for pointer, node in nodes(document) for value in node.get("examples", ())]

    assert len(examples) > 20
    for pointer, value in examples:
        schema = {**document, "$ref": f"#{quote(pointer, safe='/~')}"}
        validator = jsonschema_rs.validator_for(schema, validate_formats=True)
        assert [error.message for error in validator.iter_errors(value)] == [], pointer


def test_the_examples_of_a_request_show_every_field(document: Body) -> None:
    shapes = {name: schemas(document)[name] for name in bodies(document).values()}

    assert {"EntryCreate", "PatientCreate"} <= shapes.keys()
    for name, schema in shapes.items():
        shown = {field for example in schema.get("examples", ()) for field in example}
        assert schema["properties"].keys() - shown - UNUSED == set(), name


def test_a_server_takes_every_example_of_a_request(document: Body, clinic: Clinic) -> None:
    send = senders(clinic)

    assert bodies(document).keys() == send.keys()
    for operation, how in send.items():
        for example in schemas(document)[bodies(document)[operation]]["examples"]:
            answer = how(example)
            assert answer.is_success, f"{operation}: {answer.text}"


def senders(clinic: Clinic) -> dict[str, Callable[[Body], Response]]:
    """For each operation with a body how to send it, in an order in which each finds what it refers to."""
    admin, clinician, patient = clinic.admin, clinic.clinician, clinic.add_patient()
    mine = f"/v1/patients/{patient.id}"
    return {
        "accept_invitation": partial(accept, clinic),
        "issue_token": partial(sign_in, patient),
        "invite_member": lambda body: admin.post("/v1/members", body),
        "change_member": lambda body: change(admin, f"/v1/members/{clinic.add_admin().id}", body, method="PATCH"),
        "register_patient": lambda body: clinician.post("/v1/patients", body),
        "change_patient": lambda body: change(clinician, mine, body, method="PATCH"),
        "give_consent": lambda body: patient.post("/v1/me/consents", body),
        "add_lesion": lambda body: clinician.post(f"{mine}/lesions", body),
        "change_lesion": lambda body: change(clinician, f"{mine}/lesions/{body['id']}", body),
        "add_medication": lambda body: patient.post(f"{mine}/medications", body),
        "change_medication": lambda body: change(patient, f"{mine}/medications/{body['id']}", body),
        "plan_visit": lambda body: clinician.post(f"{mine}/visits", body),
        "change_visit": lambda body: change(clinician, f"{mine}/visits/{planned(clinician, mine)}", body),
        "record_entry": lambda body: patient.post(f"{mine}/entries", body),
        "correct_entry": lambda body: change(patient, f"{mine}/entries/{body['id']}", {**body, "note": "Changed."}),
        "record_entries": lambda body: all_stored(patient.post(f"{mine}/entries/batch", body)),
        "push_changes": lambda body: all_pushed(patient.post(f"{mine}/changes", body)),
        "add_photo": lambda body: patient.post(
            f"{mine}/photos",
            data={name: body[name] for name in body.keys() - {"sha256", "file"}},
            files={"file": ("a.jpg", photo())},
        ),
        "change_password": lambda body: patient.post("/v1/me/password", {**body, "current_password": PASSWORD}),
    }


def change(person: Person, path: str, body: Body, *, method: str = "PUT") -> Response:
    """Change something as it is now."""
    version = ok(person.get(path))["version"]
    return person.request(method, path, headers={"If-Match": f'"{version}"'}, json=body)


def planned(clinician: Person, patient: str) -> str:
    """The id of a visit to change."""
    return str(ok(clinician.post(f"{patient}/visits", visit_body()))["id"])


def accept(clinic: Clinic, body: Body) -> Response:
    """Redeem a real code instead of the one of the example."""
    made = ok(clinic.clinician.post("/v1/patients", patient_body()))
    real = {"code": made["invitation"]["invitation_code"], "email": new_email()}
    return clinic.http.post("/v1/auth/invitations/accept", json=body | real)


def sign_in(patient: Person, form: Body) -> Response:
    """Sign in with real credentials instead of those of the example."""
    real = {"username": patient.email, "password": PASSWORD, "refresh_token": patient.refresh_token}
    return patient.http.post("/v1/auth/token", data=form | {name: real[name] for name in real.keys() & form.keys()})


def all_pushed(answer: Response) -> Response:
    """The answer to a push of which nothing was rejected."""
    assert {result["result"] for result in ok(answer)["results"]} <= {"applied", "replayed"}, answer.text
    return answer


def all_stored(answer: Response) -> Response:
    """The answer to a batch of which nothing was rejected."""
    assert {result["result"] for result in ok(answer)["results"]} == {"created"}, answer.text
    return answer
