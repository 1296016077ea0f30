"""Sizes of machines, as people write them."""

from decimal import Decimal

import pytest

from tests.asking import read


def sizes(text):
    stated = read(text).stated
    return stated.vcpus, stated.memory_gib, stated.disk_gib


SIZES = [
    ("8 vCPU / 32 GB", 8, 32, None),
    ("4 cores, 16gb of ram and a 200 GB SSD", 4, 16, 200),
    ("memory: 64GB, cpu: 16", 16, 64, None),
    ("4c8g", 4, 8, None),
    ("8c/32g", 8, 32, None),
    ("8C 32G", 8, 32, None),
    ("8x32", 8, 32, None),
    ("ram: 5 GB disk: 10 GB", None, 5, 10),
    ("memory 8 GB storage 100 GB", None, 8, 100),
    ("100 GB SSD 16 GB RAM 2 cores", 2, 16, 100),
    ("quad-core with half a terabyte of storage", 4, None, 512),
    ("two cores", 2, None, None),
    ("disk of 1TB", None, None, 1024),
    ("a 16GB machine", None, 16, None),
    ("512 MB of memory", None, Decimal("0.5"), None),
    ("2 to 4 people, 5g network", None, None, None),
    ("16 gigs of memory", None, 16, None),
    ("64 GB of RAM and half a terabyte of SSD", None, 64, 512),
    ("a quarter TB of disk", None, None, 256),
    ("2 x 500GB SSD", None, None, 1000),
    ("mem 16Gi cpu 4", 4, 16, None),
    ("cpu: 2000m, memory: 4Gi", 2, 4, None),
    ("disk 200", None, None, 200),
    ("with 100GB", None, None, 100),
    ("ram 32, disk 200, cpu 8", 8, 32, 200),
    ("8 cpu 32 ram", 8, 32, None),
    ("4CPUs", 4, None, None),
    ("eight-core, thirty-two gigs", 8, 32, None),
    ("sixteen cores and one hundred and twenty eight GB of RAM", 16, 128, None),
    ("two dozen cores", 24, None, None),
    ("a single vCPU", 1, None, None),
    ("1.5 TB SSD", None, None, 1536),
    ("1,5 TB of disk", None, None, 1536),
    ("1,000 GB disk", None, None, 1000),
    ("8 cores 32GB 500GB", 8, 32, 500),
    ("16GB RAM, 100GB", None, 16, 100),
    ("boot disk 50 GB, data disk 500 GB", None, None, 550),
    ("CPU x 8", 8, None, None),
    ("4 CPU cores", 4, None, None),
    ("CPU 3.5GHz", None, None, None),
    ("memoria de 16 GB y 4 núcleos", 4, 16, None),
    ("16 GB de memoria y 500 GB de disco", None, 16, 500),
    ("dieciséis núcleos con medio tera de disco", 16, None, 512),
    ("8 Go de RAM", None, 8, None),
    ("16 Go de mémoire vive, 8 cœurs, 500 Go de disque", 8, 16, 500),
    ("4 cœurs, 8 Go", 4, 8, None),
    ("une demi-douzaine de cœurs", 6, None, None),
    ("4 Kerne und 16 GB RAM", 4, 16, None),
    ("zweiunddreißig GB Arbeitsspeicher, 500 GB Festplatte", None, 32, 500),
    ("8 núcleos, 32 GB de memória, 1 TB de armazenamento", 8, 32, 1024),
    ("१६ जीबी रैम, ४ कोर और 100 जीबी डिस्क", 4, 16, 100),
    ("दो कोर, 8 GB मेमोरी", 2, 8, None),
    ("8核16G内存 200G硬盘", 8, 16, 200),
    ("十六核，三十二GB内存", 16, 32, None),
    ("4个CPU, 内存16G", 4, 16, None),
    ("メモリ１６ＧＢ、４コア、ディスク100GB", 4, 16, 100),
    ("8コア 32GBメモリ 500GBのSSD", 8, 32, 500),
]


@pytest.mark.parametrize(("text", "vcpus", "memory", "disk"), SIZES)
def test_stated_sizes_are_read_with_their_units(text, vcpus, memory, disk):
    assert sizes(text) == (vcpus, memory, disk)


@pytest.mark.parametrize(
    ("text", "vcpus", "bound"),
    [
        ("4 cores", 4, "exactly"),
        ("at least 4 cores", 4, "at least"),
        ("minimum 4 vCPUs", 4, "at least"),
        ("16+ cores", 16, "at least"),
        ("4 vCPUs or more", 4, "at least"),
        ("between 4 and 8 cores", 4, "at least"),
        ("4-8 cores", 4, "at least"),
        ("no more than 4 cores", 4, "at most"),
        ("up to 8 cores", 8, "at most"),
        ("4 cores max", 4, "at most"),
        ("al menos 4 núcleos", 4, "at least"),
        ("4 núcleos como mínimo", 4, "at least"),
        ("au moins 8 cœurs", 8, "at least"),
        ("mindestens 4 Kerne", 4, "at least"),
        ("höchstens 8 Kerne", 8, "at most"),
        ("pelo menos 4 núcleos", 4, "at least"),
        ("कम से कम 4 कोर", 4, "at least"),
        ("至少8核", 8, "at least"),
        ("不超过8核", 8, "at most"),
        ("8コア以上", 8, "at least"),
    ],
)
def test_how_processors_are_meant(text, vcpus, bound):
    stated = read(text).stated
    assert (stated.vcpus, stated.vcpus_bound) == (vcpus, bound)


