"""Seals over receipts and audit records, chained and append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.BigInteger(), nullable=True),
        sa.Column("receipt_of", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("platform_now()"), nullable=False),
        sa.CheckConstraint("(audit_id IS NULL) <> (receipt_of IS NULL)", name="seals_one_thing"),
        sa.ForeignKeyConstraint(["audit_id"], ["audit_log.id"]),
        sa.ForeignKeyConstraint(["receipt_of"], ["receipts.vm_id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("audit_id"),
        sa.UniqueConstraint("receipt_of"),
    )
    op.execute(TRIGGER.format("seals"))
    op.execute(TRIGGER.format("receipts"))


def downgrade() -> None:
    op.execute("DROP TRIGGER append_only ON receipts")
    op.drop_table("seals")
