"""The sweep put together as shared.bootstrap.life does it, of a world's parts, each behind what `port` makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.db.dead_letters import PostgresDeadLetters
from shared.db.notices import PostgresNotices
from shared.db.upkeep import PostgresUpkeep
from shared.db.use import PostgresUse
from shared.domain.use import IdleFigures
from shared.services.dead_letters import DeadLetters
from shared.services.holding import Holding
from shared.services.idling import Idling
from shared.services.notifying import Notifying
from shared.services.provisioning.advancing import Advancer
from shared.services.reaping import Reaper
from shared.services.sealing import Sealing

if TYPE_CHECKING:
    from tests.integration.world import World

Port = Callable[[str, Any], Any]
Errands = Mapping[str, Callable[[float], int]]
HOOK_KEY = "a key of thirty-two characters, or more"
PUBLIC_URL = "https://vm.example.com"
# Lives last for minutes here: what takes an hour and more in earnest has to happen within them.
BRISK = IdleFigures(warning=timedelta(minutes=3), after_start=timedelta(minutes=1), look=timedelta(minutes=2))


def itself(name: str, part: Any) -> Any:
    """The part, and nothing in front of it."""
    return part


def reaper(here: World, advancer: Advancer, errands: Errands | None, port: Port = itself) -> Reaper:
    """On the advancer's own platform and relay."""
    holds, upkeep, archive = (
        port("Holds", here.holds),
        port("Upkeep", PostgresUpkeep(here.engine)),
        here.sealing.archive,
    )
    sealing = Sealing(port("Seals", here.sealing.seals), archive and port("Archive", archive))
    holding = Holding(advancer.platform, holds, sealing)
    outbox, kept = port("Outbox", here.outbox), (upkeep, upkeep, sealing)
    parts = (advancer.platform, advancer, advancer.relay, outbox, *kept, errands)
    return Reaper(*parts, compare=holding.check, refuse=holding.refuse)


def errands(here: World, advancer: Advancer, port: Port = itself) -> Errands:
    """Beside what is beyond this platform: see `tests.integration.outside`."""
    outside, clock, relay = here.outside, advancer.platform.registry.clock, advancer.relay
    notices, letters = (
        port("Notices", PostgresNotices(here.engine)),
        port("DeadLetters", PostgresDeadLetters(here.engine)),
    )
    mail, hook = port("Mail", outside.letters), port("Hook", outside.letters)
    uses = port("Uses", PostgresUse(here.engine, here.registry))
    metrics, holds, stop_within = port("Metrics", outside.meter), port("Holds", here.holds), here.figures.power_deadline
    return {
        "notices": Notifying(notices, clock, mail, hook, HOOK_KEY, PUBLIC_URL).send,
        "dead_letters": DeadLetters(letters, port("Subscription", outside.subscription), relay).collect,
        "use": Idling(metrics, uses, clock, holds, relay, stop_within, BRISK).look,
    }
