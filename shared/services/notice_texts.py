"""What a notice says: the mail's subject and text, and the webhook's document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.spec import format_duration


def mail(body: Mapping[str, Any], now: datetime, timezone: str | None, public_url: str) -> tuple[str, str]:
    """Subject and plain text."""
    name = body["vm"]
    subject, sentences = _TOLD[body["notice"]](body, now, timezone)
    address = f"{public_url}/vms/{name}"
    link = _LINKS.get(body["notice"], "Its receipt: {}").format(address)
    return f"{name} {subject}", "\n\n".join(
        [*sentences, link, f"Which of these messages you get is yours to say: {public_url}/account", ""]
    )


def document(body: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """The webhook's JSON: `type` is `vm.` and the notice's kind; money as strings, times as RFC 3339."""
    address = f"{public_url}/vms/{body['vm']}"
    told = ("state", "reason", "expires_at", "metered", "quoted", "currency")
    return {
        "type": f"vm.{body['notice']}",
        "timestamp": body["at"],
        "data": {
            "vm": body["vm"],
            **{name: body[name] for name in told},
            **{name: body[name] for name in ("idle_for", "stops_at", "saving_hourly") if name in body},
            "url": address,
            "extend": f"{address}?extend",
        },
    }


def _ends_soon(body: Mapping[str, Any], now: datetime, timezone: str | None) -> tuple[str, list[str]]:
    end = datetime.fromisoformat(body["expires_at"])
    left = format_duration(max(end - now, timedelta(minutes=1)))
    told = f"{body['vm']} ends in {left}, at {_moment(end, timezone)}."
    return f"ends in {left}", [told, "The machine and its disk are deleted then, with everything on them."]


def _idle(body: Mapping[str, Any], now: datetime, timezone: str | None) -> tuple[str, list[str]]:
    stop = datetime.fromisoformat(body["stops_at"])
    left = format_duration(max(stop - now, timedelta(minutes=1)))
    told = (
        f"{body['vm']} has been idle for {body['idle_for']}. It is stopped at {_moment(stop, timezone)}, unless it is "
    )
    return f"is idle, and stopped in {left}", [f"{told}used until then or you keep it running.", _saved(body), _START]


def _idle_stopped(body: Mapping[str, Any], _: datetime, __: str | None) -> tuple[str, list[str]]:
    told = (
        f"{body['vm']} had been idle for {body['idle_for']}, and is stopped as you wished. Its disk stays, and its end."
    )
    return "is stopped: it was idle", [told, _saved(body), _START]


def _failed(body: Mapping[str, Any], _: datetime, __: str | None) -> tuple[str, list[str]]:
    return "did not come up", [f"{body['vm']} did not come up: {body['reason']}. Nothing of it is left.", _cost(body)]


def _expired(body: Mapping[str, Any], _: datetime, timezone: str | None) -> tuple[str, list[str]]:
    end = datetime.fromisoformat(body["expires_at"])
    told = f"The time of {body['vm']} was up at {_moment(end, timezone)}. All of it was read back as deleted."
    return "is gone: its time was up", [told, _cost(body)]


def _killed(body: Mapping[str, Any], _: datetime, __: str | None) -> tuple[str, list[str]]:
    return "is gone before its time", [f"{body['vm']} is gone: {body['reason']}. Nothing of it is left.", _cost(body)]


_TOLD = {
    "ends_soon": _ends_soon,
    "idle": _idle,
    "idle_stopped": _idle_stopped,
    "failed": _failed,
    "expired": _expired,
    "killed": _killed,
}
_START = "To be started again it needs room in its region at that moment."
_LINKS = {"ends_soon": "Extend it: {}?extend", "idle": "Keep it running: {}", "idle_stopped": "Start it again: {}"}


def _saved(body: Mapping[str, Any]) -> str:
    return f"Stopped, it costs {body['saving_hourly']} {body['currency']} an hour less: its disk alone is paid for."


def _cost(body: Mapping[str, Any]) -> str:
    return f"It cost {body['metered']} {body['currency']}, of {body['quoted']} {body['currency']} quoted."


def _moment(when: datetime, timezone: str | None) -> str:
    zone = timezone or "UTC"
    return f"{when.astimezone(ZoneInfo(zone)):%H:%M on %d %B %Y} ({zone})"
