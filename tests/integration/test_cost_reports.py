"""GET /api/costs on real PostgreSQL: a VM's life comes to what its receipt says, by day, month and viewer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from starlette.testclient import TestClient

from shared.db.costs import PostgresCosts
from shared.db.models import table
from shared.db.vm_models import VmRow
from shared.domain.costs import Month
from shared.domain.errors import Conflict, Forbidden, Invalid, NotFound
from shared.domain.life import State
from shared.domain.paging import Page
from shared.domain.quote import bill, total
from shared.services.costing import Costing
from tests.integration.google_account import google_account
from tests.integration.people import PASSWORD, person
from tests.integration.test_account_functions import configured, load
from tests.integration.world import DJANGO, OWNER, WHO, World

__all__ = ["configured", "google_account"]

MINE = (OWNER, False)
LONG = DJANGO.model_copy(update={"duration": "20d"})


def costs(here: World, viewer: Any = MINE, owner: str | None = None, **asked: Any) -> dict[str, Any]:
    costing = Costing(PostgresCosts(here.engine))
    page = asked.pop("page", Page(100))
    group = asked.pop("group", "vm")
    document, listing = costing.month(viewer, owner, asked.get("month"), group, page)
    return {**document, "items": listing.items, "next": listing.next}


def whole(receipt: dict[str, Any]) -> Decimal:
    return Decimal(receipt["metered"]["total"]) + Decimal(receipt["late"]["total"])


def to_next_month(here: World) -> None:
    here.move((Month.of(here.now()).end - here.now()).total_seconds() + 3600)


def test_a_living_machine_has_cost_what_its_meter_says(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.move(1800)
    answer = costs(here)
    vm = here.vm(vm_id)
    assert Decimal(answer["spent"]) == pytest.approx(total(bill(vm.rates, vm.meter(here.now()))), abs=Decimal("0.0005"))
    assert sum(Decimal(each["spent"]) for each in answer["days"]) == Decimal(answer["spent"])
    assert [each["region"] for each in answer["regions"]] == [vm.region]
    assert [(each["name"], each["spent"]) for each in answer["items"]] == [("django-001", answer["spent"])]
    ahead = answer["forecast"]
    assert Decimal(ahead["committed"]) > 0
    assert Decimal(ahead["total"]) <= vm.approved_total + Decimal("0.001")
    assert answer["quota"]["approved"] == f"{vm.approved_total:f}".rstrip("0")


def test_what_was_stopped_and_started_costs_in_all_what_its_receipt_says(here: World) -> None:
    vm_id = here.approve(LONG)
    here.deliver()
    for pause in (2, 30):
        here.move(26 * 3600)
        here.owning.stop(WHO, "django-001", f"stop{pause}")
        here.deliver()
        here.move(pause * 3600)
        here.owning.start(WHO, "django-001", f"start{pause}")
        here.deliver()
    here.to_end(vm_id)
    (use,) = PostgresCosts(here.engine).uses(OWNER, here.now() - timedelta(days=60), here.now())
    assert use.state == State.DELETED
    assert len(use.ran) == 3
    assert use.settled == whole(here.receipt(vm_id))
    assert use.ended_at is not None
    assert total(bill(use.rates, use.meter(use.ended_at))) == use.settled


def test_a_machine_that_spans_two_months_counts_in_each_what_it_cost_there(here: World) -> None:
    vm_id = here.approve(LONG)
    here.deliver()
    first = str(Month.of(here.now()))
    to_next_month(here)
    here.owning.delete(WHO, "django-001")
    here.deliver()
    settled = whole(here.receipt(vm_id))
    before, after = costs(here, month=first), costs(here)
    assert Decimal(before["spent"]) > 0 < Decimal(after["spent"])
    assert Decimal(before["spent"]) + Decimal(after["spent"]) == settled
    assert (before["forecast"], before["quota"]) == (None, None)
    assert after["items"][0]["whole_life"] == f"{settled:f}".rstrip("0")


def test_an_extension_counts_in_the_month_in_which_it_is_approved(here: World) -> None:
    vm_id = here.approve(LONG)
    here.deliver()
    to_next_month(here)
    assert Decimal(costs(here)["quota"]["approved"]) == 0
    ceiling = here.vm(vm_id).approved_total
    here.owning.extend(WHO, "django-001", timedelta(days=5), ceiling * 2, "more")
    assert Decimal(costs(here)["quota"]["approved"]) == ceiling
    with here.engine.begin() as connection:
        connection.execute(text("UPDATE users SET max_monthly = :most"), {"most": ceiling + 1})
    with pytest.raises(Conflict, match="ask an administrator for more"):
        here.owning.extend(WHO, "django-001", timedelta(days=1), ceiling * 3, "still more")


def test_pages_are_of_one_moment_and_add_up(here: World) -> None:
    for _ in range(3):
        here.approve()
        here.move(60)
    here.deliver()
    here.move(600)
    first = costs(here, page=Page(2))
    here.move(600)
    second = costs(here, page=Page(2, first["next"]))
    assert second["next"] is None
    assert second["as_of"] == first["as_of"]
    spent = [Decimal(each["spent"]) for each in [*first["items"], *second["items"]]]
    assert len(spent) == 3
    assert sum(spent) == Decimal(first["spent"]) == Decimal(second["spent"])


@pytest.mark.parametrize("token", ["x", "2026-01-01T00:00:00+00:00 1 a", "9999-01-01 1 a", "now NaN a"])
def test_a_token_that_no_list_gave_is_refused(here: World, token: str) -> None:
    with pytest.raises(Invalid) as refused:
        costs(here, page=Page(2, token))
    assert refused.value.code == "page_token_invalid"


@pytest.mark.parametrize("month", ["2026", "2026-13", "1999-12", "2999-01", "2026-00", "２０２６-01"])
def test_a_month_that_is_none_or_is_to_come_is_refused(here: World, month: str) -> None:
    with pytest.raises(Invalid) as refused:
        costs(here, month=month)
    assert refused.value.code == "month_invalid"


def test_other_peoples_costs_are_for_auditors_and_administrators(here: World) -> None:
    here.approve()
    here.deliver()
    here.move(600)
    stranger = person(here.engine, "eve@example.com").id
    assert costs(here, (stranger, False))["spent"] == "0.00"
    with pytest.raises(NotFound):
        costs(here, (stranger, False), OWNER)
    with pytest.raises(Forbidden):
        costs(here, (stranger, False), "*")
    with pytest.raises(NotFound):
        costs(here, (stranger, True), "nobody")
    assert costs(here, (stranger, True), OWNER)["spent"] != "0.00"
    everybody = costs(here, (stranger, True), "*", group="user")
    assert everybody["quota"] is None
    assert [(each["user"], each["email"]) for each in everybody["items"]] == [(OWNER, "owner@example.com")]
    assert everybody["items"][0]["spent"] == everybody["spent"]


def test_one_owners_costs_are_found_by_the_index_among_everybodys(here: World) -> None:
    here.approve()
    here.deliver()
    others = text(
        "INSERT INTO users (id, email, password_hash, max_vms, max_vcpus, max_monthly) "
        "SELECT 'u' || n, n || '@example.com', '-', 1, 1, 1 FROM generate_series(1, 200) n"
    )
    same = ", ".join(column.name for column in table(VmRow).columns if column.name not in ("id", "name", "owner_id"))
    copies = f"SELECT 'v' || n, 'vm-' || n, 'u' || (n % 200 + 1), {same} FROM vms, generate_series(1, 4000) n"
    with here.engine.begin() as connection:
        connection.execute(others)
        connection.execute(text(f"INSERT INTO vms (id, name, owner_id, {same}) {copies}"))
        connection.execute(text("ANALYZE vms"))
    now = here.now()
    statements = watched(here.engine)
    found = PostgresCosts(here.engine).uses(OWNER, now - timedelta(days=30), now)
    assert len(found) == 1
    ((statement, parameters),) = statements
    with here.engine.connect() as connection:
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
    assert "vms_of_owner" in plan
    assert "Seq Scan on vms" not in plan


def watched(engine: Engine) -> list[tuple[str, Any]]:
    """What is asked of the database from here on, as the driver gets it."""

    seen: list[tuple[str, Any]] = []

    def keep(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    return seen


def test_over_http(configured: None, engine: Engine) -> None:
    person(engine, "ada@example.com")
    with TestClient(load("accounts").app, base_url="https://vm.example.com") as accounts:
        accounts.post("/api/accounts", json={"email": "bob@example.com", "password": PASSWORD})
        accounts.post("/api/session", json={"email": "bob@example.com", "password": PASSWORD})
        cookies = dict(accounts.cookies)
    with TestClient(load("status").app, base_url="https://vm.example.com") as client:
        assert client.get("/api/costs").status_code == 401
        client.cookies.update(cookies)
        answer = client.get("/api/costs")
        assert answer.status_code == 200
        document = answer.json()
        assert (document["spent"], document["currency"], document["vms"]) == ("0.00", "USD", [])
        assert document["forecast"]["history_days"] == 0
        assert client.get("/api/costs", params={"owner": "*"}).json()["code"] == "auditor_only"
        assert client.get("/api/costs", params={"group": "colour"}).status_code == 422
        assert client.get("/api/costs", params={"group": "user"}).json()["users"] == []
