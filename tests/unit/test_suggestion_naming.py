"""Workloads by whatever spelling; and ordinary words that are none."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.suggestion.mentions.naming import mentions
from tests.asking import read


@pytest.mark.parametrize(
    ("text", "workloads"),
    [
        # joined, apart, hyphenated, in any capitals
        *(("Node-JS", ("nodejs",)), ("NodeJS", ("nodejs",)), ("node js", ("nodejs",)), ("NODE.JS", ("nodejs",))),
        *(("word press", ("wordpress",)), ("Word-Press", ("wordpress",)), ("wordpress", ("wordpress",))),
        *(("Postgre SQL", ("postgresql",)), ("postgre-sql", ("postgresql",)), ("My SQL", ("mysql",))),
        *(
            ("rabbit mq", ("rabbitmq",)),
            ("Rabbit-MQ", ("rabbitmq",)),
            ("mongo db", ("mongodb",)),
            ("Mongo-DB", ("mongodb",)),
        ),
        *(("elastic search", ("elasticsearch",)), ("git lab", ("gitlab",)), ("GIT-LAB", ("gitlab",))),
        # plural, possessive, in a compound
        *(("two WordPresses", ("wordpress",)), ("Redis's cache", ("redis",)), ("MySQL-Datenbank", ("mysql",))),
        *(
            ("Minecraft-Server", ("minecraft",)),
            ("a Django-based site", ("django",)),
            ("Node.js with Express", ("nodejs", "express")),
        ),
        # versions
        *(
            ("python3.12", ("python3",)),
            ("python-3.12", ("python3",)),
            ("Python 3", ("python3",)),
            ("node 20 LTS", ("nodejs",)),
        ),
        *(("PostgreSQL 16", ("postgresql",)), ("postgres16", ("postgresql",)), ("postgres v15.4", ("postgresql",))),
        *(("redis:7", ("redis",)), ("MySQL 8.0", ("mysql",)), ("mongo 7.0 and redis 7", ("mongodb", "redis"))),
        # mistyped
        *(("postgress", ("postgresql",)), ("postgersql", ("postgresql",)), ("kuberentes", ("kubernetes",))),
        *(("ngnix", ("nginx",)), ("djagno", ("django",)), ("wordpres", ("wordpress",)), ("worpdress", ("wordpress",))),
        *(("rabitmq", ("rabbitmq",)), ("elasticsaerch", ("elasticsearch",)), ("mincraft", ("minecraft",))),
        *(
            ("dockr", ()),
            ("dokcer", ("docker",)),
            ("jenkis", ("jenkins",)),
            ("mongdb", ("mongodb",)),
            ("grafanna", ("grafana",)),
        ),
        *(
            ("a kubernetes cluster node", ("kubernetes",)),
            ("grafana + prometheus + loki", ("grafana", "prometheus", "loki")),
        ),
        # stacks
        *(
            ("LAMP", ("apache", "mysql", "php")),
            ("a lamp stack", ("apache", "mysql", "php")),
            ("LEMP", ("nginx", "mysql", "php")),
        ),
        # among other scripts
        *(
            ("我要装MySQL和Redis", ("mysql", "redis")),
            ("Dockerが使いたい", ("docker",)),
            ("मुझे WordPress चाहिए", ("wordpress",)),
        ),
        *(("用Django写的网站，数据库PostgreSQL", ("django", "postgresql")), ("MySQLとnginx", ("mysql", "nginx"))),
        # kinds give way to names
        *(("a database, MySQL", ("mysql",)), ("a web server for WordPress", ("wordpress",)), ("a website", ("nginx",))),
    ],
)
def test_a_workload_is_known_however_it_is_spelt(text, workloads):
    assert read(text).workloads[: len(workloads)] == workloads
    assert bool(read(text).workloads) == bool(workloads)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        *(("PostgreSQL 16", "16"), ("postgres16", "16"), ("python3.12", "3.12"), ("MySQL 8.0 and nginx", "8.0")),
        *(("node 20 LTS", "20"), ("MongoDB v7.0", "7.0"), ("SQL Server 2022", "2022"), ("Redis version 7.2,", "7.2")),
        *(("PostgreSQL 16 GB", None), ("Minecraft 10 players", None), ("MySQL 4 cores", None), ("Redis 32/64", None)),
        *(("nginx 3 days", None), ("PostgreSQL 500 GB", None), ("Django 2 vCPUs", None), ("Redis", None)),
    ],
)
def test_a_version_is_told_from_other_numbers(text, version):
    assert mentions(text)[0].version == version


def test_a_version_that_was_named_is_spoken_of():
    assert any("PostgreSQL 16" in note for note in read("PostgreSQL 16 for 2 days").notes)
    assert any("PostgreSQL 16" in note for note in read("necesito un servidor con PostgreSQL 16").notes)
    assert not read("PostgreSQL").notes


@pytest.mark.parametrize(
    "text",
    [
        *("nginx " * 1300, "no " * 2600, "no docker or " * 600, "postgres" * 1000, "a,b;c." * 1300, "é" * 8000),
        *(
            "Ubuntu 24.04 " * 600,
            "没有" * 4000,
            "ロンドン" * 2000,
            "not without " * 600,
            "port 80, " * 880,
            "1 " * 4000,
        ),
        *("similar to our x which " * 340, "8 GB more " * 800, "migrating from a b c " * 380, "(((((" * 1600),
        *("x" * 8000, "in London " * 800, " " * 8000, "users " * 1300, "- " * 4000, "don't " * 1300),
    ],
)
def test_adversarial_repeats_take_bounded_time(text):
    read("warm")
    started = time.perf_counter()
    reading = read(text[:8000])
    assert time.perf_counter() - started < 3.0  # some tenths of a second, so that only a runaway fails
    assert all(text[word.start : word.end] == word.text for word in reading.keywords)


@settings(max_examples=150, derandomize=True)
@given(st.text(max_size=300))
def test_any_text_is_read_with_right_spans_and_the_same_twice(text):
    reading = read(text)
    assert all(text[word.start : word.end] == word.text for word in reading.keywords)
    assert read(text) == reading


@pytest.mark.parametrize(
    "text",
    [
        *("I want to express my needs", "let us whisper it", "express the idea", "we express a wish"),
        *("let's go", "where are we", "c u later", "go on", "the rest of us"),
    ],
)
def test_names_that_are_words_too_count_only_as_names(text):
    assert read(text).workloads == ()
    assert read("an Express app").workloads == ("express",)
    assert read("node with express").workloads == ("nodejs", "express")
    assert read("an apache server with cassandra").workloads == ("apache", "cassandra")
