"""The uses that the tests of costs and forecasts start from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from shared.catalog.prices import rates
from shared.domain.costs import Use
from shared.domain.life import State
from shared.domain.quote import Stretch
from tests.unit.a_vm import SPEC

REGION = "us-west1"
RATES = rates(SPEC, REGION)
HOUR = timedelta(hours=1)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
SPANS = st.timedeltas(timedelta(0), timedelta(days=40))


def a_use(started: datetime, ended: datetime | None = None, **changes: object) -> Use:
    """A machine that has run since `started`, without a stop."""
    use = Use(
        vm="django-001",
        owner="ann",
        machine_type=SPEC.machine_type,
        region=REGION,
        state=State.DELETED if ended else State.RUNNING,
        rates=RATES,
        started_at=started,
        expires_at=started + 2 * HOUR,
        ended_at=ended,
        ran=((started, None),),
        settled=None,
        quoted=Decimal(1),
        lease=2 * HOUR,
    )
    return replace(use, **changes)


@st.composite
def uses(draw: st.DrawFn) -> Use:
    """Any machine's life: run, stopped and started again, still there or gone."""
    at = started = draw(MOMENTS)
    ran: list[Stretch] = []
    for _ in range(draw(st.integers(0, 4))):
        stopped = at + draw(SPANS)
        ran.append((at, stopped))
        at = stopped + draw(SPANS)
    if draw(st.booleans()):
        ran.append((at, None))
    ended = at + draw(SPANS) if draw(st.booleans()) else None
    use = a_use(started, ended, ran=tuple(ran))
    if ended and draw(st.booleans()):
        return replace(use, settled=draw(st.decimals(0, 500, places=4)))
    return use
