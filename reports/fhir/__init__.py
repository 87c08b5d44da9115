"""A report as a FHIR R4 document: Composition, Patient, Observations, Media by reference, DiagnosticReport.

Codes are those of `docs/clinical.md`. Where there is no verified code, a local one is used: `urn:dermatrend:...`.
"""

import json

from reports.documents import Document, Options
from reports.fhir.bindings import check
from reports.fhir.bundles import bundle

__all__ = ["render"]


def render(document: Document, options: Options) -> bytes:
    """The bundle as JSON; a code that FHIR R4 does not know where it requires one is refused here."""
    made = bundle(document, options)
    check(made)
    return json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
