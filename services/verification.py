"""Whether an installation is whole: what the database should never allow is looked for all the same.

Everything is read in one moment of the database; nothing is changed, and nothing but ids is told.
"""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, Select, Table, and_, func, literal, or_, select, text, union_all
from sqlmodel import Session, SQLModel, col

from infra.db import Database
from infra.progress import Progress
from infra.storage import Storage
from models.patients import Patient
from models.versions import KINDS, PastVersion
from services import photos

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has found."""

    check: str
    checked: int
    wrong: int
    examples: list[str]

    @property
    def verdict(self) -> str:
        """In one word."""
        return "WRONG" if self.wrong else "ok"


def verify(database: Database, session: Session, storage: Storage, progress: Progress) -> Iterator[Finding]:
    """Check everything, one finding after the other."""
    database.take_time(session)
    checks = [_file] if database.is_sqlite else []
    checks += [_references, _revisions, _single_revisions, _version_chains]
    for number, check in enumerate(checks):
        progress("checks", number, len(checks))
        yield from check(session)
    progress("checks", len(checks), len(checks))
    yield _photo_files(session, storage, progress)


def _file(session: Session) -> Iterator[Finding]:
    found = [str(line) for line in session.scalars(text("PRAGMA integrity_check")) if line != "ok"]
    yield Finding("pages of the database file", 1, len(found), found[:_SHOWN])


def _references(session: Session) -> Iterator[Finding]:
    """Every foreign key, also where somebody has switched their checking off."""
    for table in SQLModel.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            parent = constraint.referred_table.alias()
            pairs = [(element.parent, parent.c[element.column.name]) for element in constraint.elements]
            lost = (
                select(*table.primary_key.columns)
                .select_from(table.outerjoin(parent, and_(*(own == its for own, its in pairs))))
                .where(pairs[0][1].is_(None), *(own.is_not(None) for own, _ in pairs))
            )
            named = f"{table.name}: {', '.join(own.name for own, _ in pairs)}"
            yield _finding(session, f"references of {named}", table, lost)


def _revisions(session: Session) -> Iterator[Finding]:
    for table in _counted():
        beyond = (
            select(*table.primary_key.columns)
            .join_from(table, Patient, col(Patient.id) == table.c.patient_id)
            .where(or_(table.c.revision > col(Patient.revision), table.c.revision < 1))
        )
        yield _finding(session, f"revisions of {table.name}: none above the patient's", table, beyond)


def _single_revisions(session: Session) -> Iterator[Finding]:
    every = union_all(*(select(table.c.patient_id, table.c.revision) for table in _counted())).subquery()
    shared = (
        select(every.c.patient_id, every.c.revision)
        .group_by(every.c.patient_id, every.c.revision)
        .having(func.count() > 1)
    )
    yield _finding(session, "revisions: each given to one object of a patient", every, shared)


def _version_chains(session: Session) -> Iterator[Finding]:
    """An object at version N has kept versions 1 to N - 1, and every kept version belongs to an object."""
    past = SQLModel.metadata.tables[str(PastVersion.__tablename__)]
    for kind in KINDS:
        table = SQLModel.metadata.tables[kind]
        kept = (
            select(
                past.c.patient_id, past.c.object_id, func.count().label("kept"), func.max(past.c.version).label("last")
            )
            .where(past.c.kind == literal(kind), past.c.version > 0)
            .group_by(past.c.patient_id, past.c.object_id)
            .subquery()
        )
        same = and_(kept.c.patient_id == table.c.patient_id, kept.c.object_id == table.c.id)
        before = table.c.version - 1
        broken = (
            select(table.c.patient_id, table.c.id)
            .select_from(table.outerjoin(kept, same))
            .where(or_(func.coalesce(kept.c.kept, 0) != before, func.coalesce(kept.c.last, 0) != before))
        )
        yield _finding(session, f"versions of {kind}: all kept", table, broken)
        orphans = (
            select(kept.c.patient_id, kept.c.object_id)
            .select_from(kept.outerjoin(table, same))
            .where(table.c.id.is_(None))
        )
        yield _finding(session, f"versions of {kind}: none without its {kind}", kept, orphans)


def _photo_files(session: Session, storage: Storage, progress: Progress) -> Finding:
    """Read every file of every live photo and compare its SHA-256 with that in its name."""
    wrong, checked = [], 0
    with closing(photos.expected_blobs(session)) as expected:
        for blob in expected:
            checked += 1
            try:
                whole = hashlib.sha256(storage.read(blob.key)).hexdigest() == blob.sha256
            except FileNotFoundError:
                whole = False
            if not whole:
                wrong.append(f"{blob.patient_id} {blob.photo_id}")
            progress("photo files", checked, None)
    return Finding("photo files: all there, each with its SHA-256", checked, len(wrong), wrong[:_SHOWN])


def _counted() -> list[Table]:
    """The tables whose rows have a revision of their patient."""
    return [table for table in SQLModel.metadata.sorted_tables if {"patient_id", "revision"} <= set(table.c.keys())]


def _finding(session: Session, check: str, of: FromClause, wrong: Select[Any]) -> Finding:
    checked = session.scalar(select(func.count()).select_from(of)) or 0
    found = session.scalar(select(func.count()).select_from(wrong.subquery())) or 0
    examples = session.execute(wrong.limit(_SHOWN)).all() if found else []
    return Finding(check, checked, found, [" ".join(map(str, row)) for row in examples])
