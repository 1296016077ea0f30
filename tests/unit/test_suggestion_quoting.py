"""Pasted mails: the newest message counts, what it quotes fills what it leaves open."""

from datetime import timedelta

import pytest

from tests.asking import read

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "mail",
    [
        "8 vCPUs and 32 GB please\n\n> On 11 Oct, Bob wrote:\n> 4 vCPU, 16 GB, PostgreSQL for 3 days?",
        "8 vCPUs and 32 GB please\n\nOn Tue, 11 Oct at 09:14, Bob <b@example.com> wrote:\n4 vCPU PostgreSQL 3 days",
        "Bitte 8 vCPUs und 32 GB.\n\nAm 11.10.2026 schrieb Bob:\n> 4 Kerne, 16 GB, PostgreSQL für 3 Tage",
        "Plutôt 8 vCPU et 32 Go\n\nLe 11 octobre, Bob a écrit :\n> 4 vCPU, 16 Go, PostgreSQL pendant 3 jours",
        "Mejor 8 vCPU y 32 GB\n\nEl 11 de octubre, Bob escribió:\n> 4 vCPU, 16 GB, PostgreSQL, 3 días",
        "8核32G\n\n2026年10月11日 Bob 写道:\n> 4核16G,PostgreSQL,3天",
        "8 vCPU, 32 GB pls\n-- \nBob, 4th floor, 2 vCPU fan\n--Original Message--\nFrom: Al\nPostgreSQL, 3 days",
        "8 vCPU, 32 GB\n\nFrom: Bob\nSent: Monday\nTo: Al\nSubject: db\n\n4 vCPU, 16 GB with PostgreSQL for 3 days",
        "> 4 vCPU and 16 GB with PostgreSQL for 3 days, right?\n\nNo, 8 vCPU and 32 GB",
    ],
)
def test_the_newest_message_counts_and_the_quote_fills(mail):
    reading = read(mail)
    assert (reading.stated.vcpus, reading.stated.memory_gib) == (8, 32)
    assert reading.workloads == ("postgresql",)
    assert reading.duration == 3 * DAY
    assert all(mail[word.start : word.end] == word.text for word in reading.keywords)


def test_answers_below_quoted_questions_are_the_newest_message():
    reading = read(
        "> What size is the current machine?\n4 vCPU, 16 GB\n> What do you want?\n8 vCPU\n> How long?\n5 days"
    )
    assert (reading.stated.vcpus, reading.duration) == (8, 5 * DAY)


@pytest.mark.parametrize(
    "mail",
    [
        "--- Forwarded message ---\nFrom: Al\nDate: Tue, 17 Nov\nSubject: web\n\n2 cpus, 4 gb, nginx, 10 days",
        "> 2 cpus, 4 gb, nginx, 10 days",
        "From: Al\nTo: Bob\nSubject: web\n\n2 cpus, 4 gb, nginx, 10 days",
    ],
)
def test_where_nothing_else_is_said_the_quote_is_the_request(mail):
    reading = read(mail)
    assert (reading.stated.vcpus, reading.stated.memory_gib) == (2, 4)
    assert (reading.workloads, reading.duration) == (("nginx",), 10 * DAY)


def test_what_the_newest_message_refuses_stays_refused():
    reading = read(
        "No GPU please, and Debian\n\n> On 3 May, Al wrote:\n> a T4 with Ubuntu 22.04 and PyTorch for 2 days"
    )
    assert (reading.gpu, reading.stated.gpu, reading.os) == (False, None, "Debian")
    assert reading.duration == 2 * DAY


def test_a_machine_by_its_name_and_sizes_exclude_each_other():
    stated = read("e2-standard-8 please\n\n> On 3 May, Al wrote:\n> 4 vCPU, 16 GB and a 200 GB disk").stated
    assert (stated.machine_type, stated.vcpus, stated.disk_gib) == ("e2-standard-8", None, 200)