@pytest.mark.parametrize(
    ("text", "memory", "bound"),
    [
        ("at least 16 GB", 16, "at least"),
        ("16GB+", 16, "at least"),
        ("16 GB RAM (minimum)", 16, "at least"),
        ("RAM: 16 GB min", 16, "at least"),
        ("minimum RAM 16 GB", 16, "at least"),
        ("RAM >= 16GB", 16, "at least"),
        ("8-16 GB of RAM", 8, "at least"),
        ("8 or 16 GB", 8, "at least"),
        ("up to 16 GB of RAM", 16, "at most"),
        ("about 16 GB", 16, "exactly"),
        ("16 GB RAM oder mehr", 16, "at least"),
        ("más de 16 GB de RAM", 16, "at least"),
        ("entre 8 et 16 Go de RAM", 8, "at least"),
        ("内存至少16G", 16, "at least"),
        ("メモリは16GB以上", 16, "at least"),
    ],
)
def test_how_memory_is_meant(text, memory, bound):
    stated = read(text).stated
    assert (stated.memory_gib, stated.memory_bound) == (memory, bound)


def test_a_range_counts_by_its_lower_end_and_says_so():
    assert "“8-16 GB” is taken as at least 8 GiB." in read("8-16 GB of RAM").notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8 cores, no wait, 16 cores", (16, None, None)),
        ("8 cores, no wait, 16", (16, None, None)),
        ("16 GB of RAM, sorry, 32 GB and 4 cores", (4, 32, None)),
        ("8 cores 16 GB, make that 4 vCPUs", (4, 16, None)),
        ("4 cores. Wait, make it eight", (8, None, None)),
        ("RAM: 16 GB, sorry, 32 GB", (None, 32, None)),
        ("not 8 but 16 GB", (None, 16, None)),
        ("instead of 8 GB, 16", (None, 16, None)),
        ("16 GB instead of 8", (None, 16, None)),
        ("upgrade from 8 to 16 GB of RAM", (None, 16, None)),
        ("no 8 sino 16 núcleos", (16, None, None)),
        ("pas 8 mais 16 cœurs", (16, None, None)),
        ("nicht 8 sondern 16 Kerne", (16, None, None)),
        ("8核，不对，16核", (16, None, None)),
        ("I don't need 64 GB of RAM", (None, None, None)),
        ("64 GB is overkill, 16 GB of RAM will do", (None, 16, None)),
        ("my laptop has 16 GB and 8 cores; I need nginx", (None, None, None)),
        ("my laptop has 8 GB, I want 32 GB", (None, 32, None)),
        ("migrate our current server: it has 8 cores and 32 GB of RAM", (8, 32, None)),
    ],
)
def test_the_last_word_counts_and_what_somebody_has_does_not(text, expected):
    assert sizes(text) == expected


def test_what_is_too_little_asks_for_more():
    stated = read("my laptop has 8 GB and it is too little").stated
    assert stated.memory_gib > 8
    assert stated.memory_bound == "at least"


@pytest.mark.parametrize(
    "text",
    [
        "PostgreSQL 16 and Python 3.12 on Ubuntu 24.04",
        "Windows 2022 with .NET 8 and Node 20",
        "H.264 and 4K video over 5G",
        "ticket 4711: port 8080 at 10.0.0.1",
        "10 Gbps and 100 Mb/s, 1TB of bandwidth",
        "a 1920x1080 desktop",
        "iPhone 16, call me at 8",
    ],
)
def test_numbers_of_something_else_are_no_sizes(text):
    reading = read(text)
    assert sizes(text) == (None, None, None)
    assert reading.data_gib is None
    assert reading.users is None


@pytest.mark.parametrize(
    ("text", "gib"),
    [
        ("a 500 GB dataset", 500),
        ("10 GB database", 10),
        ("a dump of 300GB", 300),
        ("our database is 200 GB", 200),
        ("I have 3TB of photos", 3072),
        ("500 GB of customer data", 500),
        ("a 2 TB postgres database", 2048),
        ("5 GB per day of logs for 30 days", 150),
        ("ingest 20GB/day, keep 2 weeks", 280),
        ("datos de 50 GB", 50),
        ("une base de données de 20 Go", 20),
        ("eine Datenbank mit 40 GB", None),
        ("100 GB Daten", 100),
        ("50 GB de dados", 50),
        ("500GB的数据", 500),
        ("データ200GB", None),
        ("a server", None),
    ],
)
def test_data_is_told_from_disk(text, gib):
    reading = read(text)
    if gib is not None:
        assert reading.data_gib == gib
        assert reading.stated.disk_gib is None
