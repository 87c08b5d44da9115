"""No indexes on what an entry's parts refer to: to keep them took an eighth of recording, and the key is enough to read.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = {"lesion_observation": "lesion_id", "intake": "medication_id"}


def upgrade() -> None:
    for table, column in INDEXES.items():
        op.drop_index(op.f(f"ix_{table}_patient_id_{column}"), table_name=table)


def downgrade() -> None:
    for table, column in INDEXES.items():
        op.create_index(op.f(f"ix_{table}_patient_id_{column}"), table, ["patient_id", column])
