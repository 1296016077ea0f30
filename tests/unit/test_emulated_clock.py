"""The emulated cloud's clock."""

from __future__ import annotations

import asyncio

import pytest

from local.clock import Clock


@pytest.mark.parametrize("steps", range(8))
def test_who_waits_can_be_cancelled_in_the_moment_that_the_clock_moves(steps: int) -> None:
    async def cancelled() -> bool:
        clock = Clock()
        waiting = asyncio.create_task(clock.sleep_until(clock.time() + 3600))
        await asyncio.sleep(0)
        clock.move_to(1)
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        return waiting.done()

    assert asyncio.run(cancelled())
