"""What requests are read to say."""

from datetime import timedelta

import pytest

from shared.catalog.images import images
from shared.suggestion.analyse import REFINED
from tests.asking import read

EXAMPLE = "I need a Python Django development server with PostgreSQL and Redis"


def test_the_example_reads_as_its_five_keywords():
    reading = read(EXAMPLE)
    assert [word.text for word in reading.keywords] == ["Python", "Django", "development", "PostgreSQL", "Redis"]
    assert [word.kind for word in reading.keywords] == [
        *("language", "web framework", "environment", "database", "cache"),
    ]
    assert all(EXAMPLE[word.start : word.end] == word.text for word in reading.keywords)
    assert reading.environment == "development"
    assert reading.intent == "run Python, Django, PostgreSQL and Redis"


@pytest.mark.parametrize(
    ("text", "workloads"),
    [
        ("node.js 20 and mongo", ("nodejs", "mongodb")),
        ("C++ and C# and .NET", ("gcc", "dotnet")),
        ("python3.11 with postgres16", ("python3", "postgresql")),
        ("a LAMP stack", ("apache", "mysql", "php")),
        ("ngnix, kuberntes and postgress", ("nginx", "kubernetes", "postgresql")),
        ("a website", ("nginx",)),
        ("a website in Django", ("django",)),
        ("a database", ("postgresql",)),
        ("a MySQL database", ("mysql",)),
        ("我需要一个Python的Django服务器", ("python3", "django")),
        ("a 3 node kubernetes cluster", ("kubernetes",)),
        ("8 Go de RAM", ()),
        ("a Go service and R scripts", ("go", "r")),
        ("let's go and are we there", ()),
        ("fine-tune a llama model", ("transformers",)),
        ("SQL Server Express", ("sql-server",)),
    ],
)
def test_workloads_are_known_by_many_names(text, workloads):
    assert read(text).workloads == workloads


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("nginx without Docker", ("nginx",), {"docker"}),
        ("nginx, no Docker or Redis", ("nginx",), {"docker", "redis"}),
        ("PostgreSQL instead of MySQL", ("postgresql",), {"mysql"}),
        ("I don't need Redis, just Django", ("django",), {"redis"}),
    ],
)
def test_what_is_negated_is_not_wanted(text, wanted, unwanted):
    reading = read(text)
    assert reading.workloads == wanted
    assert reading.unwanted == unwanted


@pytest.mark.parametrize(
    ("text", "must", "prefer"),
    [
        ("in us-east1", "us-east1", None),
        ("us-east1-b", "us-east1", None),
        ("in Paris", "europe-west9", None),
        ("near London", None, "europe-west2"),
        ("our users are in Germany", None, "europe-west9"),
        ("in Berlin", None, "europe-west9"),
        ("in us-central1", None, "us-east1"),
        ("à Montréal", "northamerica-northeast1", None),
        ("data must stay in the EU", "europe-west9", None),
        ("a website for us", None, None),
        ("not in Paris", None, None),
    ],
)
def test_a_named_region_is_required_and_a_near_one_wished_for(text, must, prefer):
    region = read(text).region
    assert (region.must if region else None, region.prefer if region else None) == (must, prefer)


@pytest.mark.parametrize(
    ("text", "os", "family"),
    [
        ("ubuntu 20.04", "Ubuntu", "ubuntu-2004-lts"),
        ("Ubuntu 24.04 LTS", "Ubuntu", "ubuntu-2404-lts-amd64"),
        ("arm64 ubuntu 24.04", "Ubuntu", "ubuntu-2404-lts-arm64"),
        ("debian 12", "Debian", "debian-12"),
        ("Windows Server 2019", "Windows Server", "windows-2019"),
        ("Windows 11", "Windows Server", None),
        ("rhel 9", "RHEL", "rhel-9"),
        ("AlmaLinux 9", "Rocky Linux", "rocky-linux-9"),
        ("image rocky-linux-9-optimized-gcp", "Rocky Linux optimised", "rocky-linux-9-optimized-gcp"),
        ("not Windows", None, None),
    ],
)
def test_operating_systems_are_read_with_their_version(text, os, family):
    reading = read(text)
    assert (reading.os, reading.image) == (os, family)


def test_ports_environment_spot_and_economy():
    reading = read("open ports 8080 and 9000, staging, spot ok, cheap")
    assert reading.ports == (8080, 9000)
    assert reading.environment == "staging"
    assert reading.spot is True
    assert reading.wish == "cheap"
    assert read("no spot").spot is False
    assert read("pre-production").environment == "staging"
    assert read("a box to learn Linux").environment == "development"
    assert read("machine learning").environment is None


def test_mining_and_attacks_are_refused_and_defence_is_not():
    assert read("mine bitcoin please").refusal
    assert read("run a ddos attack").refusal
    assert read("a WAF against DDoS in front of nginx").refusal is None
    assert read("data mining with pandas").refusal is None


def test_keywords_of_a_refinement_stand_where_they_are_in_the_whole_text():
    whole = f"{EXAMPLE}{REFINED}Windows for a week, without Redis"
    reading = read(whole)
    assert all(whole[word.start : word.end] == word.text for word in reading.keywords)
    assert reading.workloads == ("python3", "django", "postgresql")
    assert reading.os == "Windows Server"
    assert reading.duration == timedelta(weeks=1)


def test_a_later_size_replaces_an_earlier_machine():
    assert read(f"n2-standard-4{REFINED}16 vCPUs").stated.machine_type is None
    assert read(f"n2-standard-4{REFINED}16 vCPUs").stated.vcpus == 16
    assert read(f"8 vCPUs{REFINED}e2-standard-4").stated.vcpus is None


@pytest.mark.parametrize(
    ("text", "os", "version"),
    [
        ("nginx on ubuntu 22.04 for 2 days... actually 24.04 and 3 days", "Ubuntu", "24.04"),
        ("Ubuntu 22.04, sorry, 24.04", "Ubuntu", "24.04"),
        ("Ubuntu 22.04 — nein, 24.04", "Ubuntu", "24.04"),
        ("Debian 13, no wait, 12", "Debian", "12"),
        ("Rocky 9, make that 8", "Rocky Linux", "8"),
        ("Windows 2019, sorry, 2022 with IIS", "Windows Server", "2022"),
        ("Ubuntu 24.04 with 4 cores, no, 8 cores", "Ubuntu", "24.04"),
        ("i wanted windows at first but changed my mind: linux with nginx", None, None),
        ("first thought windows, now ubuntu", "Ubuntu", None),
        ("initially Debian but now Rocky", "Rocky Linux", None),
        ("windows server? nah, debian with postgres", "Debian", None),
        ("ubuntu → debian, nginx", "Debian", None),
        ("nginx, not debian, rocky", "Rocky Linux", None),
        ("windows, actually linux is fine", None, None),
        ("from my windows laptop I ssh to a linux box", None, None),
        ("our windows users need an nginx", None, None),
        ("RDP box to run a legacy VB6 exe", "Windows Server", None),
        ("need to run a .exe overnight", "Windows Server", None),
        ("box I can mstsc into", "Windows Server", None),
        ("an old ActiveX form", "Windows Server", None),
        ("linux desktop over rdp", None, None),
        ("Ubuntu with rdp", "Ubuntu", None),
        ("setup.exe under Wine on Linux", None, None),
        ("no windows, just run this exe somehow", None, None),
    ],
)
def test_the_system_that_counts_in_the_end(text, os, version):
    reading = read(text)
    assert reading.os == os
    if version:
        assert images()[reading.image].version.startswith(version)
