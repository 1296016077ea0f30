"""The small parts of a deployment: costs, the builders' digests, the certificate's wait, other people's programs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response

from infra.deploy import builders, checks, programs
from infra.deploy.certificate import Certificate, NotYet
from infra.deploy.costs import idle_month
from infra.deploy.gcloud import Gcloud
from infra.deploy.settings import Settings, Wrong
from infra.deploy.traffic import PUBLIC as ASKED
from infra.deploy.traffic import serving_revision, url_of
from infra.stage import FUNCTIONS, PUBLIC
from local.server import in_thread
from tests.integration.deployed import TOLD
from tests.integration.stand_in_google import StandIn

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "sha256:" + "a" * 64


def test_the_deployment_page_has_the_table_that_make_deploy_shows() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    assert "\n".join(idle_month().markdown()) in page, "python -m infra.deploy.costs prints it anew"
    assert f"(about ${idle_month().total:.0f})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_price_says_where_and_when_it_was_read() -> None:
    for line in idle_month().lines:
        assert line.source.startswith("https://cloud.google.com/"), line.item
        assert line.read, line.item
    assert idle_month().total == sum(line.total for line in idle_month().lines) > Decimal(0)


def test_the_deployment_page_says_what_every_account_may_do() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    told = page.partition("## Who may do what")[2].partition("\n## ")[0]
    workers = (
        (ROOT / "infra" / "terraform" / "identities.tf").read_text(encoding="utf-8").partition("service_account")[0]
    )
    others = re.findall(r'^      (\w+)\s+= "', workers, re.MULTILINE)
    assert len(others) > 5
    assert [name for name in (*FUNCTIONS, *others) if f"`{name}`" not in told] == []


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """A registry that gives anybody a token, but asks for one, as Docker Hub does."""
    app = FastAPI()

    @app.get("/token")
    def token(scope: str, service: str) -> dict[str, str]:
        return {"token": f"{service}/{scope}"}

    @app.head("/v2/{path:path}")
    def manifest(path: str, request: Request) -> Response:
        wanted = "registry/repository:library/node:pull"
        if request.headers.get("authorization") != f"Bearer {wanted}":
            realm = f'Bearer realm="{request.base_url}token",service="registry",scope="repository:library/node:pull"'
            return Response(status_code=401, headers={"WWW-Authenticate": realm})
        if path != "library/node/manifests/22":
            return Response(status_code=404)
        return Response(headers={"Docker-Content-Digest": DIGEST})

    with in_thread(app) as url:
        yield url.removeprefix("http://")


def test_an_image_is_pinned_by_the_digest_that_its_tag_has_now(registry: str) -> None:
    found = builders.pinned({"node": f"{registry}/library/node:22"}, scheme="http")
    assert found == {"node": f"{registry}/library/node@{DIGEST}"}


def test_an_image_that_is_not_there_is_named(registry: str) -> None:
    with pytest.raises(builders.NotFound, match="library/node/manifests/99 answered 404"):
        builders.pinned({"node": f"{registry}/library/node:99"}, scheme="http")


def test_docker_hubs_images_are_named_as_docker_names_them() -> None:
    assert builders.Image.named(builders.IMAGES["node"]).pinned(DIGEST) == f"docker.io/library/node@{DIGEST}"


@pytest.fixture
def resource_manager() -> Iterator[str]:
    """Grants whatever is asked for in one project, and all but one right in the other."""
    app = FastAPI()

    @app.post("/{project}")
    async def rights(project: str, request: Request) -> dict[str, list[str]]:
        asked = (await request.json())["permissions"]
        return {"permissions": asked if project == "my-vms" else [each for each in asked if "setIam" not in each]}

    with in_thread(app) as url:
        yield url + "/{project}"


def test_rights_that_are_lacking_are_named(
    resource_manager: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    StandIn(tmp_path).install(monkeypatch)
    in_project = "you lack in my-vms-machines: resourcemanager.projects.setIamPolicy"
    for account, lacking in (
        ("", [in_project]),
        ("012345-6789AB-CDEF01", [in_project, "you lack in 012345-6789AB-CDEF01: billing.accounts.setIamPolicy"]),
    ):
        found, _ = checks.problems(
            Settings.told(TOLD | {"BILLING_ACCOUNT": account}),
            test_rights=resource_manager,
            test_billing=resource_manager.replace("{project}", "{account}"),
        )
        assert [each.what for each in found] == lacking


class SlowCertificate:
    """ACTIVE at the look after `looks`."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def execute(self, *_: object, **__: object) -> str:
        self.left -= 1
        return "ACTIVE" if self.left < 0 else "PROVISIONING"


@pytest.mark.parametrize(("looks", "in_time"), [(3, True), (99, False)])
def test_the_wait_for_the_certificate_is_bounded_and_says_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, looks: int, in_time: bool
) -> None:
    monkeypatch.setattr(programs, "execute", SlowCertificate(looks).execute)
    said: list[str] = []
    waited: list[float] = []
    wait = Certificate(
        Gcloud("my-vms"),
        "vmc-prod",
        "vms.example.com",
        "203.0.113.7",
        said.append,
        waited.append,
        lambda _: {"203.0.113.9"} if len(waited) < 2 else {"203.0.113.7"},
    )
    if in_time:
        wait.wait(at_most=300)
    else:
        with pytest.raises(NotYet, match="it waits on"):
            wait.wait(at_most=300)
        assert sum(waited) <= 330
    assert "points to 203.0.113.9, not yet to 203.0.113.7" in said[0]
    assert "as it should" in said[1]


def test_a_failed_command_says_what_it_was_and_its_last_words() -> None:
    fail = [sys.executable, "-c", "import sys; sys.exit('it is Tuesday')"]
    with pytest.raises(programs.CommandFailed, match="it is Tuesday"):
        programs.execute(fail)
    with pytest.raises(programs.CommandFailed, match="no end within"):
        programs.execute([sys.executable, "-c", "import time; time.sleep(60)"], patience=0.2)
    with pytest.raises(programs.CommandFailed, match="is not installed"):
        programs.execute(["a-program-that-nobody-has"])


def test_the_vms_need_a_project_of_their_own() -> None:
    told = {"PROJECT": "my-vms", "VM_PROJECT": "my-vms", "DOMAIN": "vms.example.com", "ADMIN_EMAIL": "me@example.com"}
    with pytest.raises(Wrong, match="a project of its own"):
        Settings.told(told)


def test_the_revision_that_serves_is_the_one_with_most_traffic_whatever_its_tags() -> None:
    traffic = [
        {"revisionName": "a-1", "percent": 90},
        {"revisionName": "a-2", "percent": 10},
        {"revisionName": "a-2", "tag": "candidate", "url": "https://candidate---a.run.app"},
    ]
    service = {"status": {"traffic": traffic, "url": "https://a.run.app"}}
    assert serving_revision(service) == "a-1"
    assert url_of(service, "a-2") == "https://candidate---a.run.app"
    assert url_of(service, "a-3") == "https://a.run.app", "a tag of an earlier candidate is not this one's"


def test_what_a_release_asks_from_outside_is_what_people_reach() -> None:
    """Written twice, since the second build has the standard library alone and no staging."""
    assert ASKED == PUBLIC
