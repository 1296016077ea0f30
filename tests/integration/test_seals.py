"""Receipts and audit records under seal, on real PostgreSQL, their chain's head in the emulated Cloud Storage."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from local.server import in_thread
from local.storage.api import Storage
from shared.db.models import Audit, table
from shared.db.seals import PostgresSeals
from shared.db.vm_reads import PostgresVmReads
from shared.domain.errors import CloudError
from shared.domain.seals import Forked, Head
from shared.google.storage import HeadArchive
from shared.services.sealing import Sealing
from tests.integration.google_account import google_account
from tests.integration.world import WHO, World

__all__ = ["google_account"]

DAY = 86_400


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with in_thread(Storage().app()) as url:
        bucket = {"name": "seals", "retentionPolicy": {"retentionPeriod": str(365 * DAY)}}
        httpx.post(f"{url}/storage/v1/b", json=bucket).raise_for_status()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        yield url


@pytest.fixture
def archive(storage: str) -> HeadArchive:
    return HeadArchive("demo", "seals", timeout=20)


@pytest.fixture
def sealing(engine: Engine, archive: HeadArchive) -> Sealing:
    return Sealing(PostgresSeals(engine), archive)


def records(engine: Engine, *actions: str) -> None:
    rows = [{"actor_kind": "user", "actor_id": "ann", "action": action, "before": {"a": 1.5}} for action in actions]
    with engine.begin() as connection:
        connection.execute(insert(table(Audit)), rows)


def forge(engine: Engine, statement: str) -> None:
    """What the database's owner can do: switch the triggers off first."""
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(statement))
        connection.execute(text("SET session_replication_role = origin"))


def test_each_record_and_receipt_is_sealed_once(here: World, engine: Engine, sealing: Sealing) -> None:
    vm_id = here.approve()
    here.deliver()
    here.to_end(vm_id)
    sealed = sealing.tick()
    assert sealed == len(here.events(vm_id)) + 1
    assert sealing.tick() == 0
    found = sealing.verify()
    assert (found.seals, found.heads, found.unsealed, found.problems) == (sealed, 1, 0, ())


@pytest.mark.parametrize(
    ("statement", "because"),
    [
        ("UPDATE audit_log SET detail = 'nothing happened' WHERE action = 'second'", "was changed afterwards"),
        ("DELETE FROM audit_log WHERE action = 'second'", "not there any more"),
        ("UPDATE seals SET digest = repeat('0', 64) WHERE number = 2", "was changed"),
        ("DELETE FROM seals WHERE number = 2", "are missing"),
        ("DELETE FROM seals WHERE number = 3", "in the archive and not in the database"),
    ],
)
def test_what_was_forged_is_found(engine: Engine, sealing: Sealing, statement: str, because: str) -> None:
    records(engine, "first", "second", "third")
    sealing.tick()
    assert not sealing.verify().problems
    forge(engine, statement)
    assert any(because in problem for problem in sealing.verify().problems)


def test_a_chain_that_is_forged_whole_does_not_match_the_archive(engine: Engine, sealing: Sealing) -> None:
    records(engine, "first", "second")
    sealing.tick()
    forge(engine, "DELETE FROM seals")
    forge(engine, "DELETE FROM audit_log WHERE action = 'first'")
    records(engine, "another")
    with pytest.raises(Forked):
        sealing.tick()
    PostgresSeals(engine).seal(2)
    assert any("another hash in the archive" in problem for problem in sealing.verify().problems)


def test_a_database_older_than_the_archive_is_noticed(engine: Engine, sealing: Sealing, archive: HeadArchive) -> None:
    records(engine, "first")
    sealing.tick()
    archive.put(Head(7, "f" * 64))
    assert sealing.verify().problems == ("seal 7 is in the archive and not in the database",)


@pytest.mark.parametrize("table_name", ["seals", "receipts", "audit_log"])
def test_nothing_that_is_sealed_can_be_changed(here: World, engine: Engine, sealing: Sealing, table_name: str) -> None:
    vm_id = here.approve()
    here.deliver()
    here.to_end(vm_id)
    sealing.tick()
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {table_name}"))


def test_two_sealers_at_once_make_one_chain(engine: Engine, sealing: Sealing) -> None:
    from concurrent.futures import ThreadPoolExecutor

    records(engine, *(f"action-{number}" for number in range(50)))
    with ThreadPoolExecutor(4) as pool:
        sealed = sum(pool.map(lambda _: PostgresSeals(engine).seal(20), range(4)))
    assert sealed == 50
    assert not sealing.verify().problems


def test_a_record_that_commits_late_is_sealed_by_the_next_tick(engine: Engine, sealing: Sealing) -> None:
    late = engine.connect()
    begun = late.begin()
    late.execute(insert(table(Audit)).values(actor_kind="user", actor_id="ann", action="late"))
    records(engine, "earlier to commit")
    assert sealing.tick() == 1
    begun.commit()
    late.close()
    assert sealing.tick() == 1
    assert sealing.verify().unsealed == 0


def test_a_head_whose_answer_was_lost_is_kept_once(storage: str, archive: HeadArchive) -> None:
    httpx.post(f"{storage}/_faults", json={"method": "objects.insert", "lose_response": True}).raise_for_status()
    archive.put(Head(1, "a" * 64))
    assert archive.heads(0) == [Head(1, "a" * 64)]


def test_an_archive_that_is_down_is_an_error_and_the_next_tick_makes_up_for_it(
    storage: str, engine: Engine, sealing: Sealing, archive: HeadArchive
) -> None:
    records(engine, "first")
    fault = {"method": "objects.insert", "status": 503, "times": 3}
    httpx.post(f"{storage}/_faults", json=fault).raise_for_status()
    with pytest.raises(CloudError):
        sealing.tick()
    assert archive.heads(0) == []
    assert sealing.tick() == 0
    assert [head.number for head in archive.heads(0)] == [1]


def test_a_kept_head_can_neither_be_deleted_nor_replaced(storage: str, archive: HeadArchive) -> None:
    archive.put(Head(1, "a" * 64))
    assert httpx.delete(f"{storage}/storage/v1/b/seals/o/seals%2F000000000001").status_code == 403
    with pytest.raises(Forked):
        archive.put(Head(1, "b" * 64))


def test_a_receipt_is_read_with_the_seal_over_it(here: World) -> None:
    vm_id = here.approve()
    here.owning.delete(WHO, here.vm(vm_id).name)
    here.deliver()
    reads = PostgresVmReads(here.engine, here.registry)
    assert (reads.receipt(vm_id) or {})["seal"] is None
    PostgresSeals(here.engine).seal(100)
    told = reads.receipt(vm_id)
    over = next(each.seal for each in PostgresSeals(here.engine).stretch(0, 100) if each.seal.subject == vm_id)
    assert told == {**here.receipt(vm_id), "seal": {"number": over.number, "hash": over.hash}}
    assert here.sealing.verify().view()["whole"]


def test_what_is_no_head_keeps_no_seal_from_being_compared(
    sealing: Sealing, archive: HeadArchive, engine: Engine
) -> None:
    records(engine, "one")
    sealing.tick()
    for name in ("notes.txt", "7", f"{7:012d}"):
        archive._bucket.blob(f"seals/{name}").upload_from_string("hello")
    assert [head.number for head in archive.heads(0)] == [sealing.seals.head().number]
