"""What an owner approves, extends and reveals: bounded, made once, followed everywhere and on record."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from shared.db.models import Audit, OutboxRow, User, table
from shared.domain.errors import Conflict
from shared.domain.life import REASONS, Reason
from shared.services.owning import Who
from shared.services.requesting import Approval
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead, down, killed
from tests.integration.world import DJANGO, OWNER, WHO, World


def test_an_extension_is_bounded_by_the_accounts_money_too(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    with here.engine.begin() as connection:
        connection.execute(update(table(User)).values(max_monthly=Decimal(1)))
    with pytest.raises(Conflict) as refused:
        here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=20), Decimal(1000), "more")
    assert refused.value.code == "quota_exceeded"


def test_every_label_follows_an_extension(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.extend(WHO, "django-001", timedelta(hours=6), Decimal(50), "more")
    here.deliver()
    end = here.vm(vm_id).expires_at
    assert end is not None
    told = str(int(end.timestamp()))
    assert [disk["labels"]["vmc-end"] for disk in here.cloud()["disks"]] == [told]
    assert [rule["description"].rpartition("=")[2] for rule in here.cloud()["firewalls"]] == [told]
    assert [labels["vmc-end"] for _, labels in here.secrets.list()] == [told]


def test_the_machines_label_follows_an_extension_though_its_rule_is_gone(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.compute.close_firewall(here.names("firewalls")[0], str(uuid.uuid4()))
    here.owning.extend(WHO, "django-001", timedelta(hours=6), Decimal(50), "more")
    here.sweeps(3)
    end = here.vm(vm_id).expires_at
    assert end is not None
    assert here.cloud()["instances"][0]["labels"]["vmc-end"] == str(int(end.timestamp()))


def test_an_extension_whose_answer_was_lost_is_not_made_twice(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.idempotency = Instead(here.owning.idempotency, finish=killed)
    with suppress(KeyboardInterrupt):
        here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=2), Decimal(50), "once")
    here.owning.idempotency = here.requesting.idempotency
    here.move(61)
    here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=2), Decimal(50), "once")
    assert here.vm(vm_id).lease == timedelta(hours=4)


def test_credentials_are_shown_though_their_secret_cannot_be_deleted_at_once(here: World) -> None:
    here.approve()
    here.deliver()
    here.owning.secrets = lambda: Instead(here.secrets, delete=down)
    assert here.owning.reveal(WHO, "django-001").document["private_key"]


def test_what_an_administrator_deletes_before_it_is_up_is_not_said_to_be_its_owners_wish(here: World) -> None:
    vm_id = here.approve()
    here.owning.delete(Who("root", admin=True, address="203.0.113.9"), "django-001")
    here.deliver()
    outbox = table(OutboxRow)
    with here.engine.begin() as connection:
        query = select(outbox.c.body).where(outbox.c.vm_id == vm_id, outbox.c.kind == "mail")
        (told,) = connection.execute(query).scalars()
    assert (here.vm(vm_id).reason, told["notice"]) == (Reason.ADMIN, "killed")
    assert here.receipt(vm_id)["reason"]["text"] == REASONS[Reason.ADMIN]


def test_an_approval_is_refused_where_no_region_that_offers_the_machine_may_hold_it(here: World) -> None:
    here.limit(16, "europe-west2")  # which does not offer it
    spec = DJANGO.model_copy(update={"machine_type": "c3d-standard-16-lssd"})
    with pytest.raises(Conflict) as refused:
        here.approve(spec)
    assert refused.value.code == "above_every_limit"


def test_a_ceiling_below_every_price_is_refused_though_the_limits_were_raised_since_the_quote(here: World) -> None:
    spec = DJANGO.model_copy(update={"machine_type": "e2-standard-16"})
    here.quote(OWNER, spec)
    here.limit(16, "us-west1")
    approval = Approval(OWNER, "203.0.113.7", spec, Decimal("0.0001"), "suggestion")
    with pytest.raises(Conflict) as refused:
        here.requesting.approve(approval, "key")
    assert refused.value.code == "ceiling_too_low"


def test_a_key_that_was_used_with_another_public_key_is_refused(here: World) -> None:
    made = here.quote(OWNER, DJANGO)
    first = Approval(OWNER, "203.0.113.7", DJANGO, made.max_total, "suggestion", "ssh-ed25519 AAAAone")
    here.requesting.approve(first, "key")
    with pytest.raises(Conflict) as refused:
        here.requesting.approve(replace(first, public_key="ssh-ed25519 AAAAtwo"), "key")
    assert refused.value.code == "idempotency_key_reused"


def test_the_audit_record_of_an_approval_tells_what_was_approved(here: World) -> None:
    vm_id = here.approve()
    audit = table(Audit)
    with here.engine.begin() as connection:
        found = connection.execute(select(audit.c.after).where(audit.c.vm_id == vm_id, audit.c.vm_number == 1))
        after = found.scalar_one()
    assert after["spec"]["machine_type"] == DJANGO.machine_type
    assert Decimal(str(after["approved_total"])) == here.vm(vm_id).approved_total
