"""The report for a follow-up visit: what it holds, what needs attention, and how its numbers were made.

Pure. `services/reports.py` gathers a `Report` in one consistent read; `reports/` writes it in every format.
"""

from domain.report.attention import SILENT_DAYS, attention, silent_days
from domain.report.bands import Band, band
from domain.report.contents import (
    Attention,
    AttentionRule,
    LesionLook,
    LesionPhoto,
    Note,
    PeriodChoice,
    PhotoMoment,
    Report,
    ReportedLesion,
    ReportedLesions,
    ReportedMedication,
    ReportedPatient,
    ReportedVisit,
    ReportPeriod,
    VisitStatus,
)
from domain.report.lesions import illustrated, reported_lesions
from domain.report.methods import METHODS, Method, MethodKey

__all__ = [
    "METHODS",
    "SILENT_DAYS",
    "Attention",
    "AttentionRule",
    "Band",
    "LesionLook",
    "LesionPhoto",
    "Method",
    "MethodKey",
    "Note",
    "PeriodChoice",
    "PhotoMoment",
    "Report",
    "ReportPeriod",
    "ReportedLesion",
    "ReportedLesions",
    "ReportedMedication",
    "ReportedPatient",
    "ReportedVisit",
    "VisitStatus",
    "attention",
    "band",
    "illustrated",
    "reported_lesions",
    "silent_days",
]
