"""What a machine says it was made as: its row's facts that nothing else of it tells, and no secret."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from shared.domain.quote import Quote, Rate
from shared.domain.spec import Model, Spec
from shared.domain.vm import Vm


class Description(Model):
    """The field names are those of `Vm`. Written at the insert, and not again: what changes later the
    machine tells otherwise, its end by labels, its size by itself."""

    name: str = Field(pattern=r"^[a-z0-9-]+-[0-9]{1,9}$")
    spec: Spec
    quote: Quote
    approved_total: Decimal
    rates: tuple[Rate, ...]
    requester_address: str
    login_user: str
    public_key: str | None

    @classmethod
    def of(cls, vm: Vm) -> Description:
        return cls(**{name: getattr(vm, name) for name in cls.model_fields})
