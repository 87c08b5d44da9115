"""Sync: photos by revision.

Revision ID: 0007
Revises: 0004
"""

from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_photo_patient_id_revision"), "photo", ["patient_id", "revision"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_photo_patient_id_revision"), table_name="photo")
