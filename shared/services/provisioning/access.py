"""How people get in: an SSH key pair, or a Windows password by the guest agent's RSA protocol. Secrets live in Secret
Manager alone; the registry never sees one, save a Windows password encrypted to a key that Secret Manager holds."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.life import State
from shared.domain.vm import Vm
from shared.services.provisioning.machine import labels, latest_end, secret_name
from shared.services.provisioning.turn import Turn

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SERIAL_PORT = 4  # where the Windows guest agent answers
KEY_VALID = timedelta(hours=1)  # the agent ignores expired keys, and may take long to come up the first time


def login_key(turn: Turn) -> str | None:
    """The public key that the machine is to trust: the person's own, or the pair's in the VM's secret, made on first
    need. None for Windows, whose RSA key is made here too. The same answer however often it is asked."""
    vm = turn.vm
    if vm.public_key is not None and not vm.windows:
        return vm.public_key
    private = turn.platform.secrets.read(secret_name(turn.platform.environment, vm.id))
    if private is None:
        private = _make(turn)
    return None if vm.windows else _openssh_public(private, vm.login_user)


def _make(turn: Turn) -> bytes:
    """Make the key and keep it. If two workers make one each, the first that is kept is everyone's."""
    platform, vm = turn.platform, turn.vm
    name = secret_name(platform.environment, vm.id)
    turn.before_write()
    payload = _rsa_private() if vm.windows else _ed25519_private()
    platform.secrets.put(name, payload, labels(platform.environment, vm, latest_end(vm, platform.figures)))
    kept = platform.secrets.read(name)
    return kept if kept is not None else payload


def password_awaited(turn: Turn) -> bool:
    """Whether a Windows machine's password is still to come. It is asked for here if it never was: once, since each
    asking makes a new password. Nothing comes any more when the key has expired; and of a running machine whose
    secret is gone the password was shown, by a row that was lost."""
    vm = turn.vm
    if not vm.windows or vm.encrypted_password is not None:
        return False
    private = turn.platform.secrets.read(secret_name(turn.platform.environment, vm.id))
    if private is None:
        if vm.state is State.RUNNING:
            return False
        private = _make(turn)
    if vm.password_key_sent_at is None:
        turn.apply(_asked_for_password(turn, private))
    if encrypted := _answered_password(turn, private):
        turn.apply(replace(turn.vm, encrypted_password=encrypted), "password_ready")
        return False
    sent_at = turn.vm.password_key_sent_at
    return sent_at is not None and turn.now < sent_at + KEY_VALID


def _asked_for_password(turn: Turn, private: bytes) -> Vm:
    """Give the Windows guest agent our public key; it answers on the serial port. The row with that noted."""
    vm = turn.vm
    assert vm.instance_name is not None
    assert vm.zone is not None
    modulus, exponent = _rsa_public(private)
    key = {
        "userName": vm.login_user,
        "modulus": modulus,
        "exponent": exponent,
        "expireOn": (turn.now + KEY_VALID).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "hashFunction": "sha256",
        "passwordLength": 20,
        "addToAdministrators": True,
    }
    turn.before_write()
    turn.platform.compute.add_windows_key(vm.zone, vm.instance_name, key)
    return replace(vm, password_key_sent_at=turn.now)


def _answered_password(turn: Turn, private: bytes) -> str | None:
    """The password that the agent has answered with, still encrypted to our key; None while there is none."""
    vm = turn.vm
    if vm.instance_name is None or vm.zone is None:
        return None
    modulus, _ = _rsa_public(private)
    for line in turn.platform.compute.serial_output(vm.zone, vm.instance_name, SERIAL_PORT).splitlines():
        answer = _json_line(line)
        encrypted = answer.get("encryptedPassword")
        if answer.get("modulus") == modulus and answer.get("passwordFound") and encrypted:
            return str(encrypted)
    return None


def decrypt_password(private: bytes, encrypted: str) -> str:
    """The clear password, from the guest agent's answer (RSA-OAEP with SHA-256, as we asked for)."""
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.hashes import SHA256

    oaep = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
    return _rsa_key(private).decrypt(base64.b64decode(encrypted), oaep).decode()


def _json_line(line: str) -> Mapping[str, object]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _ed25519_private() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def _openssh_public(private: bytes, user: str) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

    public = load_ssh_private_key(private, password=None).public_key()
    return f"{public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()} {user}"


def _rsa_private() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _rsa_key(private: bytes) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(private, password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


def _rsa_public(private: bytes) -> tuple[str, str]:
    """Modulus and exponent, base64 of the big-endian bytes, as the guest agent reads them."""
    numbers = _rsa_key(private).public_key().public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)
    exponent = numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)
    return base64.b64encode(modulus).decode(), base64.b64encode(exponent).decode()
