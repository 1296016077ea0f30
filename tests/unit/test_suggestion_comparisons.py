"""What somebody has against what is wished for; what is taken back; sizes that are bounds."""

import pytest

from tests.asking import read


def sized(text):
    stated = read(text).stated
    return stated.vcpus, stated.memory_gib


@pytest.mark.parametrize(
    ("text", "vcpus", "memory"),
    [
        ("our current 16 GB box swaps all the time, so let's have 32 GB and 8 vCPUs", 8, 32),
        ("the x86 builders (16 vCPU, 64 GB) are useless for us. pls provision a builder: 4 vCPU, 16GB", 4, 16),
        (
            "The present database (2 vCPU / 8 GB, of 2019) keeps falling over.\nWe need:\n- 8 vCPUs\n- 32 GB RAM",
            8,
            32,
        ),
        (
            "> What size is the current machine?\n4 vCPU, 16 GB, CPU at 92%\n> What do you want?\n8 vCPU and 32 GB",
            8,
            32,
        ),
        ("Current server:\n- 4 vCPU\n- 8 GB RAM\nNew server:\n- 8 vCPU\n- 32 GB RAM", 8, 32),
        ("our old box had 4 cores and 8 gigs. new one: 8 cores, 32 gigs", 8, 32),
        ("previously we used 4 vCPU. now 16 vCPU and 64GB please", 16, 64),
        ("a blog on an old shared host (they give me 1 GB), i want a proper one. 2 cpus and 4 gb", 2, 4),
        ("I have a laptop with 8 GB RAM. Need a server with 32 GB and 4 cores", 4, 32),
        ("8GB RAM wasn't enough last time so 32GB and 4 cores pls", 4, 32),
        ("16 GB is not enough for us, 64 GB would be right, 8 cores", 8, 64),
        ("The VM should have at least 4 cores, preferably 8, and 16 GB", 4, 16),
        ("j'ai un pc avec 16 Go, il me faut 64 Go et 16 cœurs", 16, 64),
        ("ich habe einen Laptop mit 16 GB, brauche 64 GB und 8 Kerne", 8, 64),
        ("我的电脑只有16G内存,跑不动,要64G 16核", 16, 64),
        ("upgrade from 4 vCPU/16 GB to 8 vCPU/32 GB", 8, 32),
        ("CPU: 4 -> 8, RAM: 16 GB -> 32 GB", 8, 32),
        ("unser alter Build-Server (4 Kerne, 8 GB) ist zu langsam. Wir brauchen:\n- 8 vCPUs\n- 32 GB RAM", 8, 32),
        ("Unser aktueller Server mit 8 GB ist zu klein, bitte 32 GB und 8 Kerne", 8, 32),
        ("L'ancienne (2 cœurs, 8 Go) est hors service. merci de fournir une machine (4 vCPU, 16 Go)", 4, 16),
        ("notre serveur actuel a 8 Go de RAM, il nous faudrait 32 Go et 8 cœurs", 8, 32),
        ("nuestro servidor actual tiene 8 GB y se queda corto, queremos 32 GB y 8 núcleos", 8, 32),
        ("nosso servidor atual (4 vCPU, 8 GB) não aguenta, quero 8 vCPU e 32 GB", 8, 32),
        ("现有服务器(4核8G)性能不足,申请新服务器一台:8核、32GB内存", 8, 32),
        ("现在用的是4核8G,不够用,想换成8核32G", 8, 32),
        ("現在のサーバー(2コア、4GB)が不安定なため、新しいサーバーをお願いします。\n・4 vCPU\n・メモリ 16GB", 4, 16),
        ("今は2コア4GBですが足りないので、8コア16GBにしたい", 8, 16),
        ("हमारा पुराना सर्वर (2 कोर, 4 GB) बहुत धीमा है। कृपया नया सर्वर दें: 4 कोर, 16 GB RAM", 4, 16),
    ],
)
def test_what_is_wished_for_counts_not_what_is_there(text, vcpus, memory):
    assert sized(text) == (vcpus, memory)


@pytest.mark.parametrize(
    ("text", "vcpus", "memory", "bound"),
    [
        ("better than my laptop which has 4 cores and 16GB: twice of both", 8, 32, "at least"),
        ("double what my 4 core 16 GB laptop has", 8, 32, "at least"),
        ("we need double our current 8 vCPU / 32 GB server", 16, 64, "at least"),
        ("mi portátil de 4 núcleos y 16 GB no da para más, necesito el doble", 8, 32, "at least"),
        ("das Doppelte von meinem Laptop (4 Kerne, 16 GB), doppelt so viel", 8, 32, "at least"),
        ("currently on 8 vCPU / 32 GB, CPU is at 10%, half would do", 4, 16, "at least"),
        ("my machine has 8 cores and 32 GB; I want the same in the cloud", 8, 32, "exactly"),
        ("migrating our current server (4 vCPU, 16 GB) to the cloud, same specs", 4, 16, "exactly"),
        ("目前是4核,内存16G,需要两倍", 8, 32, "at least"),
    ],
)
def test_what_is_there_is_the_measure_where_nothing_else_is(text, vcpus, memory, bound):
    stated = read(text).stated
    assert (stated.vcpus, stated.memory_gib) == (vcpus, memory)
    assert stated.vcpus_bound == stated.memory_bound == bound


