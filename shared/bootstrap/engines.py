"""The engines beside the Compute API's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from shared import bootstrap
from shared.google.cloud_build import BuildFrame, CloudBuild
from shared.google.storage import ObjectBucket
from shared.services.engines import source
from shared.services.engines.terraform import Buckets, TerraformEngine
from shared.services.ports import Compute, Engine

MODULE = Path(__file__).resolve().parents[2] / "infra" / "terraform" / "vm"


@cache
def module() -> Mapping[str, bytes]:
    """The files of the module that makes one VM, as they were staged with the function."""
    return source.module(MODULE)


def beside_compute(compute: Compute) -> Mapping[str, Engine]:
    """Terraform's, where it has what it needs: to make new VMs, or to end those that it made before."""
    chosen = bootstrap.settings()
    if not chosen.has_terraform:
        return {}
    bucket = partial(ObjectBucket, chosen.gcp_project_id, timeout=bootstrap.timeout())
    frame = BuildFrame(
        chosen.gcp_project_id,
        chosen.location,
        chosen.terraform_image,
        chosen.build_service_account,
        chosen.build_source_bucket,
        chosen.build_logs_bucket,
    )
    builds = CloudBuild(frame, bucket(chosen.build_logs_bucket), bootstrap.timeout(), chosen.build_endpoint or None)
    buckets = Buckets(bucket(chosen.state_bucket), chosen.state_bucket, bucket(chosen.build_source_bucket))
    made = TerraformEngine(
        builds, buckets, compute, module, chosen.environment, chosen.vm_project_id, chosen.vm_network
    )
    return {made.name: made}
