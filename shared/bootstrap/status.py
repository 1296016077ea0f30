"""What is read: VMs, live events, costs, the API's description."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared import bootstrap
from shared.bootstrap import channels, rows
from shared.db.costs import PostgresCosts
from shared.services.costing import Costing
from shared.services.viewing import Viewing
from shared.services.watching import Watching

if TYPE_CHECKING:
    from shared.services.exporting import Exporting
    from shared.services.rightsizing import Measured


@cache
def viewing() -> Viewing:
    chosen = bootstrap.settings()
    return Viewing(rows.reads(), chosen.signup, chosen.openai_model if chosen.openai_api_key else None)


@cache
def costing() -> Costing:
    return Costing(PostgresCosts(bootstrap.engine()))


@cache
def measured() -> Measured:
    from shared.services.rightsizing import Measured  # it chooses machines, and so loads what suggests them

    return Measured(rows.use(), rows.reads().regions)


@cache
def watching() -> Watching:
    return Watching(channels.live(), rows.reads(), bootstrap.settings().stream_length)


@cache
def exporting() -> Exporting:
    from shared.bootstrap import engines
    from shared.services.exporting import Exporting, Place

    chosen = bootstrap.settings()
    place = Place(chosen.environment, chosen.vm_project_id, chosen.vm_network, chosen.access_ranges, chosen.figures)
    return Exporting(rows.reads(), engines.module, place)


@cache
def openapi() -> bytes:
    """The description of the whole API, made when the function was staged."""
    return Path(bootstrap.__file__).parent.with_name("openapi.json").read_bytes()
