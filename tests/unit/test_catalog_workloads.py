"""The vocabulary: that it is complete, and how its entries are installed."""

import itertools

import pytest

from shared.catalog.images import images
from shared.catalog.workloads import installable, setup_steps, stacks, workloads

UBUNTU = images()["ubuntu-2604-lts-amd64"]
MANAGERS = {
    *("apt", "dnf", "zypper", "pip", "npm", "gem", "snap", "docker", "choco", "windows-feature", "gpu-driver"),
    "built-in",
}


def test_the_vocabulary_is_broad_and_each_entry_says_where_its_figures_are_from():
    assert len(workloads()) >= 40
    for workload in workloads().values():
        assert workload.source
        assert workload.needs.vcpus >= 0
        assert workload.needs.disk_gib > 0
        assert set(workload.requires) <= set(workloads())
        assert {how[0] for how in workload.install.values()} <= MANAGERS


def test_no_name_means_two_workloads():
    named = [name for workload in workloads().values() for name in (*workload.words, *workload.exact)]
    assert sorted(name for name, group in itertools.groupby(sorted(named)) if len(list(group)) > 1) == []


def test_stacks_are_made_of_known_workloads():
    assert all(set(ids) <= set(workloads()) for ids in stacks().values())


def test_databases_open_no_port_of_their_own():
    for workload in workloads().values():
        if workload.kind in ("database", "cache", "search engine"):
            assert workload.ports == (), workload.id


def test_everything_can_be_installed_somewhere_and_most_of_it_on_ubuntu():
    places = [UBUNTU, images()["windows-2025"]]
    nowhere = [id for id in workloads() if not any(installable(id, image) for image in places)]
    only_windows = {id for id in workloads() if not installable(id, UBUNTU)}
    assert nowhere == []
    assert only_windows == {"iis", "visual-studio", "active-directory"}


def test_a_package_comes_after_what_it_requires():
    steps = setup_steps(["django", "postgresql", "redis"], UBUNTU)
    assert [step.name for step in steps] == [
        "Install python3",
        "Install django",
        "Install postgresql",
        "Install redis",
    ]
    assert [step.manager for step in steps] == ["apt", "pip", "apt", "apt"]
    assert steps[1].packages == ("django",)


def test_nothing_is_installed_twice():
    steps = setup_steps(["python3", "django", "flask", "python3"], UBUNTU)
    assert [step.name for step in steps] == ["Install python3", "Install django", "Install flask"]


def test_containers_run_on_docker_with_their_options():
    steps = setup_steps(["minecraft"], UBUNTU)
    assert [step.name for step in steps] == ["Install docker", "Install minecraft"]
    assert steps[1].packages == ("docker.io/itzg/minecraft-server:latest",)
    assert "--publish=25565:25565" in steps[1].options


def test_databases_in_containers_listen_on_the_machine_only():
    for workload in workloads().values():
        published = [
            option
            for how in workload.install.values()
            for option in how
            if workload.kind == "database" and option.startswith("--publish=")
        ]
        assert all(option.startswith("--publish=127.0.0.1:") for option in published), workload.id


@pytest.mark.parametrize(
    ("family", "manager", "packages"),
    [
        ("ubuntu-2604-lts-amd64", "apt", ("redis-server",)),
        ("rocky-linux-9", "dnf", ("redis",)),
        ("rocky-linux-10", "dnf", ("valkey",)),
        ("sles-15", "zypper", ("redis",)),
        ("windows-2025", "choco", ("redis-64",)),
    ],
)
def test_each_system_has_its_own_package(family, manager, packages):
    (step,) = setup_steps(["redis"], images()[family])
    assert (step.manager, step.packages) == (manager, packages)


def test_container_optimized_os_runs_containers_and_installs_nothing():
    cos = images()["cos-stable"]
    assert installable("docker", cos)
    assert installable("minecraft", cos)
    assert not installable("postgresql", cos)
    assert [step.name for step in setup_steps(["docker", "minecraft"], cos)] == ["Install minecraft"]


def test_snaps_are_for_ubuntu():
    assert installable("kubernetes", UBUNTU)
    assert not installable("kubernetes", images()["debian-13"])


def test_what_has_no_arm_build_is_not_for_arm():
    assert not installable("sql-server", images()["ubuntu-2604-lts-arm64"])
    assert installable("postgresql", images()["ubuntu-2604-lts-arm64"])


def test_an_unknown_package_is_not_installable():
    assert not installable("no-such-thing", UBUNTU)
