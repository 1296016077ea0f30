"""Lists of the emulated Compute Engine: filters, pages, scopes, and lists that have not caught up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.api_core import exceptions
from google.cloud import compute_v1

from tests.conformance.compute_engine import PROJECT, ZONE, Engine, running

PLACES = {"vmc-a-1": "us-west1-a", "vmc-a-2": "us-west1-b", "vmc-b-1": "us-west1-a", "other": "europe-west9-a"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running() as engine:
        for name, zone in PLACES.items():
            labels = {"vmc-environment": name.split("-")[1]} if "-" in name else {}
            engine.insert(name, zone, labels=labels)
        yield engine


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("labels.vmc-environment=a", ["vmc-a-1", "vmc-a-2"]),
        ('labels.vmc-environment="a"', ["vmc-a-1", "vmc-a-2"]),
        ("labels.vmc-environment:*", ["vmc-a-1", "vmc-a-2", "vmc-b-1"]),
        ("NOT labels.vmc-environment:*", ["other"]),
        ("labels.vmc-environment!=a", ["other", "vmc-b-1"]),
        ("name:vmc-a-*", ["vmc-a-1", "vmc-a-2"]),
        ("name eq vmc-a-.*", ["vmc-a-1", "vmc-a-2"]),
        ("name ne vmc-.*", ["other"]),
        ("(name eq vmc-.*) (name eq .*-1)", ["vmc-a-1", "vmc-b-1"]),
        ("name=other OR name=vmc-b-1", ["other", "vmc-b-1"]),
        ("labels.vmc-environment=a AND status=RUNNING", ["vmc-a-1", "vmc-a-2"]),
        ("status!=RUNNING", []),
        ("scheduling.preemptible=false AND name:vmc-b-*", ["vmc-b-1"]),
        ('creationTimestamp > "2020-01-01T00:00:00Z" AND name=other', ["other"]),
    ],
)
def test_a_filter_lets_through_what_it_says(engine: Engine, expression: str, expected: list[str]) -> None:
    assert sorted(engine.names(filter=expression)) == expected


@pytest.mark.parametrize("expression", ["name", "name=", "(name=a", "name eq [", "= a"])
def test_a_filter_that_cannot_be_read_is_refused(engine: Engine, expression: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="Invalid list filter expression"):
        engine.names(filter=expression)


def test_pages_hold_everything_once(engine: Engine) -> None:
    assert sorted(engine.names(max_results=1)) == sorted(PLACES)
    request = compute_v1.ListInstancesRequest(project=PROJECT, zone=ZONE, max_results=1)
    pages = list(engine.instances.list(request).pages)
    assert [[one.name for one in page.items] for page in pages] == [["vmc-a-1"], ["vmc-b-1"]]


def test_a_page_skips_nothing_when_something_goes_between_two(engine: Engine) -> None:
    zone = "us-east1-b"
    for number in range(4):
        engine.insert(f"page-{number}", zone)
    path = f"/compute/v1/projects/demo/zones/{zone}/instances"
    first = engine.http.get(path, params={"maxResults": 2}).json()
    engine.instances.delete_unary(project=PROJECT, zone=zone, instance="page-0")
    second = engine.http.get(path, params={"maxResults": 2, "pageToken": first["nextPageToken"]}).json()
    assert [one["name"] for one in second["items"]] == ["page-2", "page-3"]
    assert "nextPageToken" not in second
    for number in range(1, 4):
        engine.instances.delete_unary(project=PROJECT, zone=zone, instance=f"page-{number}")


def test_a_scope_without_results_is_there_with_a_warning(engine: Engine) -> None:
    scopes = dict(engine.instances.aggregated_list(project=PROJECT))
    assert [one.name for one in scopes["zones/us-west1-b"].instances] == ["vmc-a-2"]
    empty = scopes["zones/asia-south2-a"]
    assert not empty.instances
    assert empty.warning.code == "NO_RESULTS_ON_PAGE"


def test_disks_are_listed_by_the_labels_that_they_were_made_with(engine: Engine) -> None:
    engine.insert("labelled", "us-east1-c", disk={"labels": {"vmc-id": "7"}})
    request = compute_v1.AggregatedListDisksRequest(project=PROJECT, filter="labels.vmc-id=7")
    found = [disk.name for _, scope in engine.disks.aggregated_list(request) for disk in scope.disks]
    engine.instances.delete_unary(project=PROJECT, zone="us-east1-c", instance="labelled")
    assert found == ["labelled"]


def test_a_stale_list_is_empty_though_everything_is_there(engine: Engine) -> None:
    engine.fault("list.stale", where={"call": "instances.aggregatedList"})
    assert engine.names() == []
    assert len(engine.names()) == len(PLACES)


def test_another_project_has_nothing_of_this_one(engine: Engine) -> None:
    assert all(not scope.instances for _, scope in engine.instances.aggregated_list(project="elsewhere"))


@pytest.mark.parametrize(
    "params", [{"maxResults": "501"}, {"maxResults": "-1"}, {"pageToken": "%%%"}, {"orderBy": "x"}]
)
def test_impossible_pages_are_refused(engine: Engine, params: dict[str, str]) -> None:
    answer = engine.http.get("/compute/v1/projects/demo/aggregated/instances", params=params)
    assert answer.status_code == 400
