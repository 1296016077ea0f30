"""Ports that a request opens, keeps closed, or wants alone."""

import pytest

from tests.asking import ask, suggesting


@pytest.mark.parametrize(
    "text",
    [
        *("mongo but don't expose 27017", "mongo, keep 27017 closed", "mongo, port 27017 must not be public"),
        *("mongo with 27017 only internal", "mongo, do not open port 27017", "mongo without opening 27017"),
        *("mongo; 27017 should stay private", "mongo, never expose port 27017", "mongo and close 27017"),
        *("mongo, no abras el 27017", "mongo, n'ouvre pas le port 27017", "mongo, Port 27017 bitte nicht öffnen"),
        *("mongo, não abra a porta 27017", "mongo，不要开放27017端口", "mongo、27017番ポートは開けないで"),
        "mongo, 27017 पोर्ट मत खोलना",
    ],
)
def test_a_port_that_is_to_stay_closed_is_not_opened(text: str):
    answer = ask(text)
    assert answer.spec.packages == ("mongodb",)
    assert 27017 not in answer.spec.ports


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("nginx, only 443", (443,)),
        ("nginx with https only", (443,)),
        ("just port 443, nginx", (443,)),
        ("nginx, 443 and nothing else", (443,)),
        ("nginx, nur Port 443", (443,)),
        ("nginx, solo el puerto 443", (443,)),
        ("nginx, uniquement le port 443", (443,)),
        ("nginx，只开放443端口", (443,)),
        ("nginx、443番ポートのみ", (443,)),
        ("wordpress without port 80", (443,)),
        ("no public ports, nginx", ()),
        ("nginx, do not open any ports", ()),
        ("nginx; nothing exposed", ()),
        ("nginx, keine offenen Ports", ()),
        ("nginx, sin puertos abiertos", ()),
        ("nginx, aucun port ouvert", ()),
        ("nginx, open 8080 but not 80", (443, 8080)),
        ("open port 8080 and 9000, nginx", (80, 443, 8080, 9000)),
        ("only 80 GB of disk, nginx", (80, 443)),
        ("only 443 users, nginx", (80, 443)),
        ("nginx, no 80 GB disk", (80, 443)),
    ],
)
def test_the_ports_are_those_that_were_asked_for(text: str, ports: tuple[int, ...]):
    assert ask(text).spec.ports == ports


@pytest.mark.parametrize(
    ("first", "then", "ports"),
    [
        ("nginx and open 8080", "close port 8080", (80, 443)),
        ("nginx", "don't open 80", (443,)),
        ("nginx", "only 443", (443,)),
        ("nginx, keep 80 closed", "open port 80 after all", (80, 443)),
        ("nginx, no open ports", "open 443", (443,)),
        ("nginx, open 8080", "no ports at all", ()),
    ],
)
def test_a_refinement_opens_and_closes(first: str, then: str, ports: tuple[int, ...]):
    use_case = suggesting()
    answer = use_case.suggest("ana", then, refines=use_case.suggest("ana", first).id)
    assert answer.spec.ports == ports
