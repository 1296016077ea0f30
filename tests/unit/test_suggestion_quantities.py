"""Rules for every quantity: the numbers come back, nothing is made up, words stay in place, time is bounded."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.suggestion.quantities.amounts import amounts
from tests.asking import NOW, read

quietly = settings(max_examples=150, derandomize=True)

FORMS = [
    ("{v} vCPUs, {m} GB RAM, {d} GB disk, for {t} days", 24),
    ("I need {v} cores with {m}GB of memory and a {d}GB SSD for {t} hours please", 1),
    ("cpu: {v}, ram: {m} GB, disk: {d} GB; {t}h", 1),
    ("{v} vCPU / {m} GB RAM / {d} GB SSD / {t}d", 24),
    ("{d} GB of storage, {m} GiB of RAM and {v} CPUs during {t} weeks", 168),
    ("{v} núcleos, {m} GB de RAM y {d} GB de disco durante {t} días", 24),
    ("{v} cœurs, {m} Go de mémoire vive et {d} Go de disque pendant {t} jours", 24),
    ("{v} Kerne, {m} GB Arbeitsspeicher, {d} GB Festplatte für {t} Tage", 24),
    ("{v} núcleos, {m} GB de memória e {d} GB de disco por {t} dias", 24),
    ("{v} कोर, {m} जीबी रैम, {d} जीबी डिस्क, {t} दिन के लिए", 24),
    ("{v}核{m}G内存{d}G硬盘，用{t}天", 24),
    ("{v}コア、メモリ{m}GB、ディスク{d}GB、{t}日間", 24),
]


@quietly
@given(
    vcpus=st.integers(2, 96),
    memory=st.integers(2, 512),
    disk=st.integers(10, 4000),
    length=st.integers(2, 25),
    form=st.sampled_from(FORMS),
)
def test_the_numbers_come_back_whatever_the_phrasing(vcpus, memory, disk, length, form):
    template, unit = form
    reading = read(template.format(v=vcpus, m=memory, d=disk, t=length))
    assert (reading.stated.vcpus, reading.stated.memory_gib, reading.stated.disk_gib) == (vcpus, memory, disk)
    assert reading.stated.vcpus_bound == reading.stated.memory_bound == "exactly"
    assert reading.duration.total_seconds() == length * unit * 3600


WORDS = st.sampled_from(
    [
        *(
            "a",
            "the",
            "server",
            "with",
            "and",
            "for",
            "nginx",
            "please",
            "need",
            "website",
            "in",
            "no",
            "mi",
            "un",
            "el",
        ),
        *(
            "le",
            "der",
            "und",
            "einen",
            "site",
            "machine",
            "test",
            "cheap",
            "fast",
            "blog",
            "open",
            "source",
            "my",
            "our",
        ),
        *("some", "docker", "data", "users", "team", "thing", "once", "only"),
    ]
)


@quietly
@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_where_no_quantity_is_said_none_is_read(text):
    found = amounts(text, NOW)
    assert (found.stated.vcpus, found.stated.memory_gib, found.stated.disk_gib, found.stated.gpu) == (None,) * 4
    assert (found.users, found.data_gib, found.requests_per_second, found.billions) == (None,) * 4
    assert (found.duration, found.budget) == (None, None)


ODD = [
    *("8 cores", "１６ＧＢ", "for the week-end", "é", "ﬁ", "ß", "十六核", "no wait", "half a TB", "$5", "until Friday"),
    *("10k visits a day", "दो", "İ", "\n\n", "   ", "not 8 but 16 GB", "2x L4"),
]


@quietly
@given(
    st.lists(
        st.one_of(
            st.sampled_from(ODD),
            st.text(max_size=12),
        ),
        max_size=12,
    ).map(" ".join)
)  # fmt: skip
def test_words_stand_where_they_are_said_to_stand(text):
    for word in amounts(text, NOW).keywords:
        assert text[word.start : word.end] == word.text
        assert word.text.strip()


HOSTILE = [
    *("half ", "one two ", "1,000,", "9", "9 ", "1 000 ", "a few ", "zwei", "一二", "1.1", "ा", "a ", "16 GB sorry "),
    *("not 8 ", "sorry ", "8 gb or ", "until ", "until friday ", "users ", "8 a b c d ", "$", "$1 ", "1x", "per day "),
    *("memory ", " ", "-", "- ", ", ", "\n", "my laptop has ", "gpu ", "2 weeks ", "a-", "日", "8核", "5 GB per day "),
    *(
        "visits ",
        "7b ",
        "no ",
        "1 day ",
        "(",
        "\u0301",
        "for ",
        "17:00 ",
        "周五",
        "まで",
        "instead of 8 ",
        "from 8 to ",
    ),
    "x x x 8 ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_repetition_makes_it_slow(piece):
    """Four times the text takes about four times the time; if it took the square, it would be sixteen times."""

    def seconds(length):
        text = (piece * 8000)[:length]
        started = time.process_time()
        amounts(text, NOW)
        return time.process_time() - started

    amounts(piece * 20, NOW)
    most = 12 * max(min(seconds(2000), seconds(2000)), 0.02)
    assert any(seconds(8000) < most for _ in range(3))  # a collection of garbage may fall into one
