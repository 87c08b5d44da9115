"""Tables and wire shapes, side by side, one module per noun.

Importing the package registers every table in `SQLModel.metadata`.
"""

from models import accounts, diary, lesions, medications, members, patients, photos, server, sync, versions, visits

__all__ = [
    "accounts",
    "diary",
    "lesions",
    "medications",
    "members",
    "patients",
    "photos",
    "server",
    "sync",
    "versions",
    "visits",
]
