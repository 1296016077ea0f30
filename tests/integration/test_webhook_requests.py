"""Webhooks over real TLS: to the public internet alone, to the address that was judged, without redirects, in time."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.delivery.webhook import HttpsPoster, is_public
from shared.domain.notices import Undelivered
from tests.integration.hook_receiver import HERE, HOST, Receiver, receiver

PUBLIC = ipaddress.ip_address("93.184.215.14")


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "198.18.0.1", "203.0.113.7", "240.0.0.1", "192.0.0.1"),
        *("::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::1", "2001:0:7f00:1::1"),
    ],
)
def test_what_is_not_on_the_public_internet_is_not_called(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    poster = HttpsPoster(1, resolve=lambda *_: [PUBLIC, ipaddress.ip_address(address)])
    with pytest.raises(Undelivered, match="not on the public internet"):
        poster.post(f"https://{HOST}/", {}, b"")


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111"])
def test_public_addresses_may_be_called(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://0x7f000001/"])
def test_an_address_in_the_url_is_judged_as_a_name_is(url: str) -> None:
    with pytest.raises(Undelivered):
        HttpsPoster(1).post(url, {}, b"")


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "ftp://hooks.example.com/", "https:///path"])
def test_nothing_but_https_is_called(url: str) -> None:
    with pytest.raises(Undelivered) as refused:
        HttpsPoster(1, resolve=lambda *_: [PUBLIC]).post(url, {}, b"")
    assert refused.value.final


def test_a_request_arrives_whole_by_the_name_it_was_for(endpoint: Receiver) -> None:
    endpoint.poster().post(endpoint.url, {"webhook-id": "1"}, b"{}")
    ((path, headers, body),) = endpoint.got
    assert (path, headers["webhook-id"], headers["host"], body) == (
        "/vms?from=us",
        "1",
        f"{HOST}:{endpoint.port}",
        b"{}",
    )


def test_a_certificate_of_nobody_known_is_refused(endpoint: Receiver) -> None:
    poster = HttpsPoster(5, resolve=lambda *_: [HERE], allowed=lambda _: True)
    with pytest.raises(Undelivered) as refused:
        poster.post(endpoint.url, {}, b"")
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
    assert endpoint.got == []


def test_a_redirect_is_not_followed(endpoint: Receiver) -> None:
    endpoint.status = 307
    with pytest.raises(Undelivered, match="307; redirects are not followed"):
        endpoint.poster().post(endpoint.url, {}, b"")
    assert len(endpoint.got) == 1


@pytest.mark.parametrize(("status", "final"), [(410, True), (404, False), (500, False)])
def test_only_gone_is_final(endpoint: Receiver, status: int, final: bool) -> None:
    endpoint.status = status
    with pytest.raises(Undelivered) as refused:
        endpoint.poster().post(endpoint.url, {}, b"")
    assert refused.value.final is final


def test_an_answer_that_drips_is_cut_off(endpoint: Receiver) -> None:
    endpoint.drip = True
    began = time.monotonic()
    with pytest.raises(Undelivered):
        endpoint.poster(timeout=0.3).post(endpoint.url, {}, b"")
    assert time.monotonic() - began < 3
