"""An instance's scheduling: the defaults that Compute fills in, and the switch that ends it at a time."""

from __future__ import annotations

from local.compute.errors import ApiError, invalid, unusable
from local.compute.wire import Json, epoch, timestamp
from local.compute.world import Instance

_FIELD = "resource.scheduling"
_SHORTEST = 30.0  # seconds
_LONGEST = 120 * 86400.0


def completed(given: Json, *, has_gpu: bool, now: float) -> Json:
    """The scheduling as it is stored. Absent stays absent, but for what Compute always answers with."""
    spot = given.get("provisioningModel") == "SPOT" or bool(given.get("preemptible"))
    migrates = not (spot or has_gpu)
    scheduling: Json = {
        **given,
        "onHostMaintenance": given.get("onHostMaintenance", "MIGRATE" if migrates else "TERMINATE"),
        "automaticRestart": given.get("automaticRestart", not spot),
        "preemptible": spot,
        "provisioningModel": given.get("provisioningModel", "STANDARD"),
    }
    if spot and scheduling["automaticRestart"]:
        raise invalid(f"{_FIELD}.automaticRestart", "true", "Preemptible instances cannot be automatically restarted.")
    if spot and scheduling["onHostMaintenance"] == "MIGRATE":
        raise invalid(f"{_FIELD}.onHostMaintenance", "MIGRATE", "Preemptible instances do not support live migration.")
    if has_gpu and scheduling["onHostMaintenance"] == "MIGRATE":
        raise unusable("Instances with guest accelerators do not support live migration.")
    _check_times(given, now)
    return scheduling


def termination(instance: Instance, now: float) -> float | None:
    """When the switch of an instance that gets power now will go off (epoch seconds); None if it has none.

    Raises 400 when that is in the past: such an instance cannot be started.
    """
    scheduling = instance.resource["scheduling"]
    if "maxRunDuration" in scheduling:
        return now + _seconds(scheduling["maxRunDuration"])
    if "terminationTime" not in scheduling:
        return None
    field = f"{_FIELD}.terminationTime"
    moment = epoch(scheduling["terminationTime"], field)
    if moment <= now:
        raise invalid(field, scheduling["terminationTime"], "Termination time must be in the future.")
    return moment


def arm(instance: Instance, moment: float | None) -> None:
    """Show in the resource when the switch will go off; None takes it away."""
    status = instance.resource["resourceStatus"]["scheduling"]
    status.pop("terminationTimestamp", None)
    if moment is not None:
        status["terminationTimestamp"] = timestamp(moment)


def armed(instance: Instance) -> str:
    """What the resource shows; empty if the switch is off."""
    return str(instance.resource["resourceStatus"]["scheduling"].get("terminationTimestamp", ""))


def ends_by_deletion(instance: Instance) -> bool:
    """Whether the switch, or a preemption, deletes the instance; else it stops it."""
    return bool(instance.resource["scheduling"].get("instanceTerminationAction") == "DELETE")


def _check_times(given: Json, now: float) -> None:
    limited = [name for name in ("terminationTime", "maxRunDuration") if name in given]
    if len(limited) == 2:
        raise invalid(f"{_FIELD}.terminationTime", given["terminationTime"], "Only one time limit can be specified.")
    if not limited:
        return
    name = limited[0]
    ahead = _seconds(given[name]) if name == "maxRunDuration" else epoch(given[name], f"{_FIELD}.terminationTime") - now
    if not _SHORTEST <= ahead <= _LONGEST:
        raise invalid(f"{_FIELD}.{name}", given[name], "Must be between 30 seconds and 120 days from now.")


def _seconds(duration: Json) -> float:
    try:
        return float(duration["seconds"])
    except (KeyError, TypeError, ValueError):
        raise ApiError(400, f"Invalid value for field '{_FIELD}.maxRunDuration': '{duration}'.", "invalid") from None
