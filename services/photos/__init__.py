"""Photos: taken in, shown, put in series, deleted, and what nobody needs any more swept up."""

from services.photos.adding import add, check_welcome, receive
from services.photos.developing import Darkroom, Developed
from services.photos.reading import ExpectedBlob, Picture, expected_blobs, get, list_photos, picture, read_row
from services.photos.removing import remove
from services.photos.series import list_series, series_of, triplets
from services.photos.sweeping import LEAST_ORPHAN_AFTER, ORPHAN_AFTER, Swept, sweep

__all__ = [
    "LEAST_ORPHAN_AFTER",
    "ORPHAN_AFTER",
    "Darkroom",
    "Developed",
    "ExpectedBlob",
    "Picture",
    "Swept",
    "add",
    "check_welcome",
    "expected_blobs",
    "get",
    "list_photos",
    "list_series",
    "picture",
    "read_row",
    "receive",
    "remove",
    "series_of",
    "sweep",
    "triplets",
]
