"""A refinement changes the last suggestion, and says what changed."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalog.check import validate
from shared.catalog.machines import machine_types
from shared.suggestion.mentions.relative import Relative, relatives
from shared.suggestion.text.sentences import say
from tests.asking import NOW, ask, read, suggesting

DJANGO = "a Python Django server with PostgreSQL and Redis for 3 days"


def refine(first, *later):
    """The last suggestion but one, and the last."""
    case = suggesting()
    former = answer = case.suggest("ana", first)
    for text in later:
        former, answer = answer, case.suggest("ana", text, refines=answer.id)
    return former, answer


def machine(answer):
    return machine_types()[answer.spec.machine_type]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        *(("more memory", {"memory": 2}), ("twice the RAM", {"memory": 2}), ("half the memory", {"memory": 0.5})),
        *(("bigger disk", {"disk": 2}), ("a smaller disk", {"disk": 0.5}), ("triple the disk", {"disk": 3})),
        *(("more cores", {"vcpus": 2}), ("fewer vCPUs", {"vcpus": 0.5}), ("50% more memory", {"memory": 1.5})),
        *(("bigger", {"vcpus": 2, "memory": 2}), ("smaller", {"vcpus": 0.5, "memory": 0.5})),
        *(("a bit more RAM", {"memory": 1.5}), ("double everything", {"vcpus": 2, "memory": 2, "disk": 2})),
        *(("cheaper", {"price": 1}), ("too expensive", {"price": 1}), ("half the price", {"price": 0.5})),
        *(("30% cheaper", {"price": 0.7}), ("faster", {"speed": 1}), ("twice as fast, faster", {"speed": 1})),
        *(("cheaper, but more memory", {"price": 1, "memory": 2}), ("más memoria", {"memory": 2})),
        *(("el doble de memoria", {"memory": 2}), ("más barato", {"price": 1})),
        *(("un disco más grande", {"disk": 2}), ("más rápido", {"speed": 1}), ("la mitad de disco", {"disk": 0.5})),
        *(("plus de mémoire", {"memory": 2}), ("moins cher", {"price": 1}), ("un disque plus grand", {"disk": 2})),
        *(("le double de mémoire", {"memory": 2}), ("plus rapide", {"speed": 1}), ("mehr Speicher", {"memory": 2})),
        *(("doppelt so viel RAM", {"memory": 2}), ("günstiger", {"price": 1}), ("größere Festplatte", {"disk": 2})),
        *(("schneller", {"speed": 1}), ("mais memória", {"memory": 2}), ("mais barato", {"price": 1})),
        *(("o dobro de RAM", {"memory": 2}), ("disco maior", {"disk": 2}), ("更便宜", {"price": 1})),
        *(("内存翻倍", {"memory": 2}), ("更多内存", {"memory": 2}), ("硬盘大一点", {"disk": 1.5})),
        *(("もっと安く", {"price": 1}), ("メモリを2倍に", {"memory": 2}), ("ディスクを大きく", {"disk": 2})),
        *(("सस्ता", {"price": 1}), ("दोगुनी मेमोरी", {"memory": 2}), ("ज़्यादा रैम", {"memory": 2})),
        *(("बड़ी डिस्क", {"disk": 2}), ("in Paris", {}), ("without Redis", {}), ("more users", {})),
        *(("Windows", {}), ("for a week instead", {})),
    ],
)  # fmt: skip
def test_relative_words_are_read_as_changes_of_a_field(text, changes):
    found = {each.field: each.factor for each in relatives(text)[0]}
    assert {field: float(round(factor, 2)) for field, factor in found.items()} == changes


def test_an_amount_more_is_added():
    assert relatives("8 GB more memory")[0] == (Relative("memory", plus=Decimal(8)),)
    assert relatives("add 100 GB of disk")[0] == (Relative("disk", plus=Decimal(100)),)
    assert relatives("+4 cores")[0] == (Relative("vcpus", plus=Decimal(4)),)
    former, answer = refine("4 vCPUs and 16 GB", "16 GB more memory")
    assert machine(answer).memory_gib >= machine(former).memory_gib + 16


@pytest.mark.parametrize(
    "text",
    ["more memory", "twice the RAM", "más memoria", "plus de mémoire", "mehr Arbeitsspeicher", "メモリを増やして"],
)
def test_more_memory_is_more_than_was_suggested(text):
    former, answer = refine(DJANGO, text)
    assert machine(answer).memory_gib >= 2 * machine(former).memory_gib
    assert machine(answer).vcpus >= machine(former).vcpus
    assert {"machine_type", "total"} <= {change.field for change in answer.changes}


@pytest.mark.parametrize(
    "text",
    [
        "cheaper",
        "too expensive",
        "más barato",
        "moins cher",
        "günstiger",
        "mais barato",
        "更便宜",
        "もっと安く",
        "सस्ता",
    ],
)
def test_cheaper_costs_less(text):
    former, answer = refine(DJANGO, text)
    assert answer.quote.total < former.quote.total


def test_what_was_stated_is_not_made_cheaper_by_cutting_it():
    former, answer = refine("8 vCPU and 32 GB for PostgreSQL", "cheaper")
    assert machine(answer).vcpus >= 8
    assert machine(answer).memory_gib >= 32
    assert answer.quote.total < former.quote.total or say("nothing_cheaper", "en") in answer.assumptions


def test_a_price_that_cannot_be_reached_is_said():
    _, answer = refine("e2-micro", "half the price")
    assert say("nothing_cheaper", "en") in answer.assumptions


def test_faster_is_another_machine_of_no_less():
    former, answer = refine(DJANGO, "faster")
    assert answer.spec.machine_type != former.spec.machine_type
    assert machine(answer).vcpus >= machine(former).vcpus
    assert machine(answer).memory_gib >= machine(former).memory_gib


def test_disks_grow_and_shrink_by_the_last_one():
    former, answer = refine("nginx with a 100 GB disk", "bigger disk")
    assert (former.spec.disk_gib, answer.spec.disk_gib) == (100, 200)
    _, again = refine("nginx with a 100 GB disk", "bigger disk", "smaller disk")
    assert again.spec.disk_gib == 100


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        *(("make it Windows", "os_image", "windows-2025"), ("actually Debian", "os_image", "debian-13")),
        *(("in Paris", "region", '{"must": "europe-west9", "prefer": null}'), ("for a week instead", "duration", "7d")),
        *(
            ("use spot", "spot", "true"),
            ("production", "environment", "production"),
            ("open port 3000 too", "ports", "[3000, 8000]"),
        ),
        *(
            ("without Redis", "packages", '["python3", "django", "postgresql"]'),
            ("en Londres", "region", '{"must": "europe-west2", "prefer": null}'),
        ),
        *(
            ("add MongoDB", "packages", '["python3", "django", "postgresql", "redis", "mongodb"]'),
            ("sin Redis", "packages", '["python3", "django", "postgresql"]'),
        ),
        *(
            ("use MySQL instead", "packages", '["python3", "django", "redis", "mysql"]'),
            ("sans Redis", "packages", '["python3", "django", "postgresql"]'),
        ),
        *(
            ("replace PostgreSQL with MySQL", "packages", '["python3", "django", "redis", "mysql"]'),
            ("不要Redis", "packages", '["python3", "django", "postgresql"]'),
        ),
    ],
)
def test_other_refinements_change_their_field(text, field, value):
    _, answer = refine(DJANGO, text)
    assert {change.field: change.to for change in answer.changes}[field] == value


def test_why_not_another_series_is_answered_with_it_and_its_price():
    former, answer = refine(DJANGO, "why not an n2?")
    assert answer.spec.machine_type.startswith("n2-")
    why = [reason for reason in answer.reasons if former.spec.machine_type in reason.because]
    assert why
    assert why[0].field == "machine_type"
    assert {"machine_type", "total"} <= {change.field for change in answer.changes}


def test_what_cannot_be_had_is_not_compared_in_price():
    former, answer = refine("nginx on Windows, a c3", "why not arm?")
    assert not [reason for reason in answer.reasons if former.spec.machine_type in reason.because]


def test_a_refused_series_is_left():
    _, answer = refine(DJANGO, "not e2")
    assert "e2" in read(f"{DJANGO}\n» not e2").unwanted_series
    assert answer.spec is not None


def test_the_gpu_is_dropped():
    former, answer = refine("a T4 GPU with 8 vCPUs", "drop the GPU")
    assert former.spec.gpu is not None
    assert answer.spec.gpu is None


def test_arm_takes_the_image_of_its_architecture():
    _, answer = refine("nginx on Ubuntu 24.04", "what about arm?")
    assert answer.spec.os_image == "ubuntu-2404-lts-arm64"
    assert machine(answer).architecture == "ARM64"
    _, back = refine("nginx on Ubuntu 24.04", "what about arm?", "no arm")
    assert back.spec.os_image == "ubuntu-2404-lts-amd64"


def test_an_absolute_number_takes_the_place_of_a_relative_word():
    _, answer = refine(DJANGO, "more memory: 64 GB of memory")
    assert machine(answer).memory_gib >= 64
    assert read(f"{DJANGO}\n» more memory\n» 4 GB of memory").held == frozenset()


def test_sizes_that_were_refined_stay_through_later_refinements():
    former, answer = refine(DJANGO, "more memory", "in Paris")
    assert answer.spec.machine_type == former.spec.machine_type
    _, third = refine(DJANGO, "bigger disk", "in Paris", "for a week")
    assert third.spec.disk_gib == 2 * ask(DJANGO).spec.disk_gib


@pytest.mark.parametrize("text", ["Redis please", "sounds good", "no spot"])
def test_a_refinement_that_changes_nothing_says_so(text):
    _, answer = refine(DJANGO, text)
    assert answer.changes == ()
    assert say("no_change", "en") in answer.assumptions


def test_the_first_request_has_no_relative_words():
    assert read("a cheaper server with more memory").relative == ()


def test_the_language_of_the_last_words_counts():
    assert read("a server\n» más barato por favor").language == "es"
    assert read("un servidor barato\n» 8 vCPU").language == "es"


steps = st.lists(
    st.sampled_from(
        [
            *(
                "cheaper",
                "more memory",
                "half the price",
                "faster",
                "bigger disk",
                "smaller",
                "double everything",
                "in Paris",
            ),
            *(
                "Windows",
                "why not an n2?",
                "just 4 cores",
                "no spot",
                "without Redis",
                "what about arm?",
                "for a week",
                "blah",
            ),
        ]
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, derandomize=True)
@given(steps)
def test_any_chain_of_refinements_gives_a_valid_machine_and_the_same_twice(chain):
    _, answer = refine(DJANGO, *chain)
    assert answer.outcome in ("suggested", "clarify", "refused")
    if answer.spec is not None:
        validate(answer.spec, NOW.date())
        said = {say(sentence, "en") for sentence in ("no_change", "nothing_cheaper")}
        assert answer.changes or said & set(answer.assumptions)
    assert refine(DJANGO, *chain)[1] == answer


@pytest.mark.parametrize(
    ("then", "duration"),
    [
        *(("double the time", "4d"), ("twice as long", "4d"), ("half the time", "1d"), ("make it a week", "7d")),
        *(("one day longer", "3d"), ("add a day", "3d"), ("extend it by 2 weeks", "16d"), ("a day shorter", "1d")),
        *(("doppelt so lange", "4d"), ("einen Tag länger", "3d"), ("deux fois plus longtemps", "4d")),
        *(("el doble de tiempo", "4d"), ("un día más", "3d"), ("时间加倍", "4d"), ("期間を2倍に", "4d")),
        *(("double the memory", "2d"), ("add 4 GB more ram", "2d")),
    ],
)
def test_the_time_is_changed_by_what_was_agreed(then: str, duration: str):
    use_case = suggesting()
    answer = use_case.suggest("ana", then, refines=use_case.suggest("ana", "nginx for 2 days").id)
    assert answer.spec.duration == duration


@pytest.mark.parametrize("first", ["mine bitcoin", "can you order me a pizza", "launch a ddos against my school"])
def test_what_is_asked_after_a_refusal_is_answered_anew(first: str):
    use_case = suggesting()
    answer = use_case.suggest("ana", "ok, then nginx for 2 days", refines=use_case.suggest("ana", first).id)
    assert (answer.outcome, answer.spec.packages) == ("suggested", ("nginx",))
