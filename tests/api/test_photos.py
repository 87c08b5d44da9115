"""Photos: taken in once, clean, shown to those who may see them, and gone when they are deleted."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

from tests import pictures
from tests.factories import (
    Body,
    Clinic,
    Person,
    entry_body,
    found_clinic,
    lesion_body,
    new_id,
    ok,
    photo_fields,
    photo_form,
    problem,
)
from tests.pictures import encoded, opened, photo, quarters, skin
from tests.recorder import recorded

PHOTOS = "/v1/patients/{me}/photos"


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in; every answer is held against the OpenAPI document."""
    client, recorder = recorded(app)
    yield client
    recorder.check()


@pytest.fixture
def patient(clinic: Clinic) -> Person:
    return clinic.patient


def add(person: Person, content: bytes, **changes: Any) -> Body:
    """A photo that is stored."""
    made: Body = ok(person.post(PHOTOS, **photo_form(content, **changes)))
    return made


def content(person: Person, photo_id: str, size: str = "full", **rest: Any) -> Response:
    """A photo's picture."""
    return person.get(f"{PHOTOS}/{photo_id}/content", params={"size": size}, **rest)


def blobs(clinic: Clinic, patient: Person) -> list[Path]:
    """All that is kept of a patient's pictures."""
    directory = clinic.app.state.settings.blob_dir() / "patients" / patient.id
    return sorted(directory.iterdir()) if directory.exists() else []


# Taking in


def test_a_photo_is_answered_with_what_is_kept_of_it(patient: Person) -> None:
    form = photo_form(photo(), lesion_id="", entry_id=new_id())

    answer = patient.post(PHOTOS, **form)

    made = ok(answer)
    stored = content(patient, made["id"]).content
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert made | {"revision": None, "patient_id": None, "created_at": None, "sha256": None} == {
        **form["data"],
        "patient_id": None,
        "revision": None,
        "created_at": None,
        "sha256": None,
        "version": 1,
        "day": "2026-03-29",
        "lesion_id": None,
        "status": "ready",
        "width_px": 640,
        "height_px": 800,
        "bytes": len(stored),
        "stored_sha256": hashlib.sha256(stored).hexdigest(),
        "quality": {"usable": True, "findings": []},
    }
    assert made["sha256"] == hashlib.sha256(photo()).hexdigest()
    assert ok(patient.get(f"{PHOTOS}/{made['id']}")) == made
    assert ok(patient.get(PHOTOS))["items"] == [made]


def test_the_same_photo_sent_twice_is_stored_once(clinic: Clinic, patient: Person) -> None:
    form = photo_form(photo())

    first, second = patient.post(PHOTOS, **form), patient.post(PHOTOS, **form)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len(blobs(clinic, patient)) == 3


def test_the_same_picture_under_another_id_is_kept_once_until_both_are_deleted(clinic: Clinic, patient: Person) -> None:
    one, other = add(patient, photo()), add(patient, photo())
    kept = blobs(clinic, patient)

    ok(patient.delete(f"{PHOTOS}/{one['id']}"))
    between = content(patient, other["id"])
    ok(patient.delete(f"{PHOTOS}/{other['id']}"))

    assert len(kept) == 3
    assert one["stored_sha256"] == other["stored_sha256"]
    assert hashlib.sha256(between.content).hexdigest() == other["stored_sha256"]
    assert blobs(clinic, patient) == []


def test_an_id_stands_for_one_photo_for_ever(patient: Person) -> None:
    made = add(patient, photo())
    other_picture = photo_form(photo(seed=2), id=made["id"])
    other_time = photo_form(photo(), id=made["id"], taken_at="2026-03-29T21:38:13+02:00")
    same_instant = photo_form(photo(), id=made["id"], taken_at="2026-03-29T19:38:12Z")

    problem(patient.post(PHOTOS, **other_picture), 409, "id-reused")
    problem(patient.post(PHOTOS, **other_time), 409, "id-reused")
    assert patient.post(PHOTOS, **same_instant).status_code == 200

    ok(patient.delete(f"{PHOTOS}/{made['id']}"))
    problem(patient.post(PHOTOS, **same_instant), 409, "deleted")


