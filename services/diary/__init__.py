"""The diary: recording entries, correcting and deleting them, reading them back."""

from services.diary.corrections import correct, remove
from services.diary.reading import get, list_entries, list_versions
from services.diary.recording import record, record_batch, record_free
from services.diary.submissions import Outcome, PhoneClock, Recorded, Submission

__all__ = [
    "Outcome",
    "PhoneClock",
    "Recorded",
    "Submission",
    "correct",
    "get",
    "list_entries",
    "list_versions",
    "record",
    "record_batch",
    "record_free",
    "remove",
]
