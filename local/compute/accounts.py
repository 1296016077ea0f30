"""The Windows guest agent's account manager: keys in metadata are answered by encrypted passwords on serial port 4."""

from __future__ import annotations

import base64
import json
import secrets
import string
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.compute.errors import ApiError
from local.compute.pace import Pace
from local.compute.timeline import Timeline
from local.compute.wire import epoch
from local.compute.world import Instance

_PORT = "4"
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_SHORTEST = 15  # characters of a password


class Accounts:
    """Answers each new line of the metadata key `windows-keys` once, as google-guest-agent does."""

    def __init__(self, timeline: Timeline, pace: Pace, alive: Callable[[str, int], Instance | None]) -> None:
        self._timeline = timeline
        self._pace = pace
        self._alive = alive
        timeline.on("guest.password", self._answer)

    def begin(self, instance: Instance) -> None:
        """The agent is up."""
        self._say(instance, {"ready": True, "version": "20261101.00"})
        self.answer_new_keys(instance)

    def answer_new_keys(self, instance: Instance) -> None:
        """Take up every key that was not seen before and has not expired."""
        if instance.metadata("disable-account-manager").lower() == "true":
            return
        for line in instance.metadata("windows-keys").splitlines():
            key = _key(line)
            if key is None:
                continue
            seen = f"{key['userName']} {key['modulus']} {key.get('expireOn', '')}"
            if seen in instance.guest.accounts_seen or self._expired(key):
                continue
            instance.guest.accounts_seen.append(seen)
            cycle = instance.power_cycle
            self._timeline.after(self._pace.password, "guest.password", id=instance.id, cycle=cycle, key=key)

    def _expired(self, key: dict[str, Any]) -> bool:
        try:
            return "expireOn" in key and epoch(key["expireOn"], "expireOn") < self._timeline.now()
        except ApiError:
            return True

    def _answer(self, id: str, cycle: int, key: dict[str, Any]) -> None:
        instance = self._alive(id, cycle)
        if instance is None:
            return
        password = _password(max(int(key.get("passwordLength", 0)), _SHORTEST))
        instance.guest.passwords[key["userName"]] = password
        told: dict[str, Any] = {
            name: key[name] for name in ("userName", "exponent", "modulus", "hashFunction") if name in key
        }
        self._say(instance, {**told, "passwordFound": True, "encryptedPassword": _encrypted(password, key)})

    def _say(self, instance: Instance, message: dict[str, Any]) -> None:
        serial = instance.guest.serial
        serial[_PORT] = serial.get(_PORT, "") + json.dumps(message) + "\n"


def _key(line: str) -> dict[str, Any] | None:
    """A line of `windows-keys`; the agent passes over what it cannot read."""
    try:
        key = json.loads(line)
    except ValueError:
        return None
    return key if isinstance(key, dict) and {"userName", "modulus", "exponent"} <= key.keys() else None


def _password(length: int) -> str:
    """Letters, digits and signs, at least one of each kind, as Windows' policy wants."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!#%+-_")
    chosen = [secrets.choice(kind) for kind in kinds]
    chosen += [secrets.choice("".join(kinds)) for _ in range(length - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)


def _encrypted(password: str, key: dict[str, Any]) -> str:
    modulus, exponent = (int.from_bytes(base64.b64decode(key[name]), "big") for name in ("modulus", "exponent"))
    kind = _HASHES[key.get("hashFunction") or "sha1"]
    oaep = padding.OAEP(mgf=padding.MGF1(kind()), algorithm=kind(), label=None)
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    return base64.b64encode(public.encrypt(password.encode(), oaep)).decode()