def test_another_patient_may_use_the_same_id_and_the_same_picture(clinic: Clinic, patient: Person) -> None:
    other = clinic.add_patient()
    form = photo_form(photo())

    answers = [person.post(PHOTOS, **form) for person in (patient, other)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(blobs(clinic, other)) == 3


def test_a_photo_that_was_damaged_on_its_way_is_refused(clinic: Clinic, patient: Person) -> None:
    right = hashlib.sha256(photo()).hexdigest()

    wrong = patient.post(PHOTOS, **photo_form(photo(seed=2), sha256=right))
    stored = patient.post(PHOTOS, **photo_form(photo(), sha256=right.upper()))

    body = problem(wrong, 422, "digest-mismatch")
    assert body["errors"][0]["pointer"] == "/sha256"
    assert stored.status_code == 201
    assert len(blobs(clinic, patient)) == 3


def test_without_consent_no_photo_is_taken_in_and_old_ones_can_be_seen_and_deleted(
    clinic: Clinic, patient: Person
) -> None:
    made = add(patient, photo())
    ok(patient.post("/v1/me/consents", {"version": 1, "granted": False}))

    problem(patient.post(PHOTOS, **photo_form(photo(seed=2))), 403, "consent-required")
    assert content(patient, made["id"]).status_code == 200
    assert patient.delete(f"{PHOTOS}/{made['id']}").status_code == 204
    assert blobs(clinic, patient) == []


def test_a_photo_of_an_unknown_lesion_is_refused_and_of_an_unknown_entry_is_not(patient: Person) -> None:
    unknown = patient.post(PHOTOS, **photo_form(photo(), lesion_id=new_id()))
    soft = patient.post(PHOTOS, **photo_form(photo(), entry_id=new_id()))

    body = problem(unknown, 422, "unknown-reference")
    assert body["errors"][0]["pointer"] == "/lesion_id"
    assert soft.status_code == 201


def test_every_photo_and_every_deletion_takes_a_revision(clinic: Clinic, patient: Person) -> None:
    def revision() -> int:
        found: int = ok(clinic.clinician.get(f"/v1/patients/{patient.id}"))["revision"]
        return found

    before = revision()
    made = add(patient, photo())
    problem(patient.delete(f"{PHOTOS}/{made['id']}", base=2), 412, "version-conflict")
    ok(patient.delete(f"{PHOTOS}/{made['id']}", base=1))
    ok(patient.delete(f"{PHOTOS}/{made['id']}"))

    assert made["revision"] == before + 1
    assert revision() == before + 2
    problem(patient.get(f"{PHOTOS}/{made['id']}"), 404, "not-found")
    problem(content(patient, made["id"]), 404, "not-found")
    problem(patient.delete(f"{PHOTOS}/{new_id()}"), 404, "not-found")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": "nonsense"}, "/id"),
        ({"id": "00000000-0000-1000-8000-000000000000"}, "/id"),
        ({"taken_at": "2026-03-29T21:38:12"}, "/taken_at"),
        ({"taken_at": "1774812000"}, "/taken_at"),
        ({"time_zone": ""}, "/time_zone"),
        ({"sha256": "abc"}, "/sha256"),
        ({"lesion_id": "left"}, "/lesion_id"),
        ({"colour": "red"}, "/colour"),
        ({"file": "text"}, "/file"),
    ],
)
def test_a_form_that_is_not_right_is_told_where(patient: Person, changes: Body, pointer: str) -> None:
    form = photo_form(photo())
    form["data"] |= changes
    if "file" in changes:
        form = {"data": form["data"] | {"id": new_id()}, "headers": {}} | {"files": {"x": ("", b"")}}

    answer = patient.post(PHOTOS, **form)

    assert pointer in {error["pointer"] for error in problem(answer, 422, "invalid-request")["errors"]}


