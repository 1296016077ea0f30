"""What is being changed on a machine that is there, and the rates that it was charged by before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.add_column("vms", sa.Column("past", document, server_default="[]", nullable=False))
    op.add_column("vms", sa.Column("change", document, nullable=True))


def downgrade() -> None:
    op.drop_column("vms", "change")
    op.drop_column("vms", "past")
