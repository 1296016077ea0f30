"""firewalls.*: VPC firewall rules of the default network. They carry no labels."""

from __future__ import annotations

from ipaddress import ip_network

from local.compute.call import Call, begin
from local.compute.cloud import Cloud
from local.compute.errors import already_exists, invalid, not_found, required
from local.compute.listing import listed
from local.compute.operations import Target
from local.compute.wire import Json, checked_name, link, new_id, path_of, short, timestamp

_SOURCES = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
_CHANGEABLE = (
    "description",
    "priority",
    *_SOURCES,
    "destinationRanges",
    "targetTags",
    "targetServiceAccounts",
    "allowed",
    "denied",
    "logConfig",
    "disabled",
)


def insert(cloud: Cloud, call: Call) -> Json:
    body = call.body
    name = checked_name(body)
    path = f"projects/{call.project}/global/firewalls/{name}"
    if (call.project, name) in cloud.world.firewalls:
        raise already_exists(path)
    network = short(body.get("network", "default"))
    if network != "default":
        raise not_found(f"projects/{call.project}/global/networks/{network}")
    resource: Json = {
        "kind": "compute#firewall",
        "id": new_id(),
        "creationTimestamp": timestamp(cloud.timeline.now()),
        "name": name,
        "network": link(f"projects/{call.project}/global/networks/default"),
        "priority": 1000,
        "direction": body.get("direction", "INGRESS"),
        "logConfig": {"enable": False},
        "disabled": False,
        "selfLink": link(path),
        **{field: body[field] for field in _CHANGEABLE if field in body},
    }
    if resource["direction"] == "INGRESS" and not any(body.get(source) for source in _SOURCES):
        resource["sourceRanges"] = ["0.0.0.0/0"]
    _check(resource)
    cloud.quotas.hold_firewall(call.project)
    cloud.world.firewalls[call.project, name] = resource
    undone = ("firewall.remove", {"project": call.project, "name": name})
    return begin(cloud, call, "insert", _target(resource), cloud.pace.edit, otherwise=undone)


def get(cloud: Cloud, call: Call) -> Json:
    return _find(cloud, call)


def list_(cloud: Cloud, call: Call) -> Json:
    rules = [rule for (project, _), rule in cloud.world.firewalls.items() if project == call.project]
    return listed("firewall", call.path, rules, call.params)


def delete(cloud: Cloud, call: Call) -> Json:
    rule = _find(cloud, call)
    step = ("firewall.remove", {"project": call.project, "name": call.name})
    return begin(cloud, call, "delete", _target(rule), cloud.pace.edit, step)


def patch(cloud: Cloud, call: Call) -> Json:
    """Changes the fields that are sent; the others stay."""
    rule = _find(cloud, call)
    fields = {field: call.body[field] for field in _CHANGEABLE if field in call.body}
    _check({**rule, **fields})
    step = ("firewall.set", {"project": call.project, "name": call.name, "fields": fields})
    return begin(cloud, call, "patch", _target(rule), cloud.pace.edit, step)


def _check(rule: Json) -> None:
    """Raise 400 for a rule that neither allows nor denies, does both, or has ranges or protocols that are none."""
    if not rule.get("allowed") and not rule.get("denied"):
        raise required("resource.allowed")
    if rule.get("allowed") and rule.get("denied"):
        raise invalid("resource.denied", "", "Only one of allowed and denied may be specified.")
    for entry in [*rule.get("allowed", []), *rule.get("denied", [])]:
        if not entry.get("IPProtocol"):
            raise required("resource.allowed[0].IPProtocol")
    for field in ("sourceRanges", "destinationRanges"):
        for place, text in enumerate(rule.get(field, [])):
            try:
                ip_network(text)
            except ValueError:
                why = "Must be a valid address range in CIDR notation."
                raise invalid(f"resource.{field}[{place}]", text, why) from None


def _find(cloud: Cloud, call: Call) -> Json:
    rule = cloud.world.firewalls.get((call.project, call.name))
    if rule is None:
        raise not_found(f"projects/{call.project}/global/firewalls/{call.name}")
    return rule


def _target(rule: Json) -> Target:
    return Target(path_of(rule["selfLink"]), str(rule["id"]))
