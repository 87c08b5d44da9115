"""visits and frozen reports

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clinic") as clinic:
        clinic.add_column(sa.Column("language", sa.String(length=5), nullable=False, server_default="en"))
        clinic.create_check_constraint(op.f("ck_clinic_language_known"), "language IN ('en', 'de')")
    op.create_table(
        "visit",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("planned_for", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("took_place_on", sa.Date(), nullable=True),
        sa.Column("summary", sa.String(length=4000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("change_digests", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('planned', 'done', 'cancelled')", name=op.f("ck_visit_status_known")),
        sa.CheckConstraint("length(summary) <= 4000", name=op.f("ck_visit_summary_length")),
        sa.CheckConstraint("(status = 'done') = (took_place_on IS NOT NULL)", name=op.f("ck_visit_done_on_a_day")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_visit_patient")),
        sa.PrimaryKeyConstraint("patient_id", "id", name=op.f("pk_visit")),
    )
    op.create_index(
        op.f("ix_visit_patient_id_created_at_id"), "visit", ["patient_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_visit_patient_id_revision"), "visit", ["patient_id", "revision"], unique=False)

    op.create_table(
        "frozen_report",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("language IN ('en', 'de')", name=op.f("ck_frozen_report_language_known")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_frozen_report_patient")),
        sa.ForeignKeyConstraint(
            ["patient_id", "visit_id"], ["visit.patient_id", "visit.id"], name=op.f("fk_frozen_report_visit")
        ),
        sa.PrimaryKeyConstraint("patient_id", "visit_id", name=op.f("pk_frozen_report")),
    )
    op.create_table(
        "frozen_format",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_frozen_format_patient")),
        sa.ForeignKeyConstraint(
            ["patient_id", "visit_id"],
            ["frozen_report.patient_id", "frozen_report.visit_id"],
            name=op.f("fk_frozen_format_frozen_report"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("patient_id", "visit_id", "format", name=op.f("pk_frozen_format")),
    )


def downgrade() -> None:
    op.drop_table("frozen_format")
    op.drop_table("frozen_report")
    op.drop_index(op.f("ix_visit_patient_id_revision"), table_name="visit")
    op.drop_index(op.f("ix_visit_patient_id_created_at_id"), table_name="visit")

    op.drop_table("visit")
    with op.batch_alter_table("clinic") as clinic:
        clinic.drop_constraint(op.f("ck_clinic_language_known"), type_="check")
        clinic.drop_column("language")
