"""The vocabulary: that it is complete, and how its entries are installed."""

import copy
from collections import Counter
from datetime import date

import pytest

from shared.catalog.files import document, documents
from shared.catalog.images import images
from shared.catalog.workloads import installable, repositories, setup_steps, stacks, workloads
from shared.suggestion.mentions.naming import mentions

UBUNTU = images()["ubuntu-2604-lts-amd64"]
ARM = images()["ubuntu-2604-lts-arm64"]
MANAGERS = {
    *("apt", "dnf", "zypper", "pip", "npm", "gem", "snap", "docker", "choco", "windows-feature", "gpu-driver"),
    "built-in",
}
# Everyday English of our own writing: none of it asks for software.
PROSE = (
    "The spring was cold this year, and the rust on the old gate had spread. We watched a ghost story, ate celery with "
    "wine and waited for the postman, who had a whisper of gossip about the squad.",
    "Our flow of visitors has been satisfactory, and at its base the plan is plain: go to the harbor, hire a kayak, "
    "paddle past the ark and the lighthouse, and come home by a vast swift river before the sun sets.",
    "The committee's outline is plausible. A spark of interest, an express train, a beacon on the hill: the nomad's "
    "life has its remix of joys. Please exchange the tickets and bind the report in leather.",
    "She kept a vault of recipes, a shiny copper kettle, and a puppet theatre. When the varnish had dried, an envoy "
    "arrived with an asterisk on his badge, speaking in riddles about astrology and jewellery.",
    "They strapped the harness, took the helm and kept a consul company through a quake. The loss of a dragonfly wing "
    "is temporal; the graphite drawing of it, in a groovy frame, will last for an eternity.",
)


def named_by(text: str) -> list[str]:
    return [mention.workload for mention in mentions(text)]


def test_the_vocabulary_is_broad():
    assert len(workloads()) >= 270
    assert len({workload.kind for workload in workloads().values()}) >= 40


@pytest.mark.parametrize("workload", workloads().values(), ids=workloads())
def test_each_entry_is_whole_and_says_where_its_figures_are_from(workload):
    needs = workload.needs
    assert workload.source
    assert workload.licence
    assert needs.vcpus >= 0
    assert needs.memory_gib >= 0
    assert needs.disk_gib > 0
    assert min(needs.per_user, needs.per_data_gib, needs.gpu_gib, needs.gpu_per_billion) >= 0
    assert set(workload.requires) <= set(workloads())
    assert workload.repository in {None, *repositories()}
    assert {how[0] for how in workload.install.values()} <= MANAGERS
    assert all(1 <= port <= 65535 for port in (*workload.ports, workload.serves or 1))


@pytest.mark.parametrize("workload", workloads().values(), ids=workloads())
def test_what_a_vendor_states_has_its_page_and_a_recommendation_is_no_less_than_the_minimum(workload):
    stated = [each for each in (workload.minimum, workload.recommended) if each]
    for each in stated:
        assert each.source.startswith("https://")
        assert (each.vcpus, each.memory_gib, each.disk_gib) != (None, None, None)
    if len(stated) == 2:
        for least, better in zip(*((each.vcpus, each.memory_gib, each.disk_gib) for each in stated), strict=True):
            assert least is None or better is None or least <= better


@pytest.mark.parametrize(
    ("id", "vcpus", "memory", "disk"),
    [
        ("gitlab", 4, 8, None),
        ("sentry", 4, 16, 20),
        ("bigbluebutton", 8, 16, 50),
        ("mailcow", 1, 6, 20),
        ("immich", 2, 6, None),
        ("kubeadm", 2, 2, None),
        ("palworld", 4, 16, None),
        ("cassandra", 2, 8, None),
    ],
)
def test_well_known_minimums_are_the_vendors(id, vcpus, memory, disk):
    minimum = workloads()[id].minimum
    assert (minimum.vcpus, minimum.memory_gib, minimum.disk_gib) == (vcpus, memory, disk)


def test_no_name_means_two_workloads():
    named = [
        name
        for workload in workloads().values()
        for name in {*workload.words, *workload.exact, *workload.everyday, *workload.generic}
    ]
    assert [name for name, count in Counter(named).items() if count > 1] == []
    assert set(stacks()) & set(named) == set()


