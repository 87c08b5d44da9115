"""Which role has which operation. Whose objects they may touch is decided in `services/access.py`."""

from enum import StrEnum


class Role(StrEnum):
    """What an account is in its clinic."""

    PATIENT = "patient"
    CLINICIAN = "clinician"
    ADMIN = "admin"


P, C, A = Role.PATIENT, Role.CLINICIAN, Role.ADMIN

OPERATIONS: dict[str, frozenset[Role]] = {
    operation: frozenset(roles)
    for operations, roles in (
        (("log_out", "get_me", "change_password", "list_sessions", "end_session"), (P, C, A)),
        (("list_consents", "give_consent"), (P,)),
        (
            (
                "invite_member",
                "list_members",
                "get_member",
                "change_member",
                "remove_member",
                "renew_member_invitation",
            ),
            (A,),
        ),
        (
            (
                "register_patient",
                "list_patients",
                "get_patient",
                "change_patient",
                "renew_patient_invitation",
                "list_care_team",
                "add_to_care_team",
                "remove_from_care_team",
            ),
            (C, A),
        ),
        (("record_entry", "record_entries", "correct_entry", "delete_entry", "pull_changes", "push_changes"), (P,)),
        (("list_entries", "get_entry", "list_entry_versions"), (P, C)),
        (("plan_visit", "change_visit", "delete_visit", "freeze_report"), (C,)),
        (("list_visits", "get_visit"), (P, C)),
        (
            (
                "get_report",
                "get_report_html",
                "get_report_pdf",
                "get_report_csv",
                "get_report_fhir",
                "get_frozen_report",
                "get_frozen_report_html",
                "get_frozen_report_pdf",
                "get_frozen_report_csv",
                "get_frozen_report_fhir",
            ),
            (P, C),
        ),
        (
            (
                "add_lesion",
                "list_lesions",
                "get_lesion",
                "change_lesion",
                "delete_lesion",
                "list_lesion_versions",
                "add_medication",
                "list_medications",
                "get_medication",
                "change_medication",
                "delete_medication",
                "list_medication_versions",
                "get_trends",
                "add_photo",
                "list_photos",
                "get_photo",
                "delete_photo",
                "get_photo_content",
                "head_photo_content",
                "list_lesion_photos",
            ),
            (P, C),
        ),
        (("describe_uploads", "create_upload", "head_upload", "continue_upload", "end_upload"), (P,)),
    )
    for operation in operations
}
"""Roles by operation id; an operation that is not listed here is public or for the operator."""


def allowed(operation: str, role: Role) -> bool:
    """Whether this role has this operation at all, before any look-up."""
    return role in OPERATIONS[operation]
