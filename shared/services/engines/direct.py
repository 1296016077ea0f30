"""The engine that calls the Compute API itself: the firewall rule, then the instance. It keeps no state of its own."""

from __future__ import annotations

from shared.domain.machine import OperationView, Order
from shared.domain.vm import Attempt
from shared.services.ports import Compute, Fence


class DirectEngine:
    """Every call carries its requestId, so that the same one may be sent again."""

    name = "compute"

    def __init__(self, compute: Compute) -> None:
        self.compute = compute

    def state_location(self, vm_id: str) -> str | None:
        return None

    def prepare(self, order: Order, request_id: str, fence: Fence) -> None:
        fence()
        self.compute.open_firewall(order.rule, request_id)

    def create(self, order: Order, attempt: Attempt, fence: Fence) -> str:
        fence()
        return self.compute.insert(order.machine, attempt.request_id)

    def adopt(self, order: Order, attempt: Attempt, fence: Fence) -> str | None:
        return None

    def outcome(self, vm_id: str, attempt: Attempt) -> OperationView | None:
        if attempt.operation is None:
            return None
        view = self.compute.operation(attempt.zone, attempt.operation)
        if view is not None and view.error is not None:
            view.error.unknown_outcome = False  # a final operation has said what became of it
        return view

    def destroy(self, order: Order, request_id: str, fence: Fence) -> str | None:
        return None

    def destroyed(self, name: str) -> OperationView | None:
        return None

    def cancel(self, vm_id: str) -> None:
        """An insert cannot be called back."""
