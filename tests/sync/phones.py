"""Phones of the reference client, on an application in the same process, and backups of its database."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, insert, select
from sqlmodel import SQLModel

from models.server import Installation
from offline_diary import Answer, Phone, Server, Store
from tests.factories import Body, Person, ok

Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Wire:
    """The way of one phone's requests to the application; it can be cut, or lose answers."""

    http: TestClient
    is_cut: bool = False
    answers_to_lose: int = 0
    sent: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Any, body: bytes | None) -> Answer:
        """Send one request once."""
        if self.is_cut:
            raise OSError
        self.sent.append((method, url))
        response = self.http.request(method, url, headers=dict(headers), content=body)
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            raise OSError
        return Answer(response.status_code, dict(response.headers), response.content)


def phone_of(person: Person, file: Path, wire: Any = None) -> tuple[Phone, Wire]:
    """A phone of a patient who has signed in on it."""
    wire = wire or Wire(person.http)
    store = Store(file)
    server = Server("", store, send=wire, sleep=lambda _seconds: None)
    server.accept_tokens({"access_token": person.token, "refresh_token": person.refresh_token})
    return Phone(store, server), wire


def stored(person: Person, noun: str = "entries") -> dict[str, Body]:
    """What the server has of a patient, by id."""
    items: list[Body] = []
    query: Body = {"limit": 500}
    while True:
        page = ok(person.get(f"/v1/patients/{{me}}/{noun}", params=query))
        items += page["items"]
        if page["next_cursor"] is None:
            return {item["id"]: item for item in items}
        query["cursor"] = page["next_cursor"]


def backup(app: FastAPI) -> Rows:
    """All rows of all tables."""
    with app.state.database.readers.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in SQLModel.metadata.sorted_tables
        }


def restore(app: FastAPI, rows: Rows) -> None:
    """Go back to a backup; a new generation tells the phones."""
    with app.state.database.transaction() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            session.execute(delete(table))
        for table in SQLModel.metadata.sorted_tables:
            if rows[table.name]:
                session.execute(insert(table), rows[table.name])
        session.get_one(Installation, 1).generation = uuid4()
