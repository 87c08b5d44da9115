"""A report as JSON, in the shape of `models.reports.ReportRead`."""

import json

from reports.documents import Document, Options


def render(document: Document, _options: Options) -> bytes:
    """The content and its digest; take `sha256` out again and write the rest canonically to find it true."""
    shown = {**document.content, "sha256": document.sha256}
    return json.dumps(shown, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
