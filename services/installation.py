"""The installation: its generation."""

from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlmodel import Session, col

from models.server import Installation


def generation(session: Session) -> UUID:
    """The generation of this database; a restored backup has another."""
    return session.scalars(select(col(Installation.generation))).one()


def renew(session: Session) -> UUID:
    """Begin a new generation: what phones and caches know of the old one no longer counts."""
    made = uuid4()
    session.execute(update(Installation).values(generation=made))
    return made
