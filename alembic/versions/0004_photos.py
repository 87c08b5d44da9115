"""photos and uploads

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utc_offset_minutes", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lesion_id", sa.Uuid(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("sent_sha256", sa.String(length=64), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("stored_sha256", sa.String(length=64), nullable=False),
        sa.Column("full_key", sa.String(length=200), nullable=True),
        sa.Column("full_bytes", sa.Integer(), nullable=False),
        sa.Column("display_key", sa.String(length=200), nullable=True),
        sa.Column("display_bytes", sa.Integer(), nullable=False),
        sa.Column("thumb_key", sa.String(length=200), nullable=True),
        sa.Column("thumb_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(time_zone) <= 64", name=op.f("ck_photo_time_zone_length")),
        sa.CheckConstraint("width_px > 0 AND height_px > 0", name=op.f("ck_photo_has_pixels")),
        sa.CheckConstraint(
            "deleted_at IS NOT NULL OR (full_key IS NOT NULL AND display_key IS NOT NULL AND thumb_key IS NOT NULL)",
            name=op.f("ck_photo_live_has_pictures"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_photo_patient")),
        sa.ForeignKeyConstraint(
            ["patient_id", "lesion_id"], ["lesion.patient_id", "lesion.id"], name=op.f("fk_photo_lesion")
        ),
        sa.PrimaryKeyConstraint("patient_id", "id", name=op.f("pk_photo")),
    )
    op.create_index(op.f("ix_photo_patient_id_created_at_id"), "photo", ["patient_id", "created_at", "id"])
    op.create_index(op.f("ix_photo_patient_id_lesion_id_taken_at"), "photo", ["patient_id", "lesion_id", "taken_at"])
    op.create_index(op.f("ix_photo_patient_id_revision"), "photo", ["patient_id", "revision"])
    op.create_index(op.f("ix_photo_patient_id_sent_sha256"), "photo", ["patient_id", "sent_sha256"])
    op.create_index(op.f("ix_photo_patient_id_stored_sha256"), "photo", ["patient_id", "stored_sha256"])
    op.create_table(
        "upload",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("sent_metadata", sa.String(length=4096), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sent_metadata) <= 4096", name=op.f("ck_upload_sent_metadata_length")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_upload_patient")),
        sa.PrimaryKeyConstraint("patient_id", "id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_expires_at"), "upload", ["expires_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_upload_expires_at"), table_name="upload")
    op.drop_table("upload")
    op.drop_index(op.f("ix_photo_patient_id_stored_sha256"), table_name="photo")
    op.drop_index(op.f("ix_photo_patient_id_sent_sha256"), table_name="photo")
    op.drop_index(op.f("ix_photo_patient_id_revision"), table_name="photo")
    op.drop_index(op.f("ix_photo_patient_id_lesion_id_taken_at"), table_name="photo")
    op.drop_index(op.f("ix_photo_patient_id_created_at_id"), table_name="photo")
    op.drop_table("photo")