@pytest.mark.parametrize("text", PROSE)
def test_everyday_english_names_no_workload(text):
    assert named_by(text) == []


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("install ghost for my newsletter", "ghost"),
        ("a server for WordPress", "wordpress"),
        ("servidor de ark para diez amigos", "ark"),
        ("base de datos", "postgresql"),
        ("datenbank", "postgresql"),
        ("数据库", "postgresql"),
        ("データベース", "postgresql"),
        ("डेटाबेस", "postgresql"),
        ("serveur web", "nginx"),
        ("我的世界", "minecraft"),
        ("Vault for our secrets", "vault"),
        ("celery and redis on one vm", "celery"),
        ("satisfactory with 6 friends", "satisfactory"),
        ("a vm for lammps", "lammps"),
    ],
)
def test_things_are_found_under_the_names_that_people_give_them(text, id):
    assert id in named_by(text)


@pytest.mark.parametrize("place", ["", "needs", "minimum"])
def test_a_key_that_means_nothing_is_refused(place, monkeypatch):
    facts = copy.deepcopy(document("workloads/databases")["workloads"]["cassandra"])
    (facts[place] if place else facts)["memory"] = "8"
    file = {"workloads": {"cassandra": facts}}
    monkeypatch.setattr("shared.catalog.workloads.documents", lambda folder: (file,))
    with pytest.raises(ValueError, match="cassandra has keys that mean nothing: memory"):
        workloads.__wrapped__()


def test_an_id_is_given_once(monkeypatch):
    file = document("workloads/databases")
    monkeypatch.setattr("shared.catalog.workloads.documents", lambda folder: (file, file))
    with pytest.raises(ValueError, match="twice"):
        workloads.__wrapped__()


def test_every_file_is_dated():
    for file in documents("workloads"):
        assert date.fromisoformat(file["as_of"])
        assert file["note"]


def test_stacks_are_made_of_known_workloads():
    assert all(set(ids) <= set(workloads()) for ids in stacks().values())


def test_databases_open_no_port_of_their_own():
    for workload in workloads().values():
        if workload.kind in ("database", "cache", "search engine"):
            assert workload.ports == (), workload.id


def test_what_no_image_can_have_says_why():
    nowhere = {id for id in workloads() if not any(installable(id, image) for image in images().values())}
    assert nowhere == {"xcode", "pfsense", "swift", "proxmox", "vmware"}
    assert all(workloads()[id].note for id in nowhere)


def test_what_is_left_to_people_is_said():
    """A rule that installs nothing has a note, unless the system has the thing already."""
    prepared = [
        id
        for id, workload in workloads().items()
        if ("built-in",) in workload.install.values() and id not in ("docker", "desktop")
    ]
    assert [id for id in prepared if not workloads()[id].note] == []


def test_what_is_commercial_says_what_its_licence_takes():
    for workload in workloads().values():
        if workload.licence.startswith("commercial"):
            assert workload.licence != "commercial", workload.id


def test_a_part_without_an_arm_build_keeps_the_whole_from_arm():
    assert not workloads()["mailcow"].requires or installable("mailcow", ARM)
    assert not installable("harbor", ARM)
    assert not installable("sharepoint", ARM)


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


@pytest.mark.parametrize(
    ("family", "manager", "key"),
    [
        ("ubuntu-2604-lts-amd64", "apt-repository", "https://apt.grafana.com/gpg.key"),
        ("rocky-linux-9", "dnf-repository", "https://rpm.grafana.com/gpg.key"),
    ],
)
def test_a_vendors_repository_comes_before_what_is_from_it_and_once(family, manager, key):
    steps = setup_steps(["grafana", "loki"], images()[family])
    assert [step.name for step in steps] == ["Add repository grafana", "Install grafana", "Install loki"]
    assert steps[0].manager == manager
    assert steps[0].packages[:2] == ("grafana", key)


def test_no_repository_is_added_where_another_way_is_taken():
    assert [step.name for step in setup_steps(["grafana"], images()["cos-stable"])] == ["Install grafana"]


def test_snaps_are_for_ubuntu():
    assert installable("kubernetes", UBUNTU)
    assert not installable("kubernetes", images()["debian-13"])


def test_what_has_no_arm_build_is_not_for_arm():
    assert not installable("sql-server", images()["ubuntu-2604-lts-arm64"])
    assert installable("postgresql", images()["ubuntu-2604-lts-arm64"])


def test_an_unknown_package_is_not_installable():
    assert not installable("no-such-thing", UBUNTU)
