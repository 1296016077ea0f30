"""What names a person, a host or a secret does not survive; what describes a machine does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.suggestion.model.scrubbing import scrubbed

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
IPV4 = re.compile(r"(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\d)")
KEY = re.compile(r"(?<![\w-])sk-[A-Za-z0-9]{16,}|(?<!\w)AKIA[A-Z0-9]{16}|(?<!\w)ghp_[A-Za-z0-9]{20,}|BEGIN [A-Z ]*KEY")

WORDS = st.sampled_from(
    ["redis", "a server", "with", "16 GB", "please", "\n", ",", "(", ")", "<", ">", ".", ":", "for"]
)
BYTE = st.integers(0, 255).map(str)
NAME = st.from_regex(r"[a-z0-9]([a-z0-9._+-]{0,8}[a-z0-9])?", fullmatch=True)
PERSONAL = st.one_of(
    st.builds("{}@{}.{}".format, NAME, NAME, st.sampled_from(["com", "org", "co.uk", "de", "internal"])),
    st.builds("{}.{}.{}.{}".format, BYTE, BYTE, BYTE, BYTE),
    st.from_regex(r"sk-[A-Za-z0-9]{16,40}", fullmatch=True),
    st.from_regex(r"AKIA[A-Z0-9]{16}", fullmatch=True),
    st.from_regex(r"ghp_[A-Za-z0-9]{20,36}", fullmatch=True),
    st.just("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----"),
)
SIZES = st.builds(
    "{}{}{}".format,
    st.one_of(st.integers(1, 99_999), st.sampled_from([0.5, 1.5, 3.75, 100_000, 1_000_000, 20_000_000])),
    st.sampled_from(["", " "]),
    st.sampled_from(["GB", "GiB", "TB", "vCPU", "vCPUs", "cores", "users", "requests", "MB", "T"]),
)


@settings(max_examples=400)
@given(st.lists(st.one_of(WORDS, PERSONAL, st.text(max_size=12)), max_size=12), st.sampled_from([" ", "\n", ", "]))
def test_whatever_is_given_no_address_and_no_key_survives(parts, between):
    left = scrubbed(between.join(parts))
    for shape in (EMAIL, IPV4, KEY):
        assert not shape.search(left)


@settings(max_examples=200)
@given(st.lists(st.one_of(WORDS, PERSONAL), max_size=10).map(" ".join))
def test_scrubbing_again_changes_nothing(text):
    assert scrubbed(scrubbed(text)) == scrubbed(text)


@settings(max_examples=200)
@given(st.lists(st.one_of(SIZES, st.sampled_from(["redis", "postgres", "for", "with"])), min_size=1, max_size=8))
def test_sizes_survive(parts):
    text = " and ".join(parts)
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "8 vCPU, 32 GB and 500 GB of disk for 1,000,000 users",
        "an ASP.NET shop on windows-server-2025-datacenter, n2-standard-8",
        "Node.js 22.11 with PostgreSQL 17.2 on ubuntu-2604-lts-amd64",
        "RTX-4090 or A100-80 until 2026-11-25",
        "10000000 rows, ports 8000 and 8443",
        "std::vector at 10:30",
    ],
)
def test_what_describes_a_machine_stays(text):
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to ada@example.com", "write to [e-mail]"),
        ("reach me at +44 20 7946 0958", "reach me at [phone]"),
        ("call 415-555-1212 now", "call [phone] now"),
        ("allow 198.51.100.7/32 and 2001:db8::1", "allow [address] and [address]"),
        ("like db01.corp.internal:5432", "like [host]"),
        ("see https://wiki.example.com/x?token=1 for more", "see [link] for more"),
        ("clone git@github.com:acme/shop.git", "clone [link]"),
        ("password: hunter2", "password: [secret]"),
        ("my api key is abc", "my api key is [secret]"),
        ("key 0123456789abcdef0123456789abcdef", "key [secret]"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id [secret]"),
        ("My name is Ada Lovelace and I need redis", "My name is [name] and I need redis"),
        ("me llamo Inés, quiero redis", "me llamo [name], quiero redis"),
        ("Hi Bob, redis please", "Hi [name], redis please"),
        ("redis please.\nThanks,\nJohn Smith", "redis please.\nThanks, [name]"),
        ("as in OPS-1423 and INC0012345", "as in [ticket] and [ticket]"),
        ("customer 48213377", "customer [number]"),
        ("ask @adalove", "ask [name]"),
    ],
)
def test_what_names_somebody_or_something_goes(text, left):
    assert scrubbed(text) == left
