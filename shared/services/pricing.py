"""Use case: prices for an account, ordered by its own preferences: of an edited spec, and of a VM's whole life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from shared.catalog.check import validate, validate_change
from shared.catalog.machines import with_machine_type
from shared.domain.accounts import User
from shared.domain.errors import Invalid, NotFound
from shared.domain.life import Figures
from shared.domain.quote import Quote
from shared.domain.regions import RegionSetting
from shared.domain.spec import Spec
from shared.domain.suggestion import Suggestion
from shared.domain.vm import Vm
from shared.services import terms, whole_life
from shared.services.quoting import Market
from shared.services.suggesting import Options, Steps, Suggesting


class Quotes(Protocol):
    def keep(self, user_id: str, spec: Spec, quote: Quote, vm_id: str | None = None) -> None: ...


class Reads(Protocol):
    def by_name(self, name: str) -> Vm | None: ...
    def regions(self) -> Sequence[RegionSetting]: ...


class Pricing:
    """`user` gives an account, with the preferences that its prices are ordered by; `life`: what rules a VM's life."""

    def __init__(
        self,
        suggesting: Suggesting,
        quotes: Quotes,
        user: Callable[[str], User],
        reads: Reads,
        clock: Callable[[], datetime],
        life: Figures,
    ) -> None:
        self.suggesting = suggesting
        self.quotes = quotes
        self.user = user
        self.reads = reads
        self.clock = clock
        self.life = life

    def suggest(
        self, user_id: str, request: str, refines: str | None, timezone: str | None, use_model: bool
    ) -> Suggestion:
        """Words → an explained, priced suggestion."""
        return self.suggesting.suggest(user_id, request, **self._options(user_id, refines, timezone, use_model))

    def steps(self, user_id: str, request: str, refines: str | None, timezone: str | None, use_model: bool) -> Steps:
        """The same as it comes to be, the model's explanation while it is written."""
        options = self._options(user_id, refines, timezone, use_model)
        return self.suggesting.steps(user_id, request, stream=True, **options)

    def _options(self, user_id: str, refines: str | None, timezone: str | None, use_model: bool) -> Options:
        preferences = self.user(user_id).preferences
        return Options(
            refines=refines,
            timezone=timezone or preferences.timezone,
            policy=preferences.policy,
            use_model=use_model,
        )

    def suggestion(self, user_id: str, suggestion_id: str) -> Suggestion:
        """One that was made before. NotFound for another account's too."""
        found = self.suggesting.suggestions.get(user_id, suggestion_id)
        if found is None:
            raise NotFound("no_such_suggestion", f"There is no suggestion {suggestion_id}.")
        return found

    def quote(self, user_id: str, spec: Spec) -> Quote:
        """A price for exactly this spec, kept for its approval."""
        preferences = self.user(user_id).preferences
        return self.suggesting.requote(user_id, spec, policy=preferences.policy, timezone=preferences.timezone)

    def quote_for_vm(self, user_id: str, admin: bool, name: str, spec: Spec) -> Quote:
        """What a VM's whole life costs under this spec, which may differ from its own in duration, machine type and
        disk size, and what that brings about. Refused as its approval would be, where no price could help."""
        vm = self.reads.by_name(name)
        if vm is None or not (admin or vm.owner_id == user_id):
            raise NotFound("no_such_vm", f"There is no VM {name}.")
        other = terms.altered(vm.spec, spec.machine_type, spec.disk_gib).model_copy(update={"duration": spec.duration})
        if with_machine_type(spec, spec.machine_type) != other:
            told = "A VM that is there can be quoted with another duration, machine type or disk size, nothing else."
            raise Invalid("only_size", told)
        now = self.clock()
        self.check(vm.spec, other, now)
        terms.check_changeable(vm, other, now, self.life)
        figures = self.suggesting.figures
        market = Market(self.reads.regions())
        quote = whole_life.whole_life(vm, other, market, now, figures, slack=figures.valid_for)
        self.quotes.keep(user_id, spec, quote, vm.id)
        return quote

    def whole_life(self, vm: Vm, spec: Spec, now: datetime, regions: Sequence[RegionSetting]) -> Quote:
        """What the VM's whole life costs under that spec. Reads nothing: it is asked inside a transaction."""
        return whole_life.whole_life(vm, spec, Market(regions), now, self.suggesting.figures)

    def check(self, before: Spec, after: Spec, now: datetime) -> None:
        """Raise Invalid with all that a change of the spec would make wrong; reads nothing either."""
        validate_change(before, after, now.date(), self.suggesting.longest_lease)

    def own_key(self, user_id: str) -> str | None:
        """The SSH public key that the account prefers to log in with."""
        return self.user(user_id).preferences.ssh_public_key

    def validate(self, spec: Spec) -> None:
        """Raise Invalid with all that is wrong with the spec."""
        validate(spec, self.clock().date(), self.suggesting.longest_lease)
