"""A person's own SSH public key, as one line that is safe to hand to a machine."""

from __future__ import annotations

import re

SMALLEST_RSA = 2048  # bits; what NIST SP 800-131A still allows
_LINE = re.compile(
    r"(?P<type>[a-z0-9@.-]{1,64}) (?P<key>[A-Za-z0-9+/]{16,4096}={0,2})(?: (?P<comment>[^\r\n]{1,200}))?"
)
_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


def checked_public_key(text: str) -> str:
    """`TYPE BASE64 [COMMENT]` with nothing else in it; ValueError says what is wrong.

    Ed25519, ECDSA on NIST's curves, or RSA of 2048 bits or more. Options before the type are refused, and the comment
    keeps only what names a person or a machine, since metadata and authorized_keys give other characters a meaning.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    found = _LINE.fullmatch(text.strip())
    if not found or found["type"] not in _TYPES:
        raise ValueError(f"paste one line of a public key file (.pub) that starts with one of {', '.join(_TYPES)}")
    try:
        key = load_ssh_public_key(f"{found['type']} {found['key']}".encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this public key is damaged: copy the whole line again") from None
    if isinstance(key, RSAPublicKey) and key.key_size < SMALLEST_RSA:
        raise ValueError(f"an RSA key needs {SMALLEST_RSA} bits or more; this one has {key.key_size}")
    comment = re.sub(r"[^A-Za-z0-9@._+-]", "", found["comment"] or "")
    return f"{found['type']} {found['key']}{' ' + comment if comment else ''}"
