"""The people of a clinic: invited once, changed with care, removed at once."""

from tests.factories import Clinic, accept, new_email, ok, problem, signed_in


def test_an_invitation_sent_twice_makes_one_member(clinic: Clinic) -> None:
    body = {"email": new_email(), "name": "Dr. Li Wang", "role": "clinician"}

    answers = [clinic.admin.post("/v1/members", body, headers={"Idempotency-Key": "li"}) for _ in range(2)]
    without_key = clinic.admin.post("/v1/members", body)

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[1].json()["invitation"]["invitation_code"] is None
    problem(without_key, 409, "email-taken")


def test_a_member_is_invited_until_the_code_is_redeemed(clinic: Clinic) -> None:
    email = new_email()
    made = ok(clinic.admin.post("/v1/members", {"email": email, "name": "Dr. Li Wang", "role": "clinician"}))
    assert made["status"] == "invited"

    accept(clinic.http, made["invitation"]["invitation_code"], email)

    assert ok(clinic.admin.get(f"/v1/members/{made['id']}"))["status"] == "active"


def test_a_removed_member_is_out_at_once_and_the_address_is_free_again(clinic: Clinic) -> None:
    clinician = clinic.add_clinician()
    path = f"/v1/members/{clinician.id}"
    ok(clinic.admin.put(f"/v1/patients/{clinic.patient.id}/care-team/{clinician.id}"))
    code = ok(clinic.admin.post(f"{path}/invitation"))["invitation_code"]

    removed = [clinic.admin.delete(path), clinic.admin.delete(path)]

    assert [answer.status_code for answer in removed] == [204, 204]
    problem(clinician.get("/v1/me"), 401, "not-signed-in")
    problem(clinic.admin.get(path), 404, "not-found")
    refused = clinic.http.post("/v1/auth/invitations/accept", json={"code": code, "password": "long enough"})
    problem(refused, 400, "invalid-code")
    team = ok(clinic.admin.get(f"/v1/patients/{clinic.patient.id}/care-team"))["items"]
    assert [place["member_id"] for place in team] == [clinic.clinician.id]
    again = {"email": clinician.email, "name": "Dr. Again", "role": "clinician"}
    accept(clinic.http, ok(clinic.admin.post("/v1/members", again))["invitation"]["invitation_code"], clinician.email)


def test_a_clinic_always_keeps_an_administrator(clinic: Clinic) -> None:
    path = f"/v1/members/{clinic.admin.id}"

    problem(clinic.admin.delete(path), 409, "last-admin")
    problem(clinic.admin.patch(path, {"role": "clinician"}, base=1), 409, "last-admin")

    other = clinic.add_admin()
    assert other.delete(path).status_code == 204


def test_another_role_ends_the_sessions_of_the_old_one(clinic: Clinic) -> None:
    clinician = clinic.add_clinician()

    changed = clinic.admin.patch(f"/v1/members/{clinician.id}", {"role": "admin"}, base=1)

    assert (changed.json()["role"], changed.json()["version"]) == ("admin", 2)
    problem(clinician.get("/v1/me"), 401, "not-signed-in")
    form = {"grant_type": "password", "username": clinician.email, "password": "correct horse battery"}
    anew = signed_in(clinic.http, ok(clinic.http.post("/v1/auth/token", data=form)), clinician.email)
    assert anew.get("/v1/members").status_code == 200


def test_a_name_is_changed_with_care(clinic: Clinic) -> None:
    path = f"/v1/members/{clinic.clinician.id}"

    first = clinic.admin.patch(path, {"name": "Dr. New"}, base=1)
    retried = clinic.admin.patch(path, {"name": "Dr. New"}, base=1)

    assert (first.json()["name"], first.json()["version"]) == ("Dr. New", 2)
    assert retried.json() == first.json()
    problem(clinic.admin.patch(path, {"name": "Dr. Newer"}, base=1), 412, "version-conflict")
    problem(clinic.admin.patch(path, {"name": "Dr. Newer"}), 428, "if-match-required")


def test_members_are_listed_in_the_order_in_which_they_were_invited(clinic: Clinic) -> None:
    newcomer = clinic.add_clinician()

    page = ok(clinic.admin.get("/v1/members?limit=2"))
    rest = ok(clinic.admin.get(f"/v1/members?limit=2&cursor={page['next_cursor']}"))

    listed = [member["id"] for member in page["items"] + rest["items"]]
    assert sorted(listed) == sorted([clinic.admin.id, clinic.clinician.id, newcomer.id])
    assert rest["next_cursor"] is None


def test_an_administrator_who_was_only_invited_does_not_count(clinic: Clinic) -> None:
    ok(clinic.admin.post("/v1/members", {"email": new_email(), "name": "Not yet", "role": "admin"}))

    problem(clinic.admin.delete(f"/v1/members/{clinic.admin.id}"), 409, "last-admin")
