"""first tables

Revision ID: 0001
Revises:
"""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinic",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change_digests", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('clinician', 'admin')", name=op.f("ck_member_role_known")),
        sa.CheckConstraint("status IN ('invited', 'active')", name=op.f("ck_member_status_known")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_member_email_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_member_name_length")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_member_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
    )
    op.create_index(
        op.f("ix_member_clinic_id_created_at_id"), "member", ["clinic_id", "created_at", "id"], unique=False
    )

    op.create_table(
        "patient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_words", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("record_number", sa.String(length=200), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("consented_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change_digests", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'paused', 'ended')", name=op.f("ck_patient_status_known")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_patient_email_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_patient_name_length")),
        sa.CheckConstraint("length(record_number) <= 200", name=op.f("ck_patient_record_number_length")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_patient_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
    )
    op.create_index(
        op.f("ix_patient_clinic_id_created_at_id"), "patient", ["clinic_id", "created_at", "id"], unique=False
    )

    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=500), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('patient', 'clinician', 'admin')", name=op.f("ck_account_role_known")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_account_clinic")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_account_member")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_account_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("member_id", name=op.f("uq_account_member_id")),
        sa.UniqueConstraint("patient_id", name=op.f("uq_account_patient_id")),
    )
    op.create_table(
        "care_team",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_care_team_member")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_care_team_patient")),
        sa.PrimaryKeyConstraint("patient_id", "member_id", name=op.f("pk_care_team")),
    )
    op.create_index(op.f("ix_care_team_member_id"), "care_team", ["member_id"], unique=False)

    op.create_table(
        "consent",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consent_patient")),
        sa.PrimaryKeyConstraint("patient_id", "id", name=op.f("pk_consent")),
    )
    op.create_table(
        "entry",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utc_offset_minutes", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("counted_day", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("cigarettes", sa.Integer(), nullable=True),
        sa.Column("alcohol_units", sa.Float(), nullable=True),
        sa.Column("activity_minutes", sa.Integer(), nullable=True),
        sa.Column("balanced_meals", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "recorded_at >= '2000-01-01 00:00:00+00' AND recorded_at < '2101-01-01 00:00:00+00'",
            name=op.f("ck_entry_recorded_at_bounds"),
        ),
        sa.CheckConstraint("activity_minutes BETWEEN 0 AND 1440", name=op.f("ck_entry_activity_minutes_bounds")),
        sa.CheckConstraint("alcohol_units BETWEEN 0 AND 100", name=op.f("ck_entry_alcohol_units_bounds")),
        sa.CheckConstraint("balanced_meals BETWEEN 0 AND 20", name=op.f("ck_entry_balanced_meals_bounds")),
        sa.CheckConstraint("cigarettes BETWEEN 0 AND 200", name=op.f("ck_entry_cigarettes_bounds")),
        sa.CheckConstraint("counted_day <= day", name=op.f("ck_entry_counted_day_not_later")),
        sa.CheckConstraint("length(note) <= 4000", name=op.f("ck_entry_note_length")),
        sa.CheckConstraint("length(time_zone) <= 64", name=op.f("ck_entry_time_zone_length")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_entry_patient")),
        sa.PrimaryKeyConstraint("patient_id", "id", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_patient_id_counted_day"), "entry", ["patient_id", "counted_day"], unique=False)
    op.create_index(
        op.f("ix_entry_patient_id_day_recorded_at_id"),
        "entry",
        ["patient_id", "day", "recorded_at", "id"],
        unique=False,
    )

    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_invitation_member")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_invitation_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitation_code_hash")),
    )
    op.create_index(op.f("ix_invitation_member_id"), "invitation", ["member_id"], unique=False)
    op.create_index(op.f("ix_invitation_patient_id"), "invitation", ["patient_id"], unique=False)

    op.create_table(
        "lesion",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("first_noticed_on", sa.Date(), nullable=False),
        sa.Column("target", sa.Boolean(), nullable=True),
        sa.Column("confirmed_new", sa.Boolean(), nullable=True),
        sa.Column("progressed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('nodule', 'plaque', 'ulcer', 'red_patch', 'dark_patch', 'thinned_skin')",
            name=op.f("ck_lesion_kind_known"),
        ),
        sa.CheckConstraint("side IN ('left', 'right', 'midline', 'both')", name=op.f("ck_lesion_side_known")),
        sa.CheckConstraint(
            "site IN ('breast_skin', 'areola', 'nipple', 'chest_wall', 'anterior_thorax', 'posterior_thorax', 'supraclavicular', 'infraclavicular', 'axilla', 'back', 'lower_back', 'abdomen', 'scalp', 'face', 'neck', 'anterior_upper_arm', 'posterior_upper_arm', 'anterior_forearm', 'posterior_forearm', 'hand', 'lower_limb', 'groin')",
            name=op.f("ck_lesion_site_known"),
        ),
        sa.CheckConstraint("length(label) <= 200", name=op.f("ck_lesion_label_length")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_lesion_patient")),
        sa.PrimaryKeyConstraint("patient_id", "id", name=op.f("pk_lesion")),
    )
    op.create_index(
        op.f("ix_lesion_patient_id_created_at_id"), "lesion", ["patient_id", "created_at", "id"], unique=False
    )

    op.create_table(
        "medication",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("dose", sa.String(length=200), nullable=True),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("cycle_on_days", sa.Integer(), nullable=True),
        sa.Column("cycle_off_days", sa.Integer(), nullable=True),
        sa.Column("as_needed", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cycle_off_days BETWEEN 1 AND 366", name=op.f("ck_medication_cycle_off_days_bounds")),
        sa.CheckConstraint("cycle_on_days BETWEEN 1 AND 366", name=op.f("ck_medication_cycle_on_days_bounds")),
        sa.CheckConstraint("every_days BETWEEN 1 AND 366", name=op.f("ck_medication_every_days_bounds")),
        sa.CheckConstraint("length(dose) <= 200", name=op.f("ck_medication_dose_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_medication_name_length")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_medication_patient")),
        sa.PrimaryKeyConstraint("patient_id", "id", name=op.f("pk_medication")),
    )
    op.create_index(
        op.f("ix_medication_patient_id_created_at_id"), "medication", ["patient_id", "created_at", "id"], unique=False
    )

    op.create_table(
        "past_version",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('entry', 'lesion', 'medication')", name=op.f("ck_past_version_kind_known")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_past_version_patient")),
        sa.PrimaryKeyConstraint("patient_id", "kind", "object_id", "version", name=op.f("pk_past_version")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_idempotency_key_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "intake",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("medication_id", sa.Uuid(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_offset_minutes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id", "entry_id"], ["entry.patient_id", "entry.id"], name=op.f("fk_intake_entry")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "medication_id"],
            ["medication.patient_id", "medication.id"],
            name=op.f("fk_intake_medication"),
        ),
        sa.PrimaryKeyConstraint("patient_id", "entry_id", "position", name=op.f("pk_intake")),
    )
    op.create_index(op.f("ix_intake_patient_id_medication_id"), "intake", ["patient_id", "medication_id"], unique=False)

    op.create_table(
        "lesion_observation",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lesion_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("length_tenths", sa.Integer(), nullable=True),
        sa.Column("width_tenths", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(length=20), nullable=True),
        sa.Column("ulcerated", sa.Boolean(), nullable=True),
        sa.Column("bleeding", sa.Boolean(), nullable=True),
        sa.Column("photo_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'measured') = (length_tenths IS NOT NULL) AND (state = 'measured' OR width_tenths IS NULL) AND (state <> 'measured' OR method IS NOT NULL)",
            name=op.f("ck_lesion_observation_measured_with_method"),
        ),
        sa.CheckConstraint(
            "method IN ('ruler', 'caliper', 'photo', 'estimate')", name=op.f("ck_lesion_observation_method_known")
        ),
        sa.CheckConstraint(
            "state IN ('measured', 'too_small', 'gone', 'unmeasurable')", name=op.f("ck_lesion_observation_state_known")
        ),
        sa.CheckConstraint("length_tenths BETWEEN 0 AND 5000", name=op.f("ck_lesion_observation_length_tenths_bounds")),
        sa.CheckConstraint("width_tenths BETWEEN 0 AND 5000", name=op.f("ck_lesion_observation_width_tenths_bounds")),
        sa.ForeignKeyConstraint(
            ["patient_id", "entry_id"], ["entry.patient_id", "entry.id"], name=op.f("fk_lesion_observation_entry")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id", "lesion_id"], ["lesion.patient_id", "lesion.id"], name=op.f("fk_lesion_observation_lesion")
        ),
        sa.PrimaryKeyConstraint("patient_id", "entry_id", "position", name=op.f("pk_lesion_observation")),
    )
    op.create_index(
        op.f("ix_lesion_observation_patient_id_lesion_id"),
        "lesion_observation",
        ["patient_id", "lesion_id"],
        unique=False,
    )

    op.create_table(
        "rating",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("symptom", sa.String(length=30), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("interference", sa.Integer(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("site", sa.String(length=40), nullable=True),
        sa.Column("side", sa.String(length=20), nullable=True),
        sa.CheckConstraint("side IN ('left', 'right', 'midline', 'both')", name=op.f("ck_rating_side_known")),
        sa.CheckConstraint(
            "site IN ('breast_skin', 'areola', 'nipple', 'chest_wall', 'anterior_thorax', 'posterior_thorax', 'supraclavicular', 'infraclavicular', 'axilla', 'back', 'lower_back', 'abdomen', 'scalp', 'face', 'neck', 'anterior_upper_arm', 'posterior_upper_arm', 'anterior_forearm', 'posterior_forearm', 'hand', 'lower_limb', 'groin')",
            name=op.f("ck_rating_site_known"),
        ),
        sa.CheckConstraint(
            "symptom IN ('pain', 'itching', 'nodules', 'erythema', 'edema', 'ulceration', 'hyperpigmentation', 'skin_atrophy', 'bleeding', 'exudate', 'odor', 'fatigue', 'sleep')",
            name=op.f("ck_rating_symptom_known"),
        ),
        sa.CheckConstraint("count BETWEEN 0 AND 999", name=op.f("ck_rating_count_bounds")),
        sa.CheckConstraint("interference BETWEEN 0 AND 10", name=op.f("ck_rating_interference_bounds")),
        sa.CheckConstraint("severity BETWEEN 0 AND 10", name=op.f("ck_rating_severity_bounds")),
        sa.ForeignKeyConstraint(
            ["patient_id", "entry_id"], ["entry.patient_id", "entry.id"], name=op.f("fk_rating_entry")
        ),
        sa.PrimaryKeyConstraint("patient_id", "entry_id", "position", name=op.f("pk_rating")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rotation", sa.Integer(), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"], unique=False)

    op.execute(
        sa.insert(
            sa.table(
                "installation",
                sa.column("id"),
                sa.column("generation", sa.Uuid()),
                sa.column("created_at", sa.DateTime(timezone=True)),
            )
        ).values(id=1, generation=uuid4(), created_at=datetime.now(UTC))
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sign_in_account_id"), table_name="sign_in")

    op.drop_table("sign_in")
    op.drop_table("rating")
    op.drop_index(op.f("ix_lesion_observation_patient_id_lesion_id"), table_name="lesion_observation")

    op.drop_table("lesion_observation")
    op.drop_index(op.f("ix_intake_patient_id_medication_id"), table_name="intake")

    op.drop_table("intake")
    op.drop_table("idempotency_key")
    op.drop_table("past_version")
    op.drop_index(op.f("ix_medication_patient_id_created_at_id"), table_name="medication")

    op.drop_table("medication")
    op.drop_index(op.f("ix_lesion_patient_id_created_at_id"), table_name="lesion")

    op.drop_table("lesion")
    op.drop_index(op.f("ix_invitation_patient_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_member_id"), table_name="invitation")

    op.drop_table("invitation")
    op.drop_index(op.f("ix_entry_patient_id_day_recorded_at_id"), table_name="entry")
    op.drop_index(op.f("ix_entry_patient_id_counted_day"), table_name="entry")

    op.drop_table("entry")
    op.drop_table("consent")
    op.drop_index(op.f("ix_care_team_member_id"), table_name="care_team")

    op.drop_table("care_team")
    op.drop_table("account")
    op.drop_index(op.f("ix_patient_clinic_id_created_at_id"), table_name="patient")

    op.drop_table("patient")
    op.drop_index(op.f("ix_member_clinic_id_created_at_id"), table_name="member")

    op.drop_table("member")
    op.drop_table("installation")
    op.drop_table("clinic")
