"""How much of what a VM ran came after its end: it is late, and no part of what was approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vms", sa.Column("ran_late", sa.Interval(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("vms", "ran_late")
