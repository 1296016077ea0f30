"""The emulated Cloud Build, driven by Google's own client. No terraform is needed: steps are small scripts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import BadRequest, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud.devtools.cloudbuild_v1 import Build, CloudBuildClient

from local.build import guard
from local.build.api import CloudBuild
from local.compute import make_app as compute_app
from local.processes import Process
from local.server import free_port, in_thread
from tests.integration.emulated_builds import (
    LOCATION,
    LOGS_BUCKET,
    PROJECT,
    SOURCE_BUCKET,
    Builds,
    emulated_builds,
    zipped,
)

ROOT = Path(__file__).resolve().parents[2]
PARENT = f"projects/{PROJECT}/locations/{LOCATION}"
# A step that makes a machine with the build's own token, and then would go on.
INSERT = """
import json, os, urllib.request
image = "projects/debian-cloud/global/images/family/debian-13"
body = {"name": "one", "machineType": "zones/us-west1-b/machineTypes/e2-small", "networkInterfaces": [{}],
        "disks": [{"boot": True, "initializeParams": {"sourceImage": image}}]}
headers = {"Authorization": "Bearer " + os.environ["GOOGLE_OAUTH_ACCESS_TOKEN"], "Content-Type": "application/json"}
where = os.environ["GOOGLE_COMPUTE_CUSTOM_ENDPOINT"] + "projects/demo/zones/us-west1-b/instances"
urllib.request.urlopen(urllib.request.Request(where, json.dumps(body).encode(), headers))
print("the answer came")
"""


@pytest.fixture(scope="module")
def compute() -> Iterator[str]:
    with in_thread(compute_app(latency=0)) as url:
        yield url


@pytest.fixture(scope="module")
def cloud(compute: str) -> Iterator[Builds]:
    with emulated_builds(compute) as made:
        yield made


@pytest.fixture(autouse=True)
def _calm(cloud: Builds) -> Iterator[None]:
    yield
    httpx.delete(f"{cloud.url}/_faults")
    cloud.move_to(0)


@pytest.fixture(scope="module")
def client(cloud: Builds) -> CloudBuildClient:
    return client_of(cloud.url)


def client_of(url: str) -> CloudBuildClient:
    credentials = AnonymousCredentials()
    return CloudBuildClient(credentials=credentials, transport="rest", client_options={"api_endpoint": url})


def a_build(*scripts: str, **fields: Any) -> dict[str, Any]:
    steps = [{"name": "python:3.12", "entrypoint": "sh", "args": ["-c", script]} for script in scripts]
    return {"steps": steps, "logs_bucket": f"gs://{LOGS_BUCKET}", "timeout": {"seconds": 600}, **fields}


def submit(client: CloudBuildClient, build: dict[str, Any]) -> str:
    return str(client.create_build(request={"parent": PARENT, "build": build}).metadata.build.id)


def look(client: CloudBuildClient, build_id: str) -> Build:
    return client.get_build(request={"name": f"{PARENT}/builds/{build_id}"})


def ended(client: CloudBuildClient, cloud: Builds, build: dict[str, Any]) -> Build:
    build_id = submit(client, build)
    cloud.settle()
    return look(client, build_id)


def at_work(client: CloudBuildClient, build_id: str, flag: Path) -> None:
    """Wait until the step has told by a file that it runs."""
    until = time.monotonic() + 20
    while not flag.exists():
        assert time.monotonic() < until, "the step never began"
        time.sleep(0.01)
    assert look(client, build_id).status == Build.Status.WORKING


def sleeper(folder: Path) -> tuple[str, Path]:
    """A step that starts a process, tells its id in a file, and waits for ever."""
    flag = folder / "flag"
    return f"sleep 1000 & echo $! >{flag}.new && mv {flag}.new {flag} && wait", flag


def gone(pid: int) -> bool:
    """Whether a process ends within a moment: one that was killed may be waiting for init to take it."""
    until, about = time.monotonic() + 5, Path(f"/proc/{pid}/stat")
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if about.exists() and about.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_a_build_runs_its_steps_on_its_source_and_tells_their_output(client: CloudBuildClient, cloud: Builds) -> None:
    source = cloud.put(SOURCE_BUCKET, "one.zip", zipped({"folder/word": "hello"}))
    build = a_build(
        'cat folder/word && printf %s "$$WORD" >"$$BUILDER_OUTPUT/output"',
        "pwd && echo $BUILD_ID of $_WHO at $$HOME",
        source={"storage_source": source},
        tags=["vmc-test-k2345", "request-1"],
        substitutions={"_WHO": "ann"},
        service_account=f"projects/{PROJECT}/serviceAccounts/builder",
        options={"logging": "GCS_ONLY"},
    )
    build["steps"][0]["env"] = ["WORD=spoken by $PROJECT_ID"]
    build["steps"][1]["dir_"] = "folder"
    found = ended(client, cloud, build)
    assert found.status == Build.Status.SUCCESS
    assert list(found.results.build_step_outputs) == [b"spoken by demo", b""]
    assert [step.exit_code for step in found.steps] == [0, 0]
    assert found.source_provenance.resolved_storage_source.generation == int(source["generation"])
    assert found.create_time <= found.start_time <= found.finish_time
    log = cloud.log(found.id)
    assert "Step #0: hello" in log
    assert "/workspace/folder\n" in log
    assert f"{found.id} of ann at {os.environ['HOME']}" in log
    assert log.endswith("DONE\n")


def test_the_operation_of_a_build_ends_with_it(client: CloudBuildClient, cloud: Builds) -> None:
    well = client.create_build(request={"parent": PARENT, "build": a_build("true")})
    badly = client.create_build(request={"parent": PARENT, "build": a_build("exit 3")})
    assert well.result(timeout=20).status == Build.Status.SUCCESS
    assert badly.exception(timeout=20) is not None


def test_a_step_that_fails_ends_the_build_and_tells_its_exit_code(client: CloudBuildClient, cloud: Builds) -> None:
    found = ended(client, cloud, a_build("echo reason; exit 12", "echo never"))
    assert found.status == Build.Status.FAILURE
    assert found.steps[0].exit_code == 12
    assert found.failure_info.type_ == Build.FailureInfo.FailureType.USER_BUILD_STEP
    assert "reason" in cloud.log(found.id)
    assert "never" not in cloud.log(found.id)


def test_a_source_that_is_not_there_fails_the_build(client: CloudBuildClient, cloud: Builds) -> None:
    source = {"bucket": SOURCE_BUCKET, "object_": "none.zip"}
    found = ended(client, cloud, a_build("true", source={"storage_source": source}))
    assert found.status == Build.Status.FAILURE
    assert found.failure_info.type_ == Build.FailureInfo.FailureType.FETCH_SOURCE_FAILED


def test_an_image_that_nothing_here_stands_for_says_so(client: CloudBuildClient, cloud: Builds) -> None:
    build = a_build("true")
    build["steps"][0]["name"] = "gcr.io/example/unheard-of:1"
    found = ended(client, cloud, build)
    assert (found.status, found.steps[0].exit_code) == (Build.Status.FAILURE, 127)
    assert "no program of this machine stands for the image gcr.io/example/unheard-of:1" in cloud.log(found.id)


def test_a_machine_without_terraform_says_how_to_get_it(
    client: CloudBuildClient, cloud: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    build = a_build("true")
    build["steps"][0]["name"] = "hashicorp/terraform@sha256:" + "0" * 64
    found = ended(client, cloud, build)
    assert (found.status, found.steps[0].exit_code) == (Build.Status.FAILURE, 127)
    assert "https://developer.hashicorp.com/terraform/install" in cloud.log(found.id)


def test_a_cancelled_build_leaves_no_process(client: CloudBuildClient, cloud: Builds, tmp_path: Path) -> None:
    script, flag = sleeper(tmp_path)
    build_id = submit(client, a_build(script))
    at_work(client, build_id, flag)
    name = f"{PARENT}/builds/{build_id}"
    assert client.cancel_build(request={"name": name}).status == Build.Status.CANCELLED
    assert gone(int(flag.read_text()))
    with pytest.raises(BadRequest, match="cannot cancel"):
        client.cancel_build(request={"name": name})


def test_a_build_ends_at_its_time_out_by_the_emulated_clock(
    client: CloudBuildClient, cloud: Builds, tmp_path: Path
) -> None:
    script, flag = sleeper(tmp_path)
    build_id = submit(client, a_build(script))
    at_work(client, build_id, flag)
    cloud.move_to(601)
    cloud.settle()
    found = look(client, build_id)
    assert (found.status, found.steps[0].status) == (Build.Status.TIMEOUT, Build.Status.TIMEOUT)
    assert gone(int(flag.read_text()))


def test_a_build_can_be_killed_between_what_a_call_does_and_its_answer(
    client: CloudBuildClient, cloud: Builds, compute: str
) -> None:
    cloud.fault(method="build.kill", where={"call": "POST */instances", "tag": "*killed*"})
    build = a_build("python3 insert.py")
    build["source"] = {"storage_source": cloud.put(SOURCE_BUCKET, "insert.zip", zipped({"insert.py": INSERT}))}
    found = ended(client, cloud, {**build, "tags": ["killed"]})
    assert (found.status, found.steps[0].exit_code) == (Build.Status.FAILURE, 137)
    assert "the answer came" not in cloud.log(found.id)
    assert [each["name"] for each in httpx.get(f"{compute}/_state").json()["instances"]] == ["one"]


def test_builds_are_found_by_tag_and_status_in_pages_the_newest_first(client: CloudBuildClient, cloud: Builds) -> None:
    made = [submit(client, a_build(f"exit {code}", tags=["paged", f"n{code}"])) for code in (0, 1, 0)]
    cloud.settle()

    def found(expression: str) -> list[str]:
        request = {"parent": PARENT, "filter": expression, "page_size": 2}
        return [build.id for build in client.list_builds(request=request)]

    assert found('tags="paged"') == made[::-1]
    assert found('tags="paged" AND tags="n1"') == [made[1]]
    assert found('tags="paged" AND status="SUCCESS"') == [made[2], made[0]]
    assert found('tags="none"') == []


def test_a_create_whose_answer_was_lost_has_made_one_build(client: CloudBuildClient, cloud: Builds) -> None:
    cloud.fault(method="builds.create", lose_response=True)
    with pytest.raises(Exception, match="Connection aborted"):
        client.create_build(request={"parent": PARENT, "build": a_build("true", tags=["lost"])}, retry=None)
    cloud.settle()
    assert len(list(client.list_builds(request={"parent": PARENT, "filter": 'tags="lost"'}))) == 1


def test_what_google_would_refuse_is_refused(client: CloudBuildClient) -> None:
    account = {"service_account": "projects/demo/serviceAccounts/builder", "logs_bucket": ""}
    for build in ({"steps": []}, a_build("true", tags=["no spaces"]), a_build("$NOBODY"), a_build("true", **account)):
        with pytest.raises(BadRequest):
            submit(client, build)
    with pytest.raises(BadRequest):
        submit(client, a_build("true", substitutions={"_UNUSED": "x"}))
    with pytest.raises(NotFound):
        look(client, "00000000-0000-0000-0000-000000000000")


def test_a_build_waits_in_its_queue_and_can_be_cancelled_there(client: CloudBuildClient, cloud: Builds) -> None:
    cloud.fault(method="builds.start", where={"tag": "slow"}, delay=100)
    waiting = submit(client, a_build("true", tags=["slow"]))
    assert look(client, waiting).status == Build.Status.QUEUED
    assert client.cancel_build(request={"name": f"{PARENT}/builds/{waiting}"}).status == Build.Status.CANCELLED


def test_an_emulator_killed_takes_its_processes_along_and_its_builds_are_lost(tmp_path: Path, compute: str) -> None:
    script, flag = sleeper(tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "local.build", "--port", str(port), "--state", str(tmp_path)]
    command += ["--storage", "http://127.0.0.1:9", "--compute", compute]
    emulator = Process("build", command, port, tmp_path, folder=ROOT, environment={})
    try:
        emulator.wait_until_listening()
        client = client_of(f"http://127.0.0.1:{port}")
        build_id = submit(client, {"steps": a_build(script)["steps"]})
        at_work(client, build_id, flag)
        until = time.monotonic() + 10
        while build_id not in (kept.read_text() if (kept := tmp_path / "build.json").exists() else ""):
            assert time.monotonic() < until, "the build was never written down"
            time.sleep(0.01)
    finally:
        emulator.kill()
    assert gone(int(flag.read_text()))
    with in_thread(CloudBuild(tmp_path, "http://127.0.0.1:9", compute).app()) as url:
        assert look(client_of(url), build_id).status == Build.Status.INTERNAL_ERROR
    assert list((tmp_path / "builds").iterdir()) == []


def test_the_guard_of_a_step_passes_its_exit_code_on() -> None:
    for command, code in ((["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137), (["/no/such/thing"], 127)):
        with subprocess.Popen([sys.executable, guard.__file__, *command], stdin=subprocess.PIPE) as process:
            assert process.wait(10) == code
