"""Somebody who sends whatever the OpenAPI document allows, and what it does not: schemathesis on a live server.

What it expects beyond the document is in `schemathesis.toml`.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.clients.conftest import LiveServer
from tests.factories import Person, accept, invite, new_upload, photo_fields, register, tus_metadata
from tests.support.server import ROOT

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
LONG = "DERMATREND_TEST_FUZZ_EXAMPLES"


@pytest.mark.parametrize("role", ["patient", "clinician"])
def test_whatever_is_sent_gets_an_answer_that_the_contract_knows(
    role: str, live_server: LiveServer, tmp_path: Path
) -> None:
    with httpx2.Client(base_url=live_server.url, timeout=30) as http:
        clinic = live_server.found_clinic()
        clinician = invite(
            accept(cast("TestClient", http), clinic["invitation_code"], clinic["admin_email"]), "clinician"
        )
        patient = register(clinician)
        done = fuzz(live_server.url, patient if role == "patient" else clinician, known_to_all(patient), tmp_path)

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr


def known_to_all(patient: Person) -> Mapping[str, str]:
    """What whoever sends knows: a patient, an upload of theirs, and how a photo is described."""
    begun = patient.post("/v1/patients/{me}/uploads", headers=new_upload(1_000_000))
    return {
        "FUZZ_PATIENT_ID": patient.id,
        "FUZZ_UPLOAD_ID": begun.headers["location"].rpartition("/")[2],
        "FUZZ_UPLOAD_METADATA": tus_metadata(photo_fields()),
    }


def fuzz(url: str, person: Person, known: Mapping[str, str], directory: Path) -> subprocess.CompletedProcess[str]:
    """Run schemathesis as somebody who knows some ids."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)]
    command += ["run", f"{url}/openapi.json", "--no-color"]
    command += ["--no-shrink", "--max-examples", os.environ.get(LONG, "5")]
    environment = {**os.environ, "FUZZ_TOKEN": person.token, **known, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=900
    )
