"""The two resources of the module infra/terraform/vm, as the stand-in makes, reads and ends them."""

from __future__ import annotations

from tests.terraform.stand_in_cloud import Failed, Json, Refused, compute, finished

GPU_BUILT_IN = ("a2", "a3", "a4", "a4x", "g2", "g4")
ARM = ("c4a", "n4a", "t2a")


class Kind:
    """One of the two resources. `adopted`: its name in the variable `adopt`."""

    adopted: str
    collection: str

    def __init__(self, values: Json) -> None:
        self.values = values
        self.project = f"projects/{values['project_id']}"

    @property
    def path(self) -> str:
        raise NotImplementedError

    def body(self) -> Json:
        raise NotImplementedError

    def must_be_replaced(self, there: Json) -> bool:
        raise NotImplementedError

    def differs(self, there: Json) -> bool:
        return False

    def read(self, path: str) -> Json | None:
        try:
            return compute("GET", path)
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def create(self) -> None:
        try:
            finished(compute("POST", self.path.rpartition("/")[0], self.body()))
        except Refused as error:
            raise Failed(f"Error creating {self.collection}: {error}") from error

    def update(self) -> None:
        finished(compute("PATCH", self.path, self.body()))

    def delete(self, path: str) -> None:
        try:
            finished(compute("DELETE", path))
        except Refused as error:
            if error.status != 404:
                raise

    def state(self, there: Json) -> Json:
        """What the state keeps of a resource: where it is, and what the outputs are made of."""
        return {"path": there["selfLink"].partition("/compute/v1/")[2], "found": there}


class Machine(Kind):
    adopted, collection = "instance", "instance"

    @property
    def path(self) -> str:
        return f"{self.project}/zones/{self.values['zone']}/instances/{self.values['name']}"

    def must_be_replaced(self, there: Json) -> bool:
        return bool(there["name"] != self.values["name"] or not there["zone"].endswith("/" + self.values["zone"]))

    def body(self) -> Json:
        values, place = self.values, f"{self.project}/zones/{self.values['zone']}"
        region = values["zone"].rpartition("-")[0]
        series = values["machine_type"].split("-")[0]
        gpu: Json = values.get("gpu") or {}
        has_gpu = bool(gpu) or series in GPU_BUILT_IN
        body: Json = {
            "name": values["name"],
            "machineType": f"{place}/machineTypes/{values['machine_type']}",
            "disks": [self._boot_disk(place)],
            "networkInterfaces": [
                {
                    "network": f"{self.project}/global/networks/{values['network']}",
                    "subnetwork": f"{self.project}/regions/{region}/subnetworks/{values['network']}",
                    "accessConfigs": [{"type": "ONE_TO_ONE_NAT"}],
                }
            ],
            "labels": values["labels"],
            "metadata": {"items": [{"key": key, "value": value} for key, value in sorted(values["metadata"].items())]},
            "tags": {"items": [values["network_tag"]]},
            "scheduling": self._scheduling(has_gpu=has_gpu),
            "shieldedInstanceConfig": {
                "enableSecureBoot": not (has_gpu or series in ARM),
                "enableVtpm": True,
                "enableIntegrityMonitoring": True,
            },
        }
        if gpu and series not in GPU_BUILT_IN:
            kind = f"{place}/acceleratorTypes/{gpu['type']}"
            body["guestAccelerators"] = [{"acceleratorType": kind, "acceleratorCount": gpu["count"]}]
        return body

    def _boot_disk(self, place: str) -> Json:
        disk = self.values["disk"]
        params = {
            "sourceImage": self.values["image"],
            "diskSizeGb": str(disk["size_gib"]),
            "diskType": f"{place}/diskTypes/{disk['type']}",
            "labels": self.values["labels"],
        }
        return {"boot": True, "autoDelete": True, "initializeParams": params}

    def _scheduling(self, *, has_gpu: bool) -> Json:
        spot = self.values["spot"]
        return {
            "provisioningModel": "SPOT" if spot else "STANDARD",
            "preemptible": spot,
            "automaticRestart": not spot,
            "onHostMaintenance": "TERMINATE" if spot or has_gpu else "MIGRATE",
            "instanceTerminationAction": "DELETE",
            "terminationTime": self.values["termination_time"],
        }


class Rule(Kind):
    adopted, collection = "firewall", "Firewall"

    @property
    def path(self) -> str:
        return f"{self.project}/global/firewalls/{self.values['firewall']['name']}"

    def must_be_replaced(self, there: Json) -> bool:
        return bool(there["name"] != self.values["firewall"]["name"])

    def differs(self, there: Json) -> bool:
        """In what the module does not ignore."""
        body = self.body()
        return any(there.get(field) != body[field] for field in ("sourceRanges", "targetTags", "allowed"))

    def body(self) -> Json:
        rule = self.values["firewall"]
        return {
            "name": rule["name"],
            "description": rule["description"],
            "network": f"{self.project}/global/networks/{self.values['network']}",
            "direction": "INGRESS",
            "allowed": [{"IPProtocol": "tcp", "ports": [str(port) for port in rule["ports"]]}],
            "sourceRanges": rule["source_ranges"],
            "targetTags": [self.values["network_tag"]],
        }
