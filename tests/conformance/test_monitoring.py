"""The emulated Cloud Monitoring: answers that Google's own messages take, and the arithmetic that its documentation
says of alignment, reduction and visibility."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from google.cloud.monitoring_v3 import Aggregation, ListTimeSeriesResponse
from google.protobuf.json_format import ParseDict

from local.monitoring.api import Monitoring
from local.monitoring.series import CPU, MEMORY, RECEIVED, SENT, Machine
from local.server import in_thread

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
HERE = "/v3/projects/demo/timeSeries"


class Machines(Monitoring):
    """Two machines that have run since START, and one that ran for its first half hour, without a Compute Engine."""

    async def _machines(self, project: str) -> list[Machine]:
        began = START.timestamp()
        return [
            Machine("demo", "us-west1-a", "web", "11", [(began, None)]),
            Machine("demo", "us-west1-b", "job", "12", [(began, None)]),
            Machine("demo", "us-west1-b", "gone", "13", [(began, began + 1800)]),
        ]


@pytest.fixture
def api() -> Iterator[httpx.Client]:
    """The API at 14:04, an hour and 240 s after the last hour began."""
    emulated = Machines(None)
    with in_thread(emulated.app()) as url, closing(httpx.Client(base_url=url, verify=False)) as client:
        emulated.emulator.clock.move_to(emulated.emulator.clock.offset + START.timestamp() + 7440 - _now(client))
        for instance, cpu in (("web", 0.1), ("job", 0.5), ("gone", 0.2)):
            use = {"instance": instance, "cpu": cpu, "network": 1000, "after": -7440}
            client.post("/_use", json=use).raise_for_status()
        client.post("/_use", json={"instance": "web", "cpu": 0.9, "after": -810}).raise_for_status()
        yield client


def _now(client: httpx.Client) -> float:
    return datetime.fromisoformat(client.get("/_clock").json()["now"]).timestamp()


def asked(metric: str, aligner: str = "ALIGN_MEAN", reducer: str = "REDUCE_MAX", **more: Any) -> dict[str, Any]:
    return {
        "filter": f'metric.type = "{metric}" AND resource.type = "gce_instance"',
        "interval.startTime": START.isoformat(),
        "interval.endTime": (START + timedelta(hours=2)).isoformat(),
        "aggregation.alignmentPeriod": "3600s",
        "aggregation.perSeriesAligner": aligner,
        "aggregation.crossSeriesReducer": reducer,
        "aggregation.groupByFields": "resource.labels.instance_id",
        **more,
    }


def read(api: httpx.Client, parameters: dict[str, Any]) -> Any:
    """The answer as Google's own message: a field or a value that it does not know raises."""
    answer = api.get(HERE, params=parameters).raise_for_status().json()
    message = ListTimeSeriesResponse()
    ParseDict(answer, ListTimeSeriesResponse.pb(message))
    return message


def values(api: httpx.Client, parameters: dict[str, Any]) -> dict[str, list[float]]:
    """By instance, newest first."""
    found = read(api, parameters).time_series
    return {
        series.resource.labels["instance_id"]: [
            point.value.int64_value or round(point.value.double_value, 4) for point in series.points
        ]
        for series in found
    }


def test_a_gauge_is_aligned_to_periods_that_end_with_the_interval_and_shown_newest_first(api: httpx.Client) -> None:
    # web's last ten minutes at 0.9 are 10 of 60 samples
    assert values(api, asked(CPU)) == {"11": [0.2333, 0.1], "12": [0.5, 0.5], "13": [0.2]}
    series = next(each for each in read(api, asked(CPU)).time_series if each.resource.labels["instance_id"] == "11")
    end = START + timedelta(hours=2)
    assert [point.interval.end_time for point in series.points] == [end, end - timedelta(hours=1)]


def test_the_busiest_minute_of_each_period(api: httpx.Client) -> None:
    assert values(api, asked(CPU, "ALIGN_MAX"))["11"] == [0.9, 0.1]


def test_traffic_is_two_series_a_machine_that_add_up_to_what_it_moved(api: httpx.Client) -> None:
    sent, received = (values(api, asked(kind, "ALIGN_SUM", "REDUCE_SUM"))["12"] for kind in (SENT, RECEIVED))
    assert [one + other for one, other in zip(sent, received, strict=True)] == [3_600_000, 3_600_000]


def test_what_is_younger_than_240_seconds_is_not_there_yet(api: httpx.Client) -> None:
    now = START + timedelta(seconds=7440)
    recent = {"interval.startTime": (now - timedelta(minutes=2)).isoformat(), "interval.endTime": now.isoformat()}
    assert values(api, asked(CPU, **recent, **{"aggregation.alignmentPeriod": "60s"})) == {}


def test_memory_is_there_once_an_agent_reports_it(api: httpx.Client) -> None:
    by_agent = asked(MEMORY, "ALIGN_MAX")
    by_agent["filter"] += ' AND metric.labels.state = "used"'
    refused = api.get(HERE, params=by_agent)
    assert (refused.status_code, refused.json()["error"]["status"]) == (404, "NOT_FOUND")
    api.post("/_use", json={"instance": "job", "memory": 0.5, "after": -7440}).raise_for_status()
    assert values(api, by_agent) == {"12": [50, 50]}


def test_a_page_has_so_many_points_and_may_end_within_a_series(api: httpx.Client) -> None:
    first = read(api, asked(CPU, pageSize="3"))
    assert [len(series.points) for series in first.time_series] == [2, 1]
    rest = read(api, asked(CPU, pageSize="3", pageToken=first.next_page_token))
    assert [series.resource.labels["instance_id"] for series in rest.time_series] == ["12", "13"]
    assert not rest.next_page_token


@pytest.mark.parametrize(
    "wrong",
    [
        {"filter": 'resource.type = "gce_instance"'},
        {"filter": "metric.type : cpu"},
        {"interval.startTime": (START + timedelta(hours=3)).isoformat()},
        {"interval.endTime": ""},
        {"aggregation.alignmentPeriod": "30s"},
        {"aggregation.perSeriesAligner": "ALIGN_PERCENTILE_95"},
    ],
    ids=str,
)
def test_what_is_not_understood_is_refused(api: httpx.Client, wrong: dict[str, str]) -> None:
    refused = api.get(HERE, params=asked(CPU) | wrong)
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("name", ["ALIGN_MEAN", "ALIGN_MAX", "ALIGN_SUM"])
def test_the_aligners_are_googles_own(name: str) -> None:
    assert Aggregation.Aligner[name].name == name
