"""make deploy and make destroy, against a stand-in for gcloud and terraform: order, idempotence, and the way back."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from infra.deploy import __main__ as command
from infra.deploy import checks
from infra.deploy.__main__ import main
from infra.deploy.deploying import Deployment
from infra.deploy.destroying import Destruction, StillThere, kept_settings
from infra.deploy.programs import CommandFailed
from infra.deploy.release import TakenBack
from infra.deploy.releasing import release
from infra.deploy.settings import Settings, Wrong
from infra.deploy.traffic import NotReady
from tests.integration.deployed import BUILDERS, NUMBERS, TOLD, all_well, deployment, stage
from tests.integration.stand_in_google import FUNCTIONS, KEYS, StandIn

FIRST, SECOND = ({f"vmc-prod-{name}": f"vmc-prod-{name}-{number:05}" for name in FUNCTIONS} for number in (1, 2))


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    here = StandIn(tmp_path / "google")
    here.install(monkeypatch)
    return here


def test_a_first_deployment_ends_with_the_administrators_link(google: StandIn, tmp_path: Path) -> None:
    link = deployment(tmp_path / "staged").run()
    assert link == "https://vms.example.com/signup?invitation=once"
    assert google.serving() == FIRST
    assert all(service["pinned"] for service in google.state["services"].values()), "one follows whatever is newest"


def test_a_second_run_arrives_at_the_same_end_and_builds_nothing_again(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    things = list(google.state["things"])
    google.state["calls"] = []
    deployment(tmp_path / "staged").run()
    assert google.serving() == FIRST
    assert not google.calls(containing="update-traffic"), "nothing moves where nothing is new"
    assert google.state["things"] == things
    assert not google.calls("gcloud builds submit")


def test_a_release_migrates_first_and_serves_only_what_has_answered(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    google.state["calls"] = []
    google.state["services"]["vmc-prod-admin"]["pinned"] = ""  # as somebody may have left it by hand
    deployment(tmp_path / "staged", "second").run()
    steps = [
        "--to-revisions=vmc-prod-admin-00001=100",  # held
        "jobs update vmc-prod-migrate",
        "jobs execute vmc-prod-migrate",
        " apply ",
        "--update-tags=candidate=vmc-prod-admin-00002",
        "jobs execute vmc-prod-smoke",
        "--to-revisions=vmc-prod-admin-00002=100",
        "index.html gs://page/index.html",
    ]
    calls = google.calls()
    places = [next(place for place, line in enumerate(calls) if step in line) for step in steps]
    assert places == sorted(places)
    asked = google.calls(containing="jobs execute vmc-prod-smoke")[-1]
    assert "--update-env-vars=SMOKE=accounts=https://candidate---vmc-prod-accounts-00002.run.app " in asked
    assert "provision=" not in asked, "nobody but Pub/Sub and Cloud Tasks may call it"
    assert google.serving() == SECOND


@pytest.mark.parametrize("refused", ["jobs execute vmc-prod-migrate", " apply ", "jobs execute vmc-prod-smoke"])
def test_what_fails_before_the_shift_leaves_what_serves_and_can_be_run_again(
    google: StandIn, tmp_path: Path, refused: str
) -> None:
    deployment(tmp_path / "staged").run()
    google.state["refuse"] = refused
    with pytest.raises(CommandFailed):
        deployment(tmp_path / "staged", "second").run()
    assert google.serving() == FIRST
    google.state["refuse"] = ""
    deployment(tmp_path / "staged", "second").run()
    assert google.serving() == SECOND


def test_a_revision_that_does_not_come_up_gets_no_traffic(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    google.state["services"]["vmc-prod-request"]["broken"] = True
    with pytest.raises(NotReady, match="vmc-prod-request-00002"):
        deployment(tmp_path / "staged", "second").run()
    assert google.serving() == FIRST


def test_a_site_that_answers_wrongly_is_taken_back_with_its_page(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    with pytest.raises(TakenBack, match="the page"):
        deployment(tmp_path / "staged", "second", ask=lambda *_: ["the page: 502"]).run()
    assert google.serving() == FIRST
    last = google.state["bucket_copies"][-1]
    assert last == [str(tmp_path / "staged" / "held-index.html"), "gs://page/index.html"]
    assert Path(last[0]).read_text() == "the page that was"


def test_a_shift_that_breaks_off_is_taken_back(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    google.state["refuse"] = "--to-revisions=vmc-prod-status-00002=100"
    with pytest.raises(CommandFailed):
        deployment(tmp_path / "staged", "second").run()
    assert google.serving() == FIRST


def test_a_first_deployment_that_broke_off_goes_on(google: StandIn, tmp_path: Path) -> None:
    google.state["refuse"] = "jobs execute vmc-prod-migrate"
    with pytest.raises(CommandFailed):
        deployment(tmp_path / "staged").run()
    google.state["refuse"] = ""
    assert deployment(tmp_path / "staged").run()
    assert google.serving() == FIRST


def test_a_release_is_submitted_with_everything_that_the_build_leaves_open(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    release(kept_settings("my-vms", "prod", tmp_path / "elsewhere"), tmp_path / "elsewhere")
    (line,) = google.calls("gcloud builds submit", "cloudbuild.yaml")
    assert "_SERVICE_ACCOUNT=vmc-prod-plan@my-vms.iam.gserviceaccount.com" in line


def test_destroy_is_refused_while_machines_live(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    google.state |= {"machines": ["django-001 us-west1-a"], "calls": []}
    with pytest.raises(StillThere, match="django-001"):
        Destruction(Settings.told(TOLD), tmp_path / "staged", lambda _: None).run(delete_machines=False)
    assert not google.calls("terraform"), "something was touched"


def test_destroy_leaves_what_it_names_and_nothing_else(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    google.state["machines"] = ["django-001 us-west1-a"]
    here = tmp_path / "elsewhere"
    destruction = Destruction(kept_settings("my-vms", "prod", here), here, lambda _: None)
    said = "\n".join(destruction.announce())
    assert "7 google_cloudfunctions2_function" in said
    destruction.run(delete_machines=True)
    assert google.calls(containing="instances delete django-001")
    assert google.state["services"] == {}
    left = {each for each in google.state["things"] if not each.startswith("us-west1-docker")}
    assert left == {f"storage buckets gs://my-vms-vmc-prod-{name}" for name in ("state", "seals")}
    assert google.state["key_users"] == list(KEYS), "nobody can read the state and the seals any more"


def test_a_deployment_after_a_destruction_adopts_what_that_could_not_take_away(google: StandIn, tmp_path: Path) -> None:
    here = tmp_path / "staged"
    deployment(here).run()
    assert json.loads((here / "deploy.tfvars.json").read_text())["adopt"] == ["artifacts", "state"]
    Destruction(kept_settings("my-vms", "prod", here), here, lambda _: None).run(delete_machines=False)
    deployment(here).run()
    assert json.loads((here / "deploy.tfvars.json").read_text())["adopt"] == ["artifacts", "state", "keys", "seals"]
    assert google.serving() == FIRST


def test_a_second_destruction_makes_nothing_anew(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    here = tmp_path / "elsewhere"
    destruction = Destruction(kept_settings("my-vms", "prod", here), here, lambda _: None)
    google.state["refuse"] = "storage rm"
    with pytest.raises(CommandFailed):
        destruction.run(delete_machines=False)
    google.state |= {"refuse": "", "calls": []}
    destruction.run(delete_machines=False)
    assert google.state["services"] == {}
    assert not google.calls(containing="-target="), "nothing is there that was protected"


def test_a_network_that_cloud_run_holds_ends_with_the_wait_and_what_to_say_then(
    google: StandIn, tmp_path: Path
) -> None:
    deployment(tmp_path / "staged").run()
    here = tmp_path / "elsewhere"
    destruction = Destruction(kept_settings("my-vms", "prod", here), here, lambda _: None)
    assert "In two runs" in "\n".join(destruction.announce())
    google.state["network_held"] = True
    with pytest.raises(StillThere, match=r"two hours .*\s+make destroy PROJECT=my-vms ENVIRONMENT=prod"):
        destruction.run(delete_machines=False)
    google.state["network_held"] = False
    destruction.run(delete_machines=False)
    assert google.state["network"] == []
    assert "storage buckets gs://my-vms-vmc-prod-artifacts" not in google.state["things"]


def test_what_was_answered_once_holds_until_something_else_is_said(google: StandIn, tmp_path: Path) -> None:
    def answered(**extra: object) -> dict[str, object]:
        replace(deployment(tmp_path / "staged"), extra=extra).run()
        read: dict[str, object] = json.loads((tmp_path / "staged" / "deploy.tfvars.json").read_text())
        return {name: read.get(name) for name in ("engine", "approvers", "requests_per_minute")}

    assert answered(engine="terraform", approvers=["user:me@example.com"])["engine"] == "terraform"
    assert answered(approvers=[], requests_per_minute=60) == {
        "engine": "terraform",
        "approvers": [],
        "requests_per_minute": 60,
    }


def test_a_secret_that_is_announced_comes_with_its_value(
    google: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def announce(number: int, values: str) -> None:
        monkeypatch.setenv("TF_VAR_secret_values", values)
        extra = {"secret_versions": {"OPENAI_API_KEY": number}}
        replace(deployment(tmp_path / "staged"), extra=extra).run()

    for values in ("", '{"OPENAI_API_KEY": ""}', '{"HOOK_KEY": "a"}'):
        with pytest.raises(Wrong, match="new number for OPENAI_API_KEY"):
            announce(1, values)
    with pytest.raises(Wrong, match="is not an object"):
        announce(1, "sk-a")
    google.state["refuse"] = " apply "
    with pytest.raises(CommandFailed):
        announce(1, '{"OPENAI_API_KEY": "sk-a"}')
    google.state["refuse"] = ""
    with pytest.raises(Wrong, match="new number"):
        announce(1, "")  # the number is among the answers by now, and was never written
    announce(1, '{"OPENAI_API_KEY": "sk-a"}')
    announce(1, "")
    with pytest.raises(Wrong, match="new number"):
        announce(2, "")


def test_a_deployment_stays_where_it_is(google: StandIn, tmp_path: Path) -> None:
    deployment(tmp_path / "staged").run()
    elsewhere = replace(deployment(tmp_path / "staged"), settings=Settings.told(TOLD | {"REGION": "europe-west2"}))
    google.state["calls"] = []
    with pytest.raises(Wrong, match="with region us-west1"):
        elsewhere.run()
    assert not google.calls("terraform")


def test_what_was_never_deployed_is_not_destroyed(google: StandIn, tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="nothing is deployed"):
        kept_settings("my-vms", "prod", tmp_path / "staged")


def test_answers_that_are_missing_or_impossible_are_named_before_anything_is_asked(
    google: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", "PROJECT=my-vms", "VM_PROJECT=my-vms", "REGION=nowhere", "DOMAIN=vms.example.com"]) == 2
    said = capsys.readouterr().out
    assert "ADMIN_EMAIL is missing" in said
    assert "REGION=nowhere is not possible" in said
    assert not google.calls()


def test_the_command_tells_the_cost_first_and_the_link_last(
    google: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage(tmp_path / "staged", "first")
    for name, value in (("STAGED", tmp_path / "staged"), ("BUILT", tmp_path / "staged" / "dist")):
        monkeypatch.setattr(command, name, value)
    monkeypatch.setattr(checks, "problems", lambda _: ([], NUMBERS))
    monkeypatch.setattr(command, "Deployment", partial(Deployment, look_up=lambda: BUILDERS, ask=all_well))
    words = [f"{name}={value}" for name, value in TOLD.items()]
    assert main(["up", *words, "YES=1"]) == 0
    said = capsys.readouterr().out
    assert said.index("An idle month") < said.index("— APIs") < said.index("/signup?invitation=once")
    assert main(["down", "PROJECT=my-vms", "CONFIRM=another"]) == 1
    assert google.state["services"], "another name was typed"
    assert main(["down", "PROJECT=my-vms", "CONFIRM=my-vms"]) == 0
    assert not google.state["services"]


def test_each_obstacle_is_named_with_its_remedy(google: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    google.state["refuse"] = "projects describe my-vms-machines"
    found, _ = checks.problems(Settings.told(TOLD), test_rights="http://127.0.0.1:9/{project}")
    assert "gcloud projects create my-vms-machines" in [each.remedy for each in found]
    monkeypatch.setenv("PATH", os.devnull)
    assert checks.problems(Settings.told(TOLD))[0][0].what == "gcloud is not installed"
