"""The made-up identities of the platform on one machine: a service account's key, and identity tokens."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

# Google's clients refuse a key of one universe at an endpoint of another, so whoever uses this key sets
# GOOGLE_CLOUD_UNIVERSE_DOMAIN to the same. A universe of our own keeps everything on the machine: its keys sign their
# own tokens (no token endpoint is asked), google-auth's background look-up of a key's allowed locations at
# iamcredentials.googleapis.com is left out, and a client whose endpoint somebody forgot to set resolves nothing.
UNIVERSE = "vm-creator.invalid"


def write_service_account_key(path: Path, email: str, universe: str = UNIVERSE) -> None:
    """Write a service account's key file that only its owner can read, for GOOGLE_APPLICATION_CREDENTIALS.

    The private key is new and nobody trusts it. The project is the address's second part: `name@PROJECT.iam…`.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    document = {
        "type": "service_account",
        "project_id": email.partition("@")[2].split(".")[0],
        "private_key_id": "local",
        "private_key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "client_email": email,
        "client_id": "0",
        "token_uri": f"https://oauth2.{universe}/token",
        "universe_domain": universe,
    }
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file, indent=2)
    os.replace(fresh, path)


def unsigned_identity_token(email: str, audience: str, now: float) -> str:
    """What an emulated caller (Tasks, Scheduler) puts into `Authorization: Bearer`: an identity token with Google's
    claims, an hour's life from `now` (epoch seconds), and no signature (`alg` is `none`). It proves nothing."""
    claims = {
        "iss": "https://accounts.google.com",
        "aud": audience,
        "email": email,
        "email_verified": True,
        "sub": email,
        "iat": int(now),
        "exp": int(now) + 3600,
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
