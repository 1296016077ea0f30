"""Use case: an approval, bound to the exact spec and a ceiling. Nothing else creates a VM."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from shared.catalog.machines import known_machine_type
from shared.domain.errors import Conflict, Refusal
from shared.domain.life import Figures
from shared.domain.money import written
from shared.domain.quote import Meter, Quote, total
from shared.domain.regions import RegionSetting
from shared.domain.spec import Spec
from shared.domain.use import OFF
from shared.domain.vm import Actor, Event, Ledger, Vm, new_id
from shared.services.idling import check_measurable
from shared.services.naming import stem
from shared.services.ports import Approvals, Idempotency
from shared.services.quoting import Market, offers
from shared.services.relay import Relay
from shared.services.views import vm_view

Requote = Callable[[str, Spec], Quote]  # a fresh quote for the account, kept


@dataclass(frozen=True)
class Approval:
    """What a person, or their token, agrees to. Without a public key the account's own is used, if it has one; else a
    pair is made; without an `idle_stop` (`off`, or a length) the account's own holds."""

    user_id: str
    address: str
    spec: Spec
    approved_total: Decimal
    suggestion_id: str
    public_key: str | None = None
    login_user: str = "vmuser"
    idle_stop: str | None = None


@dataclass(frozen=True)
class Answer:
    """The document that answers a write, and the status it is answered with."""

    status: int
    document: Mapping[str, Any] = field(default_factory=dict)


def digest(*parts: object) -> str:
    """What an idempotency key was used for, so that using it for something else is noticed."""
    return sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()


class Requesting:
    def __init__(
        self,
        approvals: Approvals,
        idempotency: Idempotency,
        relay: Relay,
        requote: Requote,
        validate: Callable[[Spec], None],
        own_key: Callable[[str], str | None],
        suggestion: Callable[[str, str], object],
        limit: Callable[[str, str], None],
        figures: Figures,
    ) -> None:
        self.approvals = approvals
        self.idempotency = idempotency
        self.relay = relay
        self.requote = requote
        self.validate = validate
        self.own_key = own_key
        self.suggestion = suggestion
        self.limit = limit
        self.figures = figures

    def approve(self, approval: Approval, key: str) -> Answer:
        """202 with the VM. Raises Invalid for a spec that breaks a rule; NotFound for a suggestion that is not the
        account's; Conflict `quote_expired`, `ceiling_too_low`,
        `above_every_limit`, `quota_exceeded` or `creation_paused`. The same key answers the same again."""
        self.validate(approval.spec)
        if approval.idle_stop not in (None, OFF):
            check_measurable(approval.spec)
        self.suggestion(approval.user_id, approval.suggestion_id)
        explicit_key = approval.public_key
        if approval.public_key is None:
            approval = replace(approval, public_key=self.own_key(approval.user_id))
        used_for = digest(
            approval.spec.digest(),
            written(approval.approved_total),
            approval.suggestion_id,
            explicit_key,
            *([approval.idle_stop] if approval.idle_stop else []),
        )
        if given := self.idempotency.begin(approval.user_id, key, "approve", used_for):
            return Answer(*given)
        try:
            self.limit(approval.user_id, approval.address)
            vm = self.approvals.approve(
                approval.user_id,
                approval.spec.digest(),
                key,
                lambda ledger: self._decide(approval, ledger),
                vm_view,
                approval.idle_stop,
            )
        except Refusal as refusal:
            self.idempotency.abandon(approval.user_id, key)
            if refusal.code == "quote_expired":
                fresh = self.requote(approval.user_id, approval.spec)
                raise Conflict(refusal.code, refusal.detail, quote=fresh.model_dump(mode="json")) from None
            raise
        self.relay.flush(vm.id)
        return Answer(202, vm_view(vm))

    def _decide(self, approval: Approval, ledger: Ledger) -> tuple[Vm, str, Event]:
        """Pure, inside the approval's transaction."""
        if ledger.paused:
            raise Conflict("creation_paused", "An administrator has paused the creation of VMs; try again later.")
        if ledger.quote is None:
            raise Conflict("quote_expired", "No quote for exactly this specification is valid; here is a new one.")
        _check_places(approval, ledger.quote, ledger.regions)
        _check_quota(approval, ledger)
        actor = Actor("user", approval.user_id, approval.address)
        return self._vm(approval, ledger.quote, ledger.now), stem(approval.spec), Event("approved", actor)

    def _vm(self, approval: Approval, quote: Quote, now: datetime) -> Vm:
        return Vm(
            id=new_id(),
            name="",
            owner_id=approval.user_id,
            spec=approval.spec,
            vcpus=known_machine_type(approval.spec.machine_type).reserved_vcpus,
            quote=quote,
            approved_total=approval.approved_total,
            requester_address=approval.address,
            login_user=approval.login_user,
            public_key=approval.public_key,
            suggestion_id=approval.suggestion_id,
            created_at=now,
            updated_at=now,
            lease=approval.spec.lease,
            deadline_at=now + self.figures.requested_deadline,
        )


def _check_places(approval: Approval, quote: Quote, regions: Sequence[RegionSetting]) -> None:
    """Some region may hold it, as the regions are now, and the ceiling reaches the cheapest of those. A stated size is
    never cut to fit: above every region's limit the approval itself is refused."""
    answers = offers(approval.spec, Market(regions))
    lease = Meter(running=approval.spec.lease, existing=approval.spec.lease)
    totals = [total(answer.over(lease)) for answer in answers if answer.eligible]
    if not totals:
        told = "; ".join(f"{answer.region}: {answer.because}" for answer in answers)
        raise Conflict(
            "above_every_limit",
            f"No region may hold {approval.spec.machine_type} ({told}). "
            "An administrator can raise a limit, or choose a smaller machine.",
        )
    if approval.approved_total < min(totals):
        raise Conflict(
            "ceiling_too_low",
            f"The cheapest region costs {written(min(totals))} {quote.currency}; approve at least that.",
            quote=quote.model_dump(mode="json"),
        )


def _check_quota(approval: Approval, ledger: Ledger) -> None:
    vcpus = known_machine_type(approval.spec.machine_type).reserved_vcpus
    if ledger.live_vms + 1 > ledger.max_vms:
        raise Conflict("quota_exceeded", f"You have {ledger.live_vms} of {ledger.max_vms} VMs; delete one first.")
    if ledger.live_vcpus + vcpus > ledger.max_vcpus:
        have = f"Your VMs have {ledger.live_vcpus} of {ledger.max_vcpus} vCPUs"
        raise Conflict("quota_exceeded", f"{have}, and this one needs {vcpus}; delete one or choose a smaller machine.")
    check_money(ledger, approval.approved_total)


def check_money(ledger: Ledger, more: Decimal) -> None:
    """Raise Conflict `quota_exceeded` where so much more is above what may be approved for the account this month."""
    if more > 0 and ledger.month_total + more > ledger.max_monthly:
        spent = f"{written(ledger.month_total)} of {written(ledger.max_monthly)} USD are approved for this month"
        raise Conflict("quota_exceeded", f"{spent}; ask an administrator for more, or choose a shorter lease.")
