"""What administrators change, on real PostgreSQL, and what the audit log then says to whom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from shared import auth
from shared.db.auditing import PostgresAuditLog
from shared.db.credentials import PostgresCredentials
from shared.db.models import Audit, table
from shared.domain.errors import Conflict, Invalid, NotFound
from shared.domain.paging import Page
from shared.domain.vm import Actor
from shared.services.auditing import Auditing
from tests.integration import people
from tests.integration.people import ADDRESS, IDLE, PASSWORD, accounts, administering, move, person, records


@pytest.fixture
def root(engine) -> Actor:
    """The only administrator, acting as one."""
    return Actor("admin", person(engine, "root@example.com", "admin").id, ADDRESS)


# Users


def test_users_are_listed_by_email_with_what_they_use(engine, root):
    ada = person(engine, "ada@example.com", "auditor")
    people.vm(engine, ada.id, vcpus=4)
    people.vm(engine, ada.id, vcpus=4, state="FAILED")
    first = administering(engine).users(Page(size=1))
    (shown,) = first.items
    assert (shown["email"], shown["role"], shown["vms"], shown["vcpus"]) == ("ada@example.com", "auditor", 1, 4)
    assert (shown["max_monthly"], shown["disabled"]) == ("500.00", False)
    (last,) = administering(engine).users(Page(1, first.next)).items
    assert last["email"] == "root@example.com"
    assert administering(engine).users(Page(1, last["email"])).items == []


def test_a_change_is_recorded_with_before_and_after_and_nothing_else(engine, root):
    ada = person(engine, "ada@example.com")
    shown = administering(engine).change_user(root, ada.id, max_vms=3, max_monthly=Decimal("120.5"), role="user")
    assert (shown["max_vms"], shown["max_monthly"], shown["max_vcpus"]) == (3, "120.50", 32)
    (record,) = records(engine, "user.changed")
    assert (record.actor_kind, record.actor_id, record.address) == ("admin", root.id, ADDRESS)
    assert record.before == {"max_vms": 10, "max_monthly": "500.00"}
    assert record.after == {"max_vms": 3, "max_monthly": "120.50"}


def test_what_changes_nothing_is_not_recorded(engine, root):
    ada = person(engine, "ada@example.com")
    administering(engine).change_user(root, ada.id, disabled=False, max_vms=10)
    assert records(engine, "user.changed") == []


def test_a_quota_of_nothing_is_a_quota(engine, root):
    ada = person(engine, "ada@example.com")
    shown = administering(engine).change_user(root, ada.id, max_vms=0, max_vcpus=0, max_monthly=Decimal(0))
    assert (shown["max_vms"], shown["max_vcpus"], shown["max_monthly"]) == (0, 0, "0.00")


def test_disabling_ends_sessions_and_stops_tokens_at_once(engine, root):
    made = accounts(engine).sign_up("ada@example.com", PASSWORD, None, ADDRESS)
    ada = Actor("user", made["id"], ADDRESS)
    cookie = accounts(engine).sign_in("ada@example.com", PASSWORD, ADDRESS).cookie
    token = accounts(engine).create_token(ada, "build")["token"]
    credentials = PostgresCredentials(engine)
    administering(engine).change_user(root, ada.id, disabled=True)
    assert credentials.session(auth.digest(cookie), IDLE) is None
    assert credentials.token(auth.digest(token)) is None
    administering(engine).change_user(root, ada.id, disabled=False)
    assert credentials.session(auth.digest(cookie), IDLE) is None, "a session that was ended stays so"
    assert credentials.token(auth.digest(token)) is not None


def test_a_new_role_counts_from_the_next_request(engine, root):
    ada = person(engine, "ada@example.com")
    token = accounts(engine).create_token(ada, "build")["token"]
    administering(engine).change_user(root, ada.id, role="auditor")
    assert PostgresCredentials(engine).token(auth.digest(token)).role == "auditor"


@pytest.mark.parametrize("change", [{"role": "user"}, {"role": "auditor"}, {"disabled": True}])
def test_the_last_administrator_stays(engine, root, change):
    person(engine, "gone@example.com", "admin")
    (gone,) = (user for user in administering(engine).users(Page()).items if user["email"] == "gone@example.com")
    administering(engine).change_user(root, gone["id"], disabled=True)
    with pytest.raises(Conflict) as refused:
        administering(engine).change_user(root, root.id, **change)
    assert refused.value.code == "last_admin"
    assert administering(engine).change_user(root, root.id, max_vms=1)["role"] == "admin"


def test_two_administrators_cannot_demote_each_other_at_once(engine, root):
    other = Actor("admin", person(engine, "other@example.com", "admin").id, ADDRESS)
    pairs = [(root, other.id), (other, root.id)]

    def demote(pair: tuple[Actor, str]) -> str:
        try:
            return administering(engine).change_user(pair[0], pair[1], role="user")["role"]
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, pairs)) == ["last_admin", "user"]


def test_an_unknown_user_is_not_found(engine, root):
    with pytest.raises(NotFound):
        administering(engine).change_user(root, "nobody", disabled=True)


# Invitations


def test_an_invitations_link_is_shown_once_and_lets_one_in(engine, root):
    made = administering(engine).invite(root, "Ada@Example.com", "auditor")
    start = "https://vm.example.com/signup?invitation="
    assert made["link"].startswith(start)
    (listed,) = administering(engine).invitations(Page()).items
    assert listed == {name: made[name] for name in ("id", "email", "role", "created_at", "expires_at")}
    assert listed["email"] == "ada@example.com"
    secret = made["link"].removeprefix(start)
    assert secret not in str(records(engine))
    assert accounts(engine, "invitation").sign_up("ada@example.com", PASSWORD, secret, ADDRESS)["role"] == "auditor"
    assert administering(engine).invitations(Page()).items == []


def test_a_withdrawn_invitation_lets_nobody_in(engine, root):
    made = administering(engine).invite(root, None, "user")
    administering(engine).withdraw(root, made["id"])
    with pytest.raises(NotFound):
        administering(engine).withdraw(root, made["id"])
    assert [record.action for record in records(engine)[-2:]] == ["invitation.created", "invitation.withdrawn"]


def test_an_invitation_that_has_ended_is_no_longer_listed(engine, root):
    administering(engine).invite(root, None, "user")
    move(engine, timedelta(days=7, seconds=1))
    assert administering(engine).invitations(Page()).items == []


def test_an_invitation_for_what_is_no_address_is_refused(engine, root):
    with pytest.raises(Invalid):
        administering(engine).invite(root, "ada", "user")


# Regions and the switch


def test_regions_are_shown_in_their_order_with_their_use(engine, root):
    people.vm(engine, root.id, vcpus=6, region="us-east1")
    shown = administering(engine).regions()
    assert [region["id"] for region in shown][:2] == ["us-west1", "us-east1"]
    assert [region["fallback"] for region in shown] == [False] * 5 + [True] * 2
    east = shown[1]
    assert (east["used_vcpus"], east["vcpu_limit"], east["drained"]) == (6, 8, False)


def test_a_regions_limit_may_go_below_its_use(engine, root):
    people.vm(engine, root.id, vcpus=6, region="us-east1")
    shown = administering(engine).change_region(root, "us-east1", vcpu_limit=0, drained=True)
    assert (shown["vcpu_limit"], shown["used_vcpus"], shown["drained"]) == (0, 6, True)
    (record,) = records(engine, "region.changed")
    assert record.detail == "us-east1"
    assert record.before == {"vcpu_limit": 8, "drained": False}
    assert record.after == {"vcpu_limit": 0, "drained": True}


def test_a_priority_moves_a_region(engine, root):
    administering(engine).change_region(root, "asia-south2", priority=0)
    assert administering(engine).regions()[0]["id"] == "asia-south2"


def test_an_unknown_region_is_not_found(engine, root):
    with pytest.raises(NotFound):
        administering(engine).change_region(root, "mars-north1", drained=True)


def test_the_pause_switch_is_turned_and_recorded_once(engine, root):
    use = administering(engine)
    assert use.settings()["creation_paused"] is False
    assert use.change_settings(root, creation_paused=True)["creation_paused"] is True
    assert use.change_settings(root, creation_paused=True)["creation_paused"] is True
    assert administering(engine).settings()["creation_paused"] is True
    (record,) = records(engine, "settings.changed")
    assert (record.before, record.after) == ({"creation_paused": False}, {"creation_paused": True})


def test_the_projects_limit_of_firewall_rules_is_changed_and_recorded_once(engine, root):
    people.vm(engine, root.id, region="us-east1")
    use = administering(engine)
    told = {"creation_paused": False, "firewall_rule_limit": 1, "used_firewall_rules": 1}
    assert use.change_settings(root, firewall_rule_limit=1) == use.change_settings(root, firewall_rule_limit=1) == told
    (record,) = records(engine, "settings.changed")
    assert (record.before, record.after) == ({"firewall_rule_limit": 100}, {"firewall_rule_limit": 1})


def test_a_regions_limit_of_addresses_is_changed_like_that_of_vcpus(engine, root):
    people.vm(engine, root.id, vcpus=6, region="us-east1")
    shown = administering(engine).change_region(root, "us-east1", address_limit=0)
    assert (shown["address_limit"], shown["used_addresses"], shown["vcpu_limit"]) == (0, 1, 8)
    (record,) = records(engine, "region.changed")
    assert (record.before, record.after) == ({"address_limit": 8}, {"address_limit": 0})


# The audit log


def happened(engine, actor: Actor, action: str, vm: str | None = None) -> None:
    """Something that happened to a VM."""
    row = {"actor_kind": actor.kind, "actor_id": actor.id, "address": actor.address, "action": action}
    with engine.begin() as connection:
        connection.execute(insert(table(Audit)).values(row | {"vm_id": f"id-{vm}" if vm else None, "vm_name": vm}))


@pytest.fixture
def story(engine, root):
    """Ada and Eve each have a VM; provision made Ada's, the administrator touched it."""
    ada, eve = person(engine, "ada@example.com"), person(engine, "eve@example.com")
    hers, other = people.vm(engine, ada.id), people.vm(engine, eve.id)
    happened(engine, ada, "approved", hers)
    happened(engine, Actor("platform", "provision"), "running", hers)
    happened(engine, Actor("admin", root.id, "198.51.100.9"), "delete_requested", hers)
    happened(engine, eve, "approved", other)
    return ada, eve, hers, other