def test_a_body_that_is_too_large_or_no_form_is_refused_before_it_is_read(
    make_app: Callable[..., FastAPI], shared_database_url: str
) -> None:
    app = make_app(shared_database_url, photo_bytes=100_000)
    small = found_clinic(app, TestClient(app)).patient

    large = small.post(PHOTOS, **photo_form(photo(width=1200, height=1600)))
    slightly = small.post(PHOTOS, **photo_form(photo() + b"\x00" * 20_000))
    no_form = small.request("POST", PHOTOS, content=photo(), headers={"Content-Type": "image/jpeg"})

    problem(large, 413, "body-too-large")
    problem(slightly, 413, "body-too-large")
    problem(no_form, 415, "unsupported-media-type")


# Clean


def test_every_kind_of_picture_is_told_by_its_content_and_never_by_its_name(patient: Person) -> None:
    for form, file_name in {"JPEG": "../../etc/passwd\x00.exe", "PNG": "a.gif", "WEBP": "a", "HEIF": "a.pdf"}.items():
        made = add(patient, encoded(quarters(), form), file_name=file_name)

        stored = content(patient, made["id"])
        picture = opened(stored.content)
        assert stored.headers["content-type"] == "image/jpeg"
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (80, 60)), form
        assert looks_like(picture, quarters()), form


def test_every_orientation_is_kept_upright(patient: Person) -> None:
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    for orientation, turn in turned.items():
        as_held = quarters() if turn is None else quarters().transpose(turn)
        exif = Image.Exif()
        exif[0x0112] = orientation

        for sent in (encoded(as_held, exif=exif), heic(as_held, exif)):
            made = add(patient, sent)

            assert (made["width_px"], made["height_px"]) == (80, 60), orientation
            for size in ("full", "display", "thumb"):
                assert looks_like(opened(content(patient, made["id"], size).content), quarters()), orientation


