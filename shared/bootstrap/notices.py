"""What sends notices: the sweep's alone."""

from __future__ import annotations

from functools import cache

from shared import bootstrap
from shared.bootstrap import rows
from shared.db.notices import PostgresNotices
from shared.delivery.mail import SmtpServer
from shared.delivery.webhook import HttpsPoster
from shared.services.notifying import Notifying


@cache
def notifying() -> Notifying:
    chosen = bootstrap.settings()
    return Notifying(
        PostgresNotices(bootstrap.engine()),
        rows.registry().clock,
        _mail_server(),
        HttpsPoster(chosen.hook_timeout.total_seconds()),
        chosen.hook_key,
        chosen.public_url,
    )


def _mail_server() -> SmtpServer | None:
    chosen = bootstrap.settings()
    if not chosen.smtp_host:
        return None
    return SmtpServer(
        chosen.smtp_host,
        chosen.smtp_port,
        chosen.smtp_user,
        chosen.smtp_password,
        chosen.smtp_from,
        chosen.smtp_tls,
        chosen.smtp_timeout.total_seconds(),
    )
