"""The stand-in's state and lock, as Terraform's gcs backend keeps them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from tests.terraform.stand_in_cloud import Failed, Json, Refused, call

VERSION = "1.11.4"
INSTANCE, FIREWALL = "google_compute_instance.vm", "google_compute_firewall.access"


class State:
    """The state object and, within `with`, its lock."""

    def __init__(self) -> None:
        backend = json.loads(Path(".terraform/terraform.tfstate").read_text())
        self.bucket, self.prefix = backend["bucket"], backend["prefix"]
        self.generation, self.lock = "0", ""
        self.document: Json = {"version": 4, "terraform_version": VERSION, "serial": 0, "lineage": os.urandom(16).hex()}
        self.resources: dict[str, Json] = {}
        self.load()

    def load(self) -> None:
        self.document |= {"outputs": {}, "resources": [], "check_results": None}
        content, headers = self._storage("GET", f"/{self.bucket}/{self._name('default.tfstate')}")
        if content is not None:
            self.generation = headers["x-goog-generation"]
            self.document = json.loads(content)
        self.resources = {
            f"{each['type']}.{each['name']}": each["instances"][0]["attributes"] for each in self.document["resources"]
        }

    def __enter__(self) -> State:
        path = f"gs://{self.bucket}/{self._name('default.tflock')}"
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        info = {"ID": os.urandom(16).hex(), "Operation": "OperationTypeApply", "Info": "", "Who": "stand-in"}
        try:
            written = self._write("default.tflock", {**info, "Version": VERSION, "Created": created, "Path": path}, "0")
        except Refused as error:
            detail = f'Error message: writing "{path}" failed:\n{error}'
            raise Failed("Error acquiring the state lock", detail) from error
        self.lock = written["generation"]
        self.load()
        return self

    def __exit__(self, *_: object) -> None:
        where = f"{self._objects}/{self._name('default.tflock').replace('/', '%2F')}"
        self._storage("DELETE", f"{where}?ifGenerationMatch={self.lock}")

    def write(self) -> None:
        self.document["serial"] += 1
        self.document["outputs"] = self._outputs()
        self.document["resources"] = [
            {
                "mode": "managed",
                "type": address.partition(".")[0],
                "name": address.partition(".")[2],
                "provider": 'provider["registry.terraform.io/hashicorp/google"]',
                "instances": [{"schema_version": 0, "attributes": attributes}],
            }
            for address, attributes in self.resources.items()
        ]
        self._write("default.tfstate", self.document, None)

    def _outputs(self) -> Json:
        values: Json = {}
        if machine := self.resources.get(INSTANCE):
            found = machine["found"]
            access = found["networkInterfaces"][0].get("accessConfigs", [{}])[0]
            values |= {
                "instance_id": found["id"],
                "instance_name": found["name"],
                "zone": found["zone"].rpartition("/")[2],
                "external_ip": access.get("natIP", ""),
                "termination_time": found["scheduling"].get("terminationTime", ""),
            }
        if rule := self.resources.get(FIREWALL):
            values["firewall_id"] = rule["path"]
        return {name: {"value": value, "type": "string"} for name, value in sorted(values.items())}

    @property
    def _objects(self) -> str:
        return f"/storage/v1/b/{self.bucket}/o"

    def _name(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    def _write(self, name: str, document: Json, generation: str | None) -> Json:
        described = json.dumps({"name": self._name(name)})
        parts = f"--part\r\nContent-Type: application/json\r\n\r\n{described}\r\n"
        parts += f"--part\r\nContent-Type: text/plain\r\n\r\n{json.dumps(document, indent=2)}\r\n--part--\r\n"
        match = f"&ifGenerationMatch={generation}" if generation is not None else ""
        where = f"/upload{self._objects}?uploadType=multipart{match}"
        content, _ = self._storage("POST", where, parts.encode(), "multipart/related; boundary=part")
        written: Json = json.loads(content or b"{}")
        return written

    @staticmethod
    def _storage(verb: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[bytes | None, Any]:
        """The content and the headers; no content for what is not there."""
        host = os.environ["GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT"].removesuffix("/storage/v1/")
        try:
            return call(verb, host + path, body, kind)
        except Refused as error:
            if error.status == 404:
                return None, {}
            raise