def heic(picture: Image.Image, exif: Image.Exif) -> bytes:
    """A HEIC as phones write it: how it was held is told twice, to be heeded once."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture).save(buffer, quality=95, exif=exif.tobytes())
    content = buffer.getvalue()
    assert (b"irot" in content or b"imir" in content) == (exif[0x0112] != 1)
    return content


def test_nothing_hidden_is_kept(clinic: Clinic, patient: Person) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x9286] = "SecretMaker", "SecretModel", "SecretComment"
    exif.get_ifd(0x8769)[0xA431] = "SecretSerial"
    exif.get_ifd(0x8825).update({1: "N", 2: (IFDRational(52), IFDRational(31), IFDRational(12)), 29: "SecretDay"})
    exif.get_ifd(0x014A)
    sent = (
        encoded(skin(), exif=exif, comment=b"SecretWords", xmp=b"<x:xmpmeta>SecretXmp</x:xmpmeta>", dpi=(300, 300))
        + b"<script>SecretScript()</script>"
    )
    assert sent.count(b"Secret") >= 7

    made = add(patient, sent)

    for blob in blobs(clinic, patient):
        stored = blob.read_bytes()
        picture = opened(stored)
        assert b"Secret" not in stored
        assert not picture.getexif()
        assert {"exif", "xmp", "comment", "icc_profile", "photoshop"} & picture.info.keys() == set()
        assert stored.endswith(b"\xff\xd9")
        assert segments(stored) == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
    assert made["quality"]["usable"]


def test_colours_are_kept_as_they_were_seen(patient: Person) -> None:
    sent = encoded(quarters(), icc_profile=pictures.swapped_profile(), quality=98)
    source = ImageCms.ImageCmsProfile(io.BytesIO(pictures.swapped_profile()))
    seen = ImageCms.profileToProfile(quarters(), source, ImageCms.createProfile("sRGB"), outputMode="RGB")

    made = add(patient, sent)

    stored = opened(content(patient, made["id"]).content)
    assert seen is not None
    assert looks_like(stored, seen)
    assert not looks_like(stored, quarters())


def test_every_kind_of_pixel_becomes_colour(patient: Person) -> None:
    grey = quarters().convert("L")
    deep = grey.convert("I").point(lambda value: value * 257).convert("I;16")
    sent = {
        "grey": (encoded(grey, "PNG"), grey, 24),
        "sixteen bits of grey": (encoded(deep, "PNG"), grey, 24),
        "black and white": (encoded(quarters().convert("1"), "PNG"), quarters().convert("1"), 24),
        "a palette": (encoded(quarters().convert("P"), "PNG"), quarters(), 40),
        "transparency": (encoded(quarters().convert("RGBA"), "PNG"), quarters(), 24),
        "printing inks": (encoded(quarters().convert("CMYK")), quarters(), 24),
    }
    for what, (file, expected, within) in sent.items():
        made = add(patient, file)

        stored = opened(content(patient, made["id"]).content)
        assert stored.mode == "RGB", what
        assert looks_like(stored, expected.convert("RGB"), within=within), what


REFUSED: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "nothing": (lambda: b"", 422, "unreadable-picture"),
    "a JPEG cut short": (lambda: photo()[:50_000], 422, "unreadable-picture"),
    "a PNG cut short": (lambda: encoded(quarters(), "PNG")[:-40], 422, "unreadable-picture"),
    "a HEIC cut short": (lambda: encoded(quarters(), "HEIF")[:-40], 422, "unreadable-picture"),
    "a damaged PNG": (lambda: encoded(quarters(), "PNG").replace(b"IDAT", b"IDAX"), 422, "unreadable-picture"),
    "the beginning of a JPEG": (lambda: b"\xff\xd8\xff\xe0", 422, "unreadable-picture"),
    "an SVG": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        415,
        "unknown-picture-kind",
    ),
    "a PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 415, "unknown-picture-kind"),
    "a PDF with a photo inside": (lambda: b"%PDF-1.7\n" + photo(), 415, "unknown-picture-kind"),
    "text": (lambda: b"just words", 415, "unknown-picture-kind"),
    "a TIFF": (lambda: encoded(quarters(), "TIFF"), 415, "unknown-picture-kind"),
    "a GIF that is a script too": (lambda: b"GIF89a/*" + b"\x00" * 40 + b"*/=1;alert(1)", 415, "unknown-picture-kind"),
    "a GIF of 10,000 frames": (lambda: _gif(10_000), 415, "unknown-picture-kind"),
    "an animated PNG": (lambda: _moving("PNG"), 422, "animated-picture"),
    "an animated WebP": (lambda: _moving("WEBP"), 422, "animated-picture"),
    "13,000 x 13,000 pixels": (pictures.png_bomb, 413, "too-many-pixels"),
}


def test_what_is_no_photo_is_told_what_to_do_and_leaves_nothing(clinic: Clinic, patient: Person) -> None:
    for what, (make, status, name) in REFUSED.items():
        answer = patient.post(PHOTOS, **photo_form(make()))

        body = answer.json()
        assert (what, answer.status_code, body["type"]) == (what, status, f"/problems/{name}")
        assert "Send" in body["detail"], what
    assert blobs(clinic, patient) == []
    assert ok(patient.get(PHOTOS))["items"] == []


def _gif(frames: int) -> bytes:
    picture = encoded(Image.new("P", (8, 8)), "GIF")
    header, frame = picture[: 13 + 3 * 2 ** ((picture[10] & 7) + 1)], picture[picture.index(b",") : -1]
    return header + frame * frames + b";"


def _moving(kind: str) -> bytes:
    return encoded(quarters(), kind, save_all=True, append_images=[quarters().rotate(180)], duration=100)


def segments(jpeg: bytes) -> set[int]:
    """Kinds of the segments of a JPEG file up to its pixels."""
    found, at = set(), 2
    while 0xDA not in found:
        assert jpeg[at] == 0xFF
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return found


def looks_like(one: Image.Image, other: Image.Image, *, within: int = 24) -> bool:
    """Whether two pictures have the same colours in the middle of their quarters."""
    places = [(x, y) for x in (0.25, 0.75) for y in (0.25, 0.75)]
    return all(
        abs(mine - theirs) <= within
        for x, y in places
        for mine, theirs in zip(
            one.getpixel((int(one.width * x), int(one.height * y))),  # type: ignore[arg-type]
            other.getpixel((int(other.width * x), int(other.height * y))),  # type: ignore[arg-type]
            strict=True,
        )
    )


# Served


def test_a_picture_comes_in_three_sizes(patient: Person) -> None:
    made = add(patient, photo(width=1500, height=2000))

    sizes = {size: opened(content(patient, made["id"], size).content).size for size in ("thumb", "display", "full")}
    default = patient.get(f"{PHOTOS}/{made['id']}/content")

    assert sizes == {"thumb": (192, 256), "display": (960, 1280), "full": (1500, 2000)}
    assert opened(default.content).size == (960, 1280)
    problem(content(patient, made["id"], "huge"), 422, "invalid-request")


def test_a_picture_is_private_and_can_do_nothing(patient: Person) -> None:
    made = add(patient, photo())

    headers = content(patient, made["id"]).headers

    assert headers["cache-control"].startswith("private")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["etag"] == f'"{made["stored_sha256"]}"'
    assert headers["content-length"] == str(made["bytes"])


def test_a_picture_that_the_caller_has_is_not_sent_again(clinic: Clinic, patient: Person) -> None:
    made = add(patient, photo())
    tag = content(patient, made["id"]).headers["etag"]

    same = content(patient, made["id"], headers={"If-None-Match": f'"other", W/{tag}'})
    stranger = content(clinic.add_patient(), made["id"], headers={"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    problem(stranger, 404, "not-found")


def test_head_says_what_get_would_send(patient: Person) -> None:
    made = add(patient, photo())
    got = content(patient, made["id"], "thumb")

    told = patient.request("HEAD", f"{PHOTOS}/{made['id']}/content", params={"size": "thumb"})
    wrong = patient.request("PUT", f"{PHOTOS}/{made['id']}/content")

    assert told.content == b""
    assert {name: told.headers[name] for name in ("etag", "content-length", "content-type", "accept-ranges")} == {
        name: got.headers[name] for name in ("etag", "content-length", "content-type", "accept-ranges")
    }
    assert problem(wrong, 405, "method-not-allowed")
    assert wrong.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=10-99999999", 10, None)],
)
def test_a_part_of_a_picture_can_be_fetched(patient: Person, asked: str, first: int, last: int | None) -> None:
    made = add(patient, photo())
    whole = content(patient, made["id"]).content

    part = content(patient, made["id"], headers={"Range": asked})

    expected = whole[first : None if last is None else last + 1]
    start = first % len(whole)
    assert part.status_code == 206
    assert part.content == expected
    assert part.headers["content-range"] == f"bytes {start}-{start + len(expected) - 1}/{len(whole)}"


def test_a_part_that_is_not_there_is_416_and_one_that_is_not_understood_is_the_whole(patient: Person) -> None:
    made = add(patient, photo())

    beyond = content(patient, made["id"], headers={"Range": f"bytes={made['bytes']}-"})
    unclear = [
        content(patient, made["id"], headers={"Range": asked}) for asked in ("bytes=5-1", "lines=1-2", "bytes=0-1,5-6")
    ]
    outdated = content(patient, made["id"], headers={"Range": "bytes=0-9", "If-Range": '"another"'})

    problem(beyond, 416, "range-not-satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{made['bytes']}"
    assert {answer.status_code for answer in [*unclear, outdated]} == {200}


def test_clinicians_of_the_care_team_see_photos_and_nobody_else(clinic: Clinic, patient: Person) -> None:
    made = add(patient, photo())
    path = f"/v1/patients/{patient.id}/photos/{made['id']}/content"

    assert clinic.clinician.get(path).status_code == 200
    problem(clinic.add_clinician().get(path), 404, "not-found")
    problem(clinic.add_patient().get(path), 404, "not-found")
    problem(clinic.admin.get(path), 403, "not-allowed")
    problem(clinic.http.get(path.replace("{me}", patient.id)), 401, "not-signed-in")


# Quality


def test_a_bad_picture_is_taken_in_with_advice(patient: Person) -> None:
    dark = skin().point(lambda value: value // 6)

    answer = patient.post(PHOTOS, **photo_form(encoded(dark)), headers={"Accept-Language": "de"})

    assert answer.status_code == 201
    quality = answer.json()["quality"]
    assert not quality["usable"]
    assert {"name": "too_dark", "advice": "Zu dunkel: zum Fenster drehen oder Licht anmachen."} in quality["findings"]
    english = ok(patient.get(f"{PHOTOS}/{answer.json()['id']}"))["quality"]["findings"]
    assert "Too dark: face a window or switch on a light." in {finding["advice"] for finding in english}


# Series


def test_a_lesions_photos_come_in_order_of_capture_with_what_was_measured(patient: Person) -> None:
    lesion = ok(patient.post("/v1/patients/{me}/lesions", lesion_body()))
    lengths = {"2026-02-01": 20.0, "2026-03-01": 8.0, "2026-03-20": 12.0}
    ids = {}
    for seed, day in enumerate(reversed(lengths)):
        made = add(patient, photo(seed=seed), lesion_id=lesion["id"], taken_at=f"{day}T10:00:00+01:00")
        ids[day] = made["id"]
    for day, length in lengths.items():
        seen = {"lesion_id": lesion["id"], "state": "measured", "length_mm": length, "method": "ruler"}
        # The middle one is named by its entry, which is written down days later.
        named = {"photo_id": ids[day]} if day == "2026-03-01" else {}
        at = "2026-03-04" if named else day
        ok(
            patient.post(
                "/v1/patients/{me}/entries",
                entry_body(recorded_at=f"{at}T21:00:00+01:00", ratings=[], lesion_observations=[seen | named]),
            )
        )

    series = ok(patient.get(f"/v1/patients/{{me}}/lesions/{lesion['id']}/photos"))["items"]
    first_page = ok(patient.get(f"/v1/patients/{{me}}/lesions/{lesion['id']}/photos", params={"limit": 2}))
    rest = ok(
        patient.get(
            f"/v1/patients/{{me}}/lesions/{lesion['id']}/photos",
            params={"limit": 2, "cursor": first_page["next_cursor"]},
        )
    )

    assert [item["id"] for item in series] == [ids[day] for day in lengths]
    assert [item["measurement"]["length_mm"] for item in series] == list(lengths.values())
    assert [item["flags"] for item in series] == [["baseline"], ["nadir"], ["latest"]]
    assert first_page["items"] + rest["items"] == series


def test_the_series_of_a_lesion_that_is_not_there_is_not_there(patient: Person) -> None:
    lesion = ok(patient.post("/v1/patients/{me}/lesions", lesion_body()))
    add(patient, photo(), lesion_id=lesion["id"])
    path = f"/v1/patients/{{me}}/lesions/{lesion['id']}/photos"

    (alone,) = ok(patient.get(path))["items"]
    ok(patient.delete(f"/v1/patients/{{me}}/lesions/{lesion['id']}"))

    assert (alone["measurement"], alone["flags"]) == (None, ["baseline", "latest"])
    problem(patient.get(path), 404, "not-found")
    problem(patient.get(f"/v1/patients/{{me}}/lesions/{new_id()}/photos"), 404, "not-found")


def test_fields_of_a_photo_may_come_as_null_would(patient: Person) -> None:
    fields = photo_fields(lesion_id="", entry_id="", sha256="")

    answer = patient.post(PHOTOS, data=fields, files={"file": ("x", photo())})

    made = ok(answer)
    assert (made["lesion_id"], made["entry_id"]) == (None, None)