@pytest.mark.parametrize(
    ("text", "memory"),
    [
        ("ran out of memory at 32 GB, need at least double", 64),
        ("the job was killed with 64 GB of RAM, give me more", 128),
        ("my 16 GB laptop is too slow for this", 32),
        ("twice the RAM of my 16 GB laptop", 32),
    ],
)
def test_too_little_memory_is_doubled(text, memory):
    stated = read(text).stated
    assert (stated.memory_gib, stated.memory_bound) == (memory, "at least")


@pytest.mark.parametrize(
    ("text", "vcpus", "memory"),
    [
        ("4 vcpu, no wait, 8 vcpu and 32 GB for a day", 8, 32),
        ("4 Kerne, nein, 8 Kerne und 32 GB für drei Tage", 8, 32),
        ("4 cores 8 GB, sorry, 8 cores and 16 GB", 8, 16),
        ("16 GB, actually make it 32, and 4 vCPU", 4, 32),
        ("8 cores 32GB 2 days. scratch that: 16 cores, 64GB, 1 week", 16, 64),
        ("4 núcleos, perdón, 8 núcleos y 16 GB", 8, 16),
        ("2 cœurs, enfin non, 4 cœurs et 8 Go pendant 3 jours", 4, 8),
        ("4核,不对,8核16G", 8, 16),
        ("4コア、いや8コアで16GB", 8, 16),
        ("8 cores and 32 GB, no, 64 GB", 8, 64),
    ],
)
def test_what_is_taken_back_leaves_the_rest(text, vcpus, memory):
    assert sized(text) == (vcpus, memory)


@pytest.mark.parametrize(
    ("text", "memory"),
    [
        ("no less than 128 GB of memory", 128),
        ("not under 16 gigs", 16),
        ("not below 64GB RAM", 64),
        ("nicht weniger als 32 GB RAM", 32),
        ("no menos de 16 GB de RAM", 16),
        ("pas moins de 16 Go", 16),
        ("内存不低于16G", 16),
    ],
)
def test_no_less_is_a_lower_bound(text, memory):
    stated = read(text).stated
    assert (stated.memory_gib, stated.memory_bound) == (memory, "at least")


@pytest.mark.parametrize(
    ("text", "memory", "disk"),
    [
        ("16 GB of RAM and a terabyte of disk, two days", 16, 1024),
        ("16 gb ram and half a terabyte of disk for a day", 16, 512),
        ("ein Terabyte Festplatte, 16 GB RAM", 16, 1024),
        ("un tera de disco y 8 GB", 8, 1024),
        ("内存16G,500G硬盘", 16, 500),
        ("Nextcloud mit 500 GB Speicher für zwei Wochen", None, 500),
        ("16 GB RAM und 256 GB Speicher", 16, 256),
        ("16 GB Speicher für eine Woche", 16, None),
        ("128 GB for a day", 128, None),
        ("16gb memroy, 500 gb dsik", 16, 500),
        ("CPU | 8\nRAM | 32 GB\nDisk | 200 GB", 32, 200),
        ('{"cpu": 4, "memory": "16GB", "disk": "100GB"}', 16, 100),
        ("wordpress with an upload limit of 2 GB", None, None),
    ],
)
def test_sizes_are_of_memory_or_of_the_disk(text, memory, disk):
    stated = read(text).stated
    assert (stated.memory_gib, stated.disk_gib) == (memory, disk)


def test_memory_for_each_is_as_many_times_that():
    stated = read("for 20 students, 2 GB each, 6 hours").stated
    assert (stated.memory_gib, stated.memory_bound) == (40, "at least")


def test_sizes_count_before_a_machine_by_its_name_that_has_others():
    stated = read("4 vcpu 16GB for a day, a3-highgpu-8g").stated
    assert (stated.vcpus, stated.memory_gib, stated.machine_type) == (4, 16, None)


def test_threads_are_vcpus_where_no_cores_are_named():
    assert sized("16 threads (vCPU), 64 gigs") == (16, 64)
    assert sized("8 cores / 16 threads, 32 GB") == (8, 32)
