"""The installation: its generation."""

from uuid import UUID

from sqlmodel import Session

from models.server import Installation


def generation(session: Session) -> UUID:
    """The generation of this database; a restored backup has another."""
    return session.get_one(Installation, 1).generation
