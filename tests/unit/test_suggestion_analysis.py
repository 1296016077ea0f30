"""What requests are read to say."""

from datetime import timedelta
from decimal import Decimal

import pytest

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
    ("text", "vcpus", "memory", "disk"),
    [
        ("8 vCPU / 32 GB", 8, 32, None),
        ("4 cores, 16gb of ram and a 200 GB SSD", 4, 16, 200),
        ("memory: 64GB, cpu: 16", 16, 64, None),
        ("4c8g", 4, 8, None),
        ("ram: 5 GB disk: 10 GB", None, 5, 10),
        ("memory 8 GB storage 100 GB", None, 8, 100),
        ("100 GB SSD 16 GB RAM 2 cores", 2, 16, 100),
        ("quad-core with half a terabyte of storage", 4, None, 512),
        ("two cores", 2, None, None),
        ("disk of 1TB", None, None, 1024),
        ("8 Go de RAM", None, 8, None),
        ("4 Kerne und 16 GB RAM", 4, 16, None),
        ("a 16GB machine", None, 16, None),
        ("512 MB of memory", None, Decimal("0.5"), None),
        ("2 to 4 people, 5g network", None, None, None),
    ],
)
def test_stated_sizes_are_read_with_their_units(text, vcpus, memory, disk):
    stated = read(text).stated
    assert (stated.vcpus, stated.memory_gib, stated.disk_gib) == (vcpus, memory, disk)


@pytest.mark.parametrize(
    ("text", "gpu", "type", "count"),
    [
        ("two T4 GPUs", True, "nvidia-tesla-t4", 2),
        ("2x A100 80GB", True, "nvidia-a100-80gb", 2),
        ("an H100", True, "nvidia-h100-80gb", 1),
        ("a GPU", True, None, 1),
        ("no GPU please", False, None, 1),
        ("without a GPU", False, None, 1),
        ("PyTorch", None, None, 1),
    ],
)
def test_gpus_are_read_by_type_and_count(text, gpu, type, count):
    reading = read(text)
    assert (reading.gpu, reading.stated.gpu, reading.stated.gpu_count) == (gpu, type, count)


def test_data_and_models_have_sizes_of_their_own():
    assert read("a 500 GB dataset").data_gib == 500
    assert read("a 500 GB dataset").stated.disk_gib is None
    assert read("fine-tune a 7B model").billions == 7
    assert read("24 GB of VRAM").stated.gpu_gib == 24


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("for 2h", timedelta(hours=2)),
        ("3 days", timedelta(days=3)),
        ("for a couple of hours", timedelta(hours=2)),
        ("1 day 12 hours", timedelta(hours=36)),
        ("for the weekend", timedelta(hours=48)),
        ("overnight", timedelta(hours=12)),
        ("2 semanas", timedelta(weeks=2)),
        ("pour 3 jours", timedelta(days=3)),
        ("für zwei Wochen", timedelta(weeks=2)),
        ("for a month", timedelta(days=30)),
        ("run every 2 hours for a week", timedelta(weeks=1)),
        ("keep 30 days of logs", None),
        ("500 visits a day", None),
        ("100M rows", None),
        ("available 24/7", None),
    ],
)
def test_durations_are_leases_and_nothing_else(text, length):
    assert read(text).duration == length


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


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("10 friends", 10),
        ("200 concurrent users", 200),
        ("40 users", 40),
        ("2000 users", 200),
        ("60 users", 50),
        ("1,000 visits per day", 7),
        ("100k visitors per month", 23),
        ("500 visitas al día", 4),
    ],
)
def test_users_are_counted_as_those_there_at_once(text, users):
    assert read(text).users == users


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
