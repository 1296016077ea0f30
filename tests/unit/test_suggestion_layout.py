"""How far a number reaches: not past a version, a line's end or a wide comma; and a form's unit in its label."""

from datetime import timedelta

import pytest

from tests.asking import read


@pytest.mark.parametrize(
    ("text", "vcpus", "memory", "disk", "days"),
    [
        ("Debian 12，3天", None, None, None, 3),
        ("Redis 7，2核，4G", 2, 4, None, None),
        ("Windows Server 2019，8核16G", 8, 16, None, None),
        ("Ubuntu 22.04，4核，8G，3天", 4, 8, None, 3),
        ("MySQL 8，4核8G", 4, 8, None, None),
        ("PostgreSQL 16，16G内存，2天", None, 16, None, 2),
        ("Debian 12,3 days", None, None, None, 3),
        ("Windows Server 2019 core, 4 GB", None, 4, None, None),
        ("windows server 2022 core for 2 days", None, None, None, 2),
        ("OS: Windows Server 2019\nCPU: 4\nRAM: 16 GB", 4, 16, None, None),
        ("OS: Windows 2022\ncores: 8", 8, None, None, None),
        ("OS: Ubuntu 22\nCPU cores 4", 4, None, None, None),
        ("- 32gb\n- 250gb ssd", None, 32, 250, None),
        ("- 4 vcpu\n- 32gb\n- 250gb ssd", 4, 32, 250, None),
        ("- nginx\n- 16gb\n- 200gb ssd", None, 16, 200, None),
        ("we would like to have a machine of the usual kind, for another 3\ndays please", None, None, None, 3),
    ],
)
def test_a_number_reaches_no_further_than_its_product_and_its_line(text, vcpus, memory, disk, days):
    reading = read(text)
    stated = reading.stated
    assert (stated.vcpus, stated.memory_gib, stated.disk_gib) == (vcpus, memory, disk)
    assert reading.duration == (timedelta(days=days) if days else None)


@pytest.mark.parametrize(
    "text",
    [
        "SQL Server 2022 developer edition",
        "SQL Server 2017 users database",
        "sharepoint 2019 users",
        "Exchange 2019 mailbox people",
        "windows server 2019 users",
        "Windows Server 2016 developers' box",
    ],
)
def test_a_products_year_counts_nobody(text):
    assert read(text).users is None


@pytest.mark.parametrize(
    ("text", "memory", "disk"),
    [
        ("Memory (GB): 12", 12, None),
        ("Disk size (GB): 90", None, 90),
        ("RAM (GiB): 24", 24, None),
        ("RAM (in GB): 24", 24, None),
        ("Arbeitsspeicher (GB): 24", 24, None),
        ("Memoria (GB): 24", 24, None),
        ("Mémoire (Go) : 24", 24, None),
        ("内存（GB）：24", 24, None),
        ("メモリ(GB): 24", 24, None),
        ("Memory [GB] = 24, Storage [GB] = 300", 24, 300),
        ("Memory in GB: 12", 12, None),
        ("Disk (TB): 2", None, 2048),
        ("Disco (GB) 120", None, 120),
        ("磁盘(G): 200", None, 200),
        ("| Memory (GB) | 12 |", 12, None),
        ("RAM_GB=12", 12, None),
        ('"disk_gb": 200', None, 200),
        ("mem_limit: 6g", 6, None),
        ("Memory (GB): 16 GB", 16, None),
    ],
)
def test_a_unit_may_stand_in_the_label(text, memory, disk):
    stated = read(text).stated
    assert (stated.memory_gib, stated.disk_gib) == (memory, disk)


@pytest.mark.parametrize("text", ["vCPU (cores): 8", "CPU (vCPUs): 8", "vCPU(s): 8", "Cores [vCPU] = 8"])
def test_what_is_counted_may_stand_in_the_label(text):
    assert read(text).stated.vcpus == 8
