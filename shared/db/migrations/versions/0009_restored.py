"""What is held back after a restored backup, and the seal that says that the chain forks there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), server_default=sa.text("platform_now()"), nullable=False),
        sa.Column("archive_number", sa.BigInteger(), nullable=False),
        sa.Column("archive_hash", sa.Text(), nullable=False),
        sa.Column("own_number", sa.BigInteger(), nullable=False),
        sa.Column("own_hash", sa.Text(), nullable=True),
        sa.Column("listed", JSON, nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    standing = sa.text("lifted_at IS NULL")
    op.create_index("one_hold", "holds", [sa.text("(lifted_at IS NULL)")], unique=True, postgresql_where=standing)
    op.create_table(
        "seals_compared",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name="one_comparison"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("seals", sa.Column("fork", JSON, nullable=True))
    op.drop_constraint("seals_one_thing", "seals", type_="check")
    op.create_check_constraint("seals_one_thing", "seals", "num_nonnulls(audit_id, receipt_of, fork) = 1")


def downgrade() -> None:
    op.drop_constraint("seals_one_thing", "seals", type_="check")
    op.drop_column("seals", "fork")
    op.create_check_constraint("seals_one_thing", "seals", "(audit_id IS NULL) <> (receipt_of IS NULL)")
    op.drop_table("seals_compared")
    op.drop_index("one_hold", table_name="holds", postgresql_where=sa.text("lifted_at IS NULL"))
    op.drop_table("holds")
