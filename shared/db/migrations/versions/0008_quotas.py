"""Limits of external addresses by region, and of the project's firewall rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("regions", sa.Column("address_limit", sa.Integer(), server_default="8", nullable=False))
    op.create_check_constraint("address_limit_not_negative", "regions", "address_limit >= 0")
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("firewall_rule_limit", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.CheckConstraint("firewall_rule_limit >= 0", name="rule_limit_not_negative"),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("project")
    op.drop_column("regions", "address_limit")
