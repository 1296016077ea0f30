"""What an owner is told of a VM without asking: which notices there are, and when its end is warned of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from shared.domain.errors import VmCreatorError
from shared.domain.life import Reason, State
from shared.domain.vm import Vm

NoticeKind = Literal["ends_soon", "idle", "idle_stopped", "failed", "expired", "killed"]
NOTICES: tuple[NoticeKind, ...] = get_args(NoticeKind)
CHANNELS = ("mail", "hook")  # the outbox's kinds of message that carry notices

# Before the end. A warning whose moment had passed when the end was set is nobody's news: it is not given.
WARNINGS = (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=10))


@dataclass(frozen=True)
class Message:
    """A notice on its way by one channel. `body`: see `notice`; `tries`: this one counted."""

    id: int
    channel: str
    vm_id: str
    body: Mapping[str, Any]
    tries: int


@dataclass(frozen=True)
class Webhook:
    """Where an account's notices go as HTTPS requests. A new one, with a new secret, has a new id."""

    id: str
    url: str
    created_at: datetime


@dataclass(frozen=True)
class Recipient:
    """Whom a notice is for. `mail_about`: the kinds wanted by mail, None for all. `timezone`: an IANA name."""

    email: str
    mail_about: tuple[str, ...] | None
    timezone: str | None
    webhook: Webhook | None


class Undelivered(VmCreatorError):
    """A notice did not get through. `final`: nor ever will; `one_recipient`: another's may, by the same server."""

    def __init__(self, detail: str, *, final: bool = False, one_recipient: bool = False) -> None:
        super().__init__("undelivered", detail)
        self.final = final
        self.one_recipient = one_recipient


def ending_notice(vm: Vm) -> NoticeKind | None:
    """Which notice a VM's end is; None where its owner asked for it."""
    if vm.reason in (Reason.USER, Reason.CANCELLED):
        return None
    if vm.reason is Reason.EXPIRED:
        return "expired"
    if vm.state is State.FAILED and vm.reason is not Reason.ADMIN:
        return "failed"
    return "killed"
