"""How much the machines are used, and what their owners want of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOW = sa.text("platform_now()")


def upgrade() -> None:
    op.create_table(
        "vm_use",
        sa.Column("vm_id", sa.Text(), nullable=False),
        sa.Column("samples", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["vm_id"], ["vms.id"]),
        sa.PrimaryKeyConstraint("vm_id"),
    )
    op.create_table(
        "idle_stops",
        sa.Column("vm_id", sa.Text(), nullable=False),
        sa.Column("after", sa.Interval(), nullable=True),
        sa.Column("counts_from", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stops_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(warned_at IS NULL) = (stops_at IS NULL)", name="whole_warning"),
        sa.ForeignKeyConstraint(["vm_id"], ["vms.id"]),
        sa.PrimaryKeyConstraint("vm_id"),
    )
    op.create_table(
        "use_looks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("use_looks")
    op.drop_table("idle_stops")
    op.drop_table("vm_use")
