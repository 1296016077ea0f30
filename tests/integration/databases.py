"""Databases for tests, one at a time to each: a used one is emptied for the next, since a new one costs a hundred times
as much as most tests have rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from local.postgres import Server
from shared.db.engine import by_url
from shared.db.migrating import upgrade
from shared.migrate import seed_limits

TEMPLATE = "template"

# In the template, and so in every copy of it: what its tables held at first; whether anything but rows and the clock
# was changed since; and a function that puts the rows and the clock back, or says that this is not enough.
KEPT = """
CREATE SCHEMA kept;
CREATE TABLE kept.rows (table_name text, content jsonb);
CREATE TABLE kept.altered (tag text);
CREATE FUNCTION kept.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF tg_tag <> 'CREATE FUNCTION' THEN
        INSERT INTO kept.altered VALUES (tg_tag);
    END IF;
END $$;
DO $$
DECLARE each text;
BEGIN
    FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('INSERT INTO kept.rows SELECT %1$L, to_jsonb(it) FROM public.%1$I AS it', each);
    END LOOP;
END $$;
CREATE FUNCTION kept.reset() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE each text;
BEGIN
    PERFORM pg_terminate_backend(pid, 1000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    IF EXISTS (SELECT FROM kept.altered) THEN
        RETURN false;
    END IF;
    SET LOCAL session_replication_role = replica;  -- past the triggers and keys that would refuse
    FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', each);
        EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE SELECT was.* FROM kept.rows,'
            ' jsonb_populate_record(NULL::public.%1$I, content) AS was WHERE rows.table_name = %1$L', each);
    END LOOP;
    PERFORM setval(format('public.%I', sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE schemaname = 'public';
    CREATE OR REPLACE FUNCTION platform_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT clock_timestamp()';
    RETURN true;
END $$;
CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION kept.note();
"""


def template(server: Server) -> None:
    """Make the database that every test's is a copy of: migrated, and with the limits of the platform."""
    server.create_database(TEMPLATE)
    engine = by_url(server.dsn(TEMPLATE), 1)
    upgrade(engine)
    seed_limits(engine, vcpus=8, addresses=8, rules=100)
    with engine.begin() as connection:
        connection.exec_driver_sql(KEPT)
    engine.dispose()


class Databases:
    """Those of one server."""

    def __init__(self, server: Server, prefix: str = "test") -> None:
        self.server = server
        self._free: list[str] = []
        self._names = (f"{prefix}_{number}" for number in itertools.count(1))

    @contextmanager
    def one(self) -> Iterator[str]:
        """The URL of a database like the template, for as long as the context lasts."""
        if self._free:
            name = self._free.pop()
        else:
            name = next(self._names)
            self.server.create_database(name, template=TEMPLATE)
        yield self.server.dsn(name)
        if self.server.run(name, "SELECT kept.reset()") == [[True]]:
            self._free.append(name)
        else:
            self.server.drop_database(name)
