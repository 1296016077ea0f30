"""What the model is shown of the catalogue, and what a kept answer depends on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from shared.catalog.workloads import workloads
from shared.suggestion.analyse import analyse
from shared.suggestion.model.context import SLICE, cache_key, question, relevant
from tests.asking import NOW, read


def slice_of(request: str, most: int = SLICE) -> tuple[str, ...]:
    return relevant(request, read(request), most)


def test_what_rules_named_comes_first_then_what_it_requires():
    found = slice_of("django and redis, no mysql", most=8)
    assert found[:2] == ("django", "redis")
    assert "mysql" in found
    assert set(workloads()["django"].requires) <= set(found)


@pytest.mark.parametrize(
    ("request_text", "meant"),
    [
        ("a postgressql thing", "postgresql"),
        ("wordpess for my aunt", "wordpress"),
        ("jupiter notebooks", "jupyter"),
        ("an ngnix in front", "nginx"),
    ],
)
def test_near_misses_are_in_the_slice_before_strangers(request_text, meant):
    assert meant in workloads()
    assert meant in slice_of(request_text, most=8)


def test_every_kind_has_one_for_what_is_only_implied():
    found = {workloads()[id].kind for id in slice_of("something for grandmother")}
    kinds = {workload.kind for workload in workloads().values()}
    assert len(found) >= min(len(kinds), SLICE)


def test_the_slice_is_bounded_whatever_the_request_names():
    everything = " ".join(workload.title for workload in workloads().values())
    assert len(slice_of(everything)) <= SLICE
    assert len(slice_of(everything, most=5)) == 5


def test_the_question_is_of_bounded_length():
    asked = question("redis", read("redis"))
    assert len(json.dumps(asked)) < 12_000


def test_gpus_are_told_of_where_they_matter():
    assert json.loads(question("fine-tune on a GPU", read("fine-tune on a GPU"))[1]["content"])["gpus"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Redis for the  Team", " redis for the\nteam ", True),
        ("redis, the ﬁrst one", "redis, the first one", True),
        ("redis and R", "redis and r", False),
        ("redis", "redis please", False),
        ("redis with 8 GB", "redis with 16 GB", False),
    ],
)
def test_a_request_in_another_dress_is_the_same(one, other, same):
    assert (cache_key(one, read(one), "m") == cache_key(other, read(other), "m")) is same


def test_the_moment_of_asking_makes_no_other_request():
    request = "redis until Friday 5pm"
    now, later = (analyse(request, NOW + timedelta(hours=hours)) for hours in (0, 5))
    assert cache_key(request, now, "m") == cache_key(request, later, "m")
