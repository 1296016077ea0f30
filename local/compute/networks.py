"""networks and subnetworks: the auto-mode network `default`, with a subnetwork in each region."""

from __future__ import annotations

from ipaddress import IPv4Network

from local.compute.addresses import SUBNETWORKS
from local.compute.call import Call
from local.compute.cloud import Cloud
from local.compute.errors import not_found
from local.compute.listing import aggregated, listed
from local.compute.wire import MADE_BY_GOOGLE, Json, fingerprint, link, steady_id


def get(cloud: Cloud, call: Call) -> Json:
    if call.name != "default":
        raise not_found(f"projects/{call.project}/global/networks/{call.name}")
    return _network(call.project)


def list_(cloud: Cloud, call: Call) -> Json:
    return listed("network", call.path, [_network(call.project)], call.params)


def subnetwork_get(cloud: Cloud, call: Call) -> Json:
    if call.name != "default":
        raise not_found(f"projects/{call.project}/regions/{call.region}/subnetworks/{call.name}")
    return _subnetwork(call.project, call.region)


def subnetwork_list(cloud: Cloud, call: Call) -> Json:
    return listed("subnetwork", call.path, [_subnetwork(call.project, call.region)], call.params)


def subnetwork_aggregated_list(cloud: Cloud, call: Call) -> Json:
    found = [(f"regions/{region}", _subnetwork(call.project, region)) for region in SUBNETWORKS]
    return aggregated("subnetwork", call.path, [scope for scope, _ in found], found, call.params)


def _network(project: str) -> Json:
    return {
        "kind": "compute#network",
        "id": steady_id(f"{project}/default"),
        "creationTimestamp": MADE_BY_GOOGLE,
        "name": "default",
        "description": "Default network for the project",
        "selfLink": link(f"projects/{project}/global/networks/default"),
        "autoCreateSubnetworks": True,
        "subnetworks": [link(f"projects/{project}/regions/{region}/subnetworks/default") for region in SUBNETWORKS],
        "routingConfig": {"routingMode": "REGIONAL"},
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
    }


def _subnetwork(project: str, region: str) -> Json:
    return {
        "kind": "compute#subnetwork",
        "id": steady_id(f"{project}/{region}/default"),
        "creationTimestamp": MADE_BY_GOOGLE,
        "name": "default",
        "network": link(f"projects/{project}/global/networks/default"),
        "ipCidrRange": SUBNETWORKS[region],
        "gatewayAddress": str(IPv4Network(SUBNETWORKS[region])[1]),
        "region": link(f"projects/{project}/regions/{region}"),
        "selfLink": link(f"projects/{project}/regions/{region}/subnetworks/default"),
        "privateIpGoogleAccess": False,
        "fingerprint": fingerprint([project, region]),
        "purpose": "PRIVATE",
        "stackType": "IPV4_ONLY",
    }
