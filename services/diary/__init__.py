"""The diary: recording entries, correcting and deleting them, reading them back."""

from services.diary.corrections import Correction, correct, correct_many, remove, unapplied
from services.diary.reading import counted_within, get, list_entries, list_versions, read_many
from services.diary.recording import readable_id, record, record_batch, record_free
from services.diary.submissions import CONTENT, Outcome, PhoneClock, Receipt, Recorded, Submission

__all__ = [
    "CONTENT",
    "Correction",
    "Outcome",
    "PhoneClock",
    "Receipt",
    "Recorded",
    "Submission",
    "correct",
    "correct_many",
    "counted_within",
    "get",
    "list_entries",
    "list_versions",
    "read_many",
    "readable_id",
    "record",
    "record_batch",
    "record_free",
    "remove",
    "unapplied",
]
