"""The registry in PostgreSQL: SQLAlchemy models, Alembic migrations, and one module per kind of thing that is kept."""
