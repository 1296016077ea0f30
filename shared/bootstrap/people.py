"""Accounts, what administrators set, and the audit log."""

from __future__ import annotations

from functools import cache

from shared import bootstrap, log
from shared.bootstrap import rows
from shared.db.accounts import PostgresAccounts
from shared.db.administration import PostgresAdministration
from shared.db.auditing import PostgresAuditLog
from shared.db.webhooks import PostgresWebhooks
from shared.domain.accounts import Quotas
from shared.services.accounts import Accounts
from shared.services.administering import Administering
from shared.services.auditing import Auditing
from shared.services.webhooks import Webhooks


@cache
def accounts() -> Accounts:
    chosen = bootstrap.settings()
    return Accounts(
        PostgresAccounts(bootstrap.engine(), log.trace_id.get),
        bootstrap.hourly("sign_in", chosen.sign_in_limit),
        signup=chosen.signup,
        longest=chosen.session_longest,
        quotas=Quotas(chosen.max_vms, chosen.max_vcpus, chosen.max_monthly),
    )


@cache
def webhooks() -> Webhooks:
    chosen = bootstrap.settings()
    store = PostgresWebhooks(bootstrap.engine(), log.trace_id.get)
    return Webhooks(store, chosen.hook_key, mail=bool(chosen.smtp_host), outbox=chosen.mail_outbox_url)


@cache
def administering() -> Administering:
    store = PostgresAdministration(bootstrap.engine(), log.trace_id.get)
    return Administering(store, rows.reads().regions, bootstrap.settings().public_url)


@cache
def auditing() -> Auditing:
    return Auditing(PostgresAuditLog(bootstrap.engine()))