def actions(found) -> list[str]:
    return [record["action"] for record in found.items]


def test_a_user_sees_their_own_records_and_their_vms_and_nobodys_address(engine, story):
    ada, _, hers, _ = story
    found = Auditing(PostgresAuditLog(engine)).search(ada.id, Page(), everybody=False)
    assert actions(found) == ["delete_requested", "running", "approved", "account.created"]
    deleted, ran, approved, _ = found.items
    assert (deleted["actor_kind"], deleted["actor"], deleted["address"]) == ("admin", None, None)
    assert (ran["actor"], ran["vm"]) == ("provision", hers)
    assert (approved["actor"], approved["address"]) == ("ada@example.com", ADDRESS)


def test_a_user_cannot_reach_others_by_searching(engine, story):
    ada, eve, _, other = story
    search = Auditing(PostgresAuditLog(engine)).search
    assert search(ada.id, Page(), everybody=False, vm=other).items == []
    mine = actions(search(ada.id, Page(), everybody=False))
    assert actions(search(ada.id, Page(), everybody=False, actor=eve.id)) == mine
    assert "eve@example.com" not in str(search(ada.id, Page(), everybody=False).items)


def test_an_auditor_finds_everything_by_vm_actor_and_action(engine, story):
    hers = story[2]
    search = Auditing(PostgresAuditLog(engine)).search
    assert actions(search("auditor", Page(), everybody=True, vm=hers)) == ["delete_requested", "running", "approved"]
    assert actions(search("auditor", Page(), everybody=True, actor="Eve@example.com")) == [
        "approved",
        "account.created",
    ]
    assert actions(search("auditor", Page(), everybody=True, actor="provision")) == ["running"]
    approved = search("auditor", Page(), everybody=True, action="approved").items
    assert [record["actor"] for record in approved] == ["eve@example.com", "ada@example.com"]
    (deleted,) = search("auditor", Page(), everybody=True, action="delete_requested").items
    assert (deleted["actor"], deleted["address"]) == ("root@example.com", "198.51.100.9")


def test_the_log_comes_in_pages_newest_first(engine, story):
    search = Auditing(PostgresAuditLog(engine)).search
    whole = actions(search("auditor", Page(size=100), everybody=True))
    seen, page = [], Page(size=2)
    while True:
        listing = search("auditor", page, everybody=True)
        seen += actions(listing)
        if listing.next is None:
            break
        page = Page(2, listing.next)
    assert seen == whole


@pytest.mark.parametrize("cursor", ["", "x", "1; DROP TABLE users", "9" * 30, "²"])
def test_a_made_up_cursor_is_refused(engine, cursor):
    with pytest.raises(Invalid):
        Auditing(PostgresAuditLog(engine)).search("auditor", Page(20, cursor), everybody=True)
