"""The codes that FHIR R4 requires where we write codes: libraries accept any word there, receivers do not."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_REPORT_STATUS: Final = frozenset(
    {
        *("registered", "partial", "preliminary", "final", "amended", "corrected"),
        *("appended", "cancelled", "entered-in-error", "unknown"),
    }
)
REQUIRED: Final[Mapping[str, frozenset[str]]] = {
    "Bundle.type": frozenset(
        {
            *("document", "message", "transaction", "transaction-response", "batch", "batch-response"),
            *("history", "searchset", "collection"),
        }
    ),
    "Composition.status": frozenset({"preliminary", "final", "amended", "entered-in-error"}),
    "Composition.section.text.status": frozenset({"generated", "extensions", "additional", "empty"}),
    "DiagnosticReport.status": _REPORT_STATUS,
    "Device.deviceName.type": frozenset(
        {
            *("udi-label-name", "user-friendly-name", "patient-reported-name", "manufacturer-name"),
            *("model-name", "other"),
        }
    ),
    "Media.status": frozenset(
        {
            *("preparation", "in-progress", "not-done", "on-hold", "stopped", "completed"),
            *("entered-in-error", "unknown"),
        }
    ),
    "Observation.status": frozenset(
        {
            *("registered", "preliminary", "final", "amended", "corrected", "cancelled"),
            *("entered-in-error", "unknown"),
        }
    ),
}
"""By the path of the element."""
NEEDED: Final = frozenset(
    {"Bundle.type", "Composition.status", "DiagnosticReport.status", "Media.status", "Observation.status"}
)
"""Elements that must be there."""


class UnknownCode(ValueError):
    """A code that FHIR R4 does not know where it requires one."""


def check(bundle: Mapping[str, Any]) -> None:
    """Look at every required code of a bundle.

    Raises:
        UnknownCode: one is missing or not known.
    """
    for resource in (bundle, *(entry["resource"] for entry in bundle["entry"])):
        kind = resource["resourceType"]
        found = dict(_codes(kind, resource))
        for path in REQUIRED:
            if path.startswith(f"{kind}.") and path in NEEDED and path not in found:
                raise UnknownCode(path)
        for path, codes in found.items():
            if not codes <= REQUIRED[path]:
                raise UnknownCode(path)


def _codes(path: str, element: Any) -> Iterator[tuple[str, set[str]]]:  # noqa: ANN401  JSON
    found: dict[str, set[str]] = {}
    waiting = [(path, element)]
    while waiting:
        where, value = waiting.pop()
        if where in REQUIRED:
            found.setdefault(where, set()).add(value)
        elif isinstance(value, dict):
            waiting += [(f"{where}.{name}", part) for name, part in value.items() if name != "resource"]
        elif isinstance(value, list):
            waiting += [(where, part) for part in value]
    yield from found.items()
