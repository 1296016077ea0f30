"""Alembic's way in: it is handed a connection by shared.db.migrating, and knows the models."""

from __future__ import annotations

from alembic import context

import shared.db.hold_models
import shared.db.learning_models
import shared.db.model_models
import shared.db.use_models
import shared.db.vm_models  # noqa: F401  (all: their tables)
from shared.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
