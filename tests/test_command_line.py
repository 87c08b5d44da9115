"""The command line: what an operator sees, and one clear sentence where it refuses."""

import json
from pathlib import Path

import pytest

import main
from infra.settings import Settings, UnsafeSettings


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Path:
    """An installation with a migrated database, as the environment describes it."""
    monkeypatch.setenv("DERMATREND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DERMATREND_DATABASE_URL", database_url)
    return tmp_path / "data"


@pytest.mark.usefixtures("installed")
def test_a_clinic_is_founded_with_a_code_to_hand_over(capsys: pytest.CaptureFixture[str]) -> None:
    status = main.run(["create-clinic", "Skin clinic", "--admin-email", "Admin@Clinic.example"])

    printed = json.loads(capsys.readouterr().out)
    assert status == 0
    assert set(printed) == {"clinic_id", "invitation_code", "invitation_url"}
    assert printed["invitation_url"].endswith(f"/invitation#{printed['invitation_code']}")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "email", "sentence"),
    [
        ("", "admin@clinic.example", "name must have at least 1 characters"),
        ("x" * 201, "admin@clinic.example", "name must have at most 200 characters"),
        ("Clinic", "nobody-private", "admin_email does not have the form that is described"),
    ],
)
def test_a_clinic_that_cannot_be_is_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], name: str, email: str, sentence: str
) -> None:
    status = main.run(["create-clinic", name, "--admin-email", email])

    assert (status, capsys.readouterr().err) == (2, f"{sentence}\n")


@pytest.mark.usefixtures("installed")
def test_a_sweep_leaves_alone_what_may_be_needed_in_a_moment(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.run(["sweep", "--older-than-minutes", "29"])
    refusal = capsys.readouterr().err
    status = main.run(["sweep", "--older-than-minutes", "30"])

    assert "may belong to a photo that is being stored: at least 30" in refusal
    assert (status, json.loads(capsys.readouterr().out)) == (0, {"blobs": 0, "uploads": 0, "parts": 0})


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://localhost/x", "DERMATREND_DATABASE_URL must begin with postgresql:// (or sqlite:///)."),
        ("nonsense", "DERMATREND_DATABASE_URL must begin with postgresql:// (or sqlite:///)."),
        ("postgresql://nobody@127.0.0.1:9/x", "The database cannot be used: ConnectionTimeout."),
        ("sqlite:////proc/nowhere/x.sqlite3", "The data directory cannot be used: "),
    ],
)
def test_a_database_that_cannot_be_used_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, url: str, sentence: str
) -> None:
    monkeypatch.setenv("DERMATREND_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DERMATREND_DATABASE_URL", url)

    status = main.run(["migrate"])

    said = capsys.readouterr().err
    assert status != 0
    assert said.count("\n") == 1
    assert said.startswith(sentence.partition(":")[0])


def test_the_openapi_document_is_printed_anywhere_and_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DERMATREND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DERMATREND_ENVIRONMENT", "production")

    status = main.run(["openapi"])

    assert (status, json.loads(capsys.readouterr().out)["openapi"]) == (0, "3.1.0")
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("installed")
def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DERMATREND_PUBLIK_URL", "https://secret.example")

    status = main.run(["migrate"])

    assert (status, capsys.readouterr().err) == (0, "DERMATREND_PUBLIK_URL is not a setting and has no effect.\n")


def test_a_secret_that_is_too_short_is_refused_and_one_that_others_could_read_is_closed(tmp_path: Path) -> None:
    kept = tmp_path / "secret.key"
    kept.write_text("")
    with pytest.raises(UnsafeSettings, match="at least 32 characters"):
        Settings(data_dir=tmp_path).secret()

    kept.write_text("x" * 32)
    kept.chmod(0o644)

    assert Settings(data_dir=tmp_path).secret() == b"x" * 32
    assert kept.stat().st_mode & 0o777 == 0o600


def test_the_database_file_is_the_owners_alone(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DERMATREND_DATABASE_URL")
    installed.mkdir(mode=0o755)

    assert main.run(["migrate"]) == 0

    assert (installed / "dermatrend.sqlite3").stat().st_mode & 0o777 == 0o600
