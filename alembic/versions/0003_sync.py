"""Sync: changes by revision, and the texts that came too late.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("entry", "lesion", "medication")


def upgrade() -> None:
    op.create_table(
        "unapplied_version",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('entry', 'lesion', 'medication')", name=op.f("ck_unapplied_version_kind_known")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_unapplied_version_patient")),
        sa.PrimaryKeyConstraint("patient_id", "kind", "object_id", "number", name=op.f("pk_unapplied_version")),
    )
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_patient_id_revision"), table, ["patient_id", "revision"], unique=False)


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(op.f(f"ix_{table}_patient_id_revision"), table_name=table)
    op.drop_table("unapplied_version")
