"""How skin lesions respond over time, after RECIST 1.1, from what patients measure themselves.

Patient-measured; skin only; not a clinical RECIST read. Lengths are integer tenths of a millimetre and every comparison
is exact; only the answer carries millimetres. The rules in words: docs/clinical.md, "Lesions and response".
"""

from domain.lesions.observations import Lesion, LesionState, MeasurementMethod, Observation
from domain.lesions.responses import LesionResponse
from domain.lesions.summaries import assess
from domain.lesions.targets import TargetProblem, target_problem
from domain.lesions.trends import NOTE, Assessment, LesionCourse, LesionTrend, Point

__all__ = [
    "NOTE",
    "Assessment",
    "Lesion",
    "LesionCourse",
    "LesionResponse",
    "LesionState",
    "LesionTrend",
    "MeasurementMethod",
    "Observation",
    "Point",
    "TargetProblem",
    "assess",
    "target_problem",
]
