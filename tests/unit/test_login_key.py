"""A person's own SSH public key."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.domain.login_key import checked_public_key


def line(private) -> str:
    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.fixture(scope="module")
def ed25519_line() -> str:
    return line(ed25519.Ed25519PrivateKey.generate())


@pytest.mark.parametrize(
    "private",
    [
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["ed25519", "nistp256", "nistp521", "rsa2048"],
)
def test_the_usual_kinds_are_taken(private):
    assert checked_public_key(f" {line(private)} ada@laptop\n") == f"{line(private)} ada@laptop"


def test_a_short_rsa_key_is_refused_with_its_length():
    with pytest.raises(ValueError, match="2048 bits or more; this one has 1024"):
        checked_public_key(line(rsa.generate_private_key(65537, 1024)))


def test_the_comment_keeps_only_names(ed25519_line):
    assert checked_public_key(f"{ed25519_line} Ada's $(reboot) `laptop`") == f"{ed25519_line} Adasrebootlaptop"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: f'command="reboot" {key}',
        lambda key: f"{key}\n{key}",
        lambda key: f"{key} comment\nuser2:{key}",
        lambda key: key[:-10],
        lambda key: key.replace("ssh-ed25519", "ssh-rsa"),
        lambda key: key.replace("AAAA", "!!!!"),
        lambda key: "-----BEGIN OPENSSH PRIVATE KEY-----",
        lambda key: "",
    ],
    ids=["options", "two keys", "smuggled user", "cut off", "wrong type", "not base64", "private", "empty"],
)
def test_anything_else_is_refused(ed25519_line, spoil):
    with pytest.raises(ValueError, match="public key"):
        checked_public_key(spoil(ed25519_line))


def test_a_dsa_key_is_refused():
    with pytest.raises(ValueError, match="starts with one of"):
        checked_public_key("ssh-dss AAAAB3NzaC1kc3MAAACBAOYvVp5jjMNk")
