"""What travels between a worker and the process that records for it arrives as it was sent."""

import inspect
import pickle
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain import errors
from domain.body_sites import Side, Site
from domain.errors import DermatrendError, Fault
from domain.lesions import MeasurementMethod
from domain.permissions import Role
from domain.symptoms import Symptom
from infra.commit import serve
from infra.commit.groups import PAUSE_S, Record
from infra.commit.process import Posted
from infra.commit.wire import HungUp, Unpacking, Wire, packed
from infra.db import Database, Session
from models.diary import EntryCreate, EntryRead, IntakeRead
from services.access import Actor
from services.diary import PhoneClock, Receipt, Recorded, Submission

MOST_AT_ONCE = 8
body: Any = st.fixed_dictionaries  # of values of any types
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
INSTANTS = st.builds(
    lambda moment, minutes: f"{moment.isoformat()}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:00",
    st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2099, 1, 1)),  # noqa: DTZ001
    st.sampled_from(range(-11 * 60, 13 * 60, 60)),
)
TENTHS = st.integers(0, 5000).map(lambda tenths: tenths / 10)
UUIDS = st.uuids(version=4).map(str)
RATINGS = body(
    {"symptom": st.sampled_from([one.value for one in Symptom]), "severity": st.integers(0, 10)},
    optional={
        "interference": st.integers(0, 10),
        "site": st.sampled_from([one.value for one in Site]),
        "side": st.sampled_from([one.value for one in Side]),
    },
)
OBSERVATIONS = body(
    {
        "lesion_id": UUIDS,
        "state": st.just("measured"),
        "length_mm": TENTHS,
        "method": st.sampled_from([one.value for one in MeasurementMethod]),
    },
    optional={"width_mm": TENTHS, "ulcerated": st.booleans(), "bleeding": st.booleans(), "photo_id": UUIDS},
)
INTAKES = body({"medication_id": UUIDS, "taken": st.booleans()}, optional={"taken_at": INSTANTS})
LIFESTYLES = body(
    {"cigarettes": st.integers(0, 200)}, optional={"alcohol_units": st.floats(0, 100), "balanced_meals": st.just(2)}
)
DRAFTS: st.SearchStrategy[EntryCreate] = body(
    {
        "recorded_at": INSTANTS,
        "time_zone": st.sampled_from(["Europe/Berlin", "Pacific/Kiritimati", "Nowhere/Land"]),
        "lifestyle": LIFESTYLES,
    },
    optional={
        "id": UUIDS,
        "note": TEXTS,
        "ratings": st.lists(
            RATINGS, max_size=8, unique_by=lambda one: (one["symptom"], one.get("site"), one.get("side"))
        ),
        "lesion_observations": st.lists(OBSERVATIONS, max_size=3),
        "intakes": st.lists(INTAKES, max_size=3),
    },
).map(EntryCreate.model_validate)
CLOCKS = st.builds(PhoneClock, skew=st.none() | st.timedeltas(timedelta(-99), timedelta(99)), unreadable=st.booleans())


def actor() -> Actor:
    return Actor(uuid4(), uuid4(), Role.PATIENT, uuid4(), datetime.now(UTC), 1, patient_id=uuid4())


@given(DRAFTS, CLOCKS)
def test_a_submission_arrives_as_it_was_sent(draft: EntryCreate, clock: PhoneClock) -> None:
    somebody = actor()
    sent = Submission(somebody, somebody.patient_id or UUID(int=0), draft, clock)

    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301

    assert arrived == sent
    assert arrived.draft.recorded_at.utcoffset() == draft.recorded_at.utcoffset()


@given(st.lists(st.lists(st.integers()), max_size=5), st.lists(st.integers(1, 9), min_size=1))
@settings(max_examples=50)
def test_messages_arrive_however_the_bytes_are_cut(messages: list[list[int]], pieces: list[int]) -> None:
    stream, unpacking = b"".join(map(packed, messages)), Unpacking()
    arrived: list[object] = []

    number = 0
    while stream:
        size = pieces[number % len(pieces)]
        arrived += unpacking.messages(stream[:size])
        stream = stream[size:]
        number += 1

    assert arrived == messages


@pytest.mark.parametrize(
    "kind",
    [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, DermatrendError)],
    ids=lambda kind: kind.__name__,
)
def test_an_error_arrives_as_it_was_sent(kind: type[DermatrendError]) -> None:
    needed = [one for one in inspect.signature(kind).parameters.values() if one.default is one.empty]
    make: Callable[..., DermatrendError] = kind
    sent = make(*(7 for _ in needed))
    vars(sent).update(detail="So it is.", faults=(Fault("/note", "is too long"),))

    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301

    assert (type(arrived), arrived.args, vars(arrived)) == (kind, sent.args, vars(sent))


def test_who_waits_for_a_lock_is_tried_again_after_a_pause_however_many_they_are(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}", connections=1, timeout_s=1)
    tried: list[int] = []

    def record(_session: Session, items: Sequence[int]) -> list[None]:
        tried.append(len(items))
        return [None] * len(items)

    ours, theirs = socket.socketpair()
    serving = Thread(target=_serve, args=(Wire(theirs), database, record))
    serving.start()
    posted = [Posted(number, time.monotonic() + 60, {}, pickle.dumps(number)) for number in range(MOST_AT_ONCE + 1)]
    ours.sendall(packed(posted))
    time.sleep(100 * PAUSE_S)
    ours.close()
    serving.join(10)
    theirs.close()
    database.dispose()

    assert 2 < len(tried) < 300
    assert set(tried) <= {1, MOST_AT_ONCE}


def _serve(wire: Wire, database: Database, record: Record[int, None]) -> None:
    with suppress(HungUp):
        serve(wire, database, record, most_at_once=MOST_AT_ONCE)


def test_a_receipt_is_the_entry_as_every_other_operation_answers_it() -> None:
    entry = EntryRead(
        id=uuid4(),
        patient_id=uuid4(),
        version=3,
        revision=9,
        recorded_at=datetime.fromisoformat("2026-03-29T21:40:00+02:00"),
        time_zone="Europe/Berlin",
        day=date(2026, 3, 29),
        ratings=[],
        lesion_observations=[],
        intakes=[IntakeRead(medication_id=uuid4(), taken=True, taken_at=datetime.now(UTC))],
        lifestyle=None,
        note="Dressing stuck.",
        counted_day=date(2026, 3, 29),
        received_at=datetime.now(UTC),
        late=False,
        flags=["zone_unknown"],
        recorded_by=uuid4(),
    )

    receipt = Receipt.of(Recorded(entry, created=True))

    assert receipt == (TypeAdapter(EntryRead).dump_json(entry, by_alias=True), 3, True)
