"""Somebody's endpoint for webhooks: HTTPS with a certificate of its own, on this machine under a public name."""

from __future__ import annotations

import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.delivery.webhook import HttpsPoster

HOST = "hooks.example.com"
HERE = ipaddress.ip_address("127.0.0.1")


@dataclass
class Receiver:
    """What came in, and what is answered: `status`; with `drip` a line that never ends."""

    port: int
    certificate: Path
    status: int = 204
    drip: bool = False
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/vms?from=us"

    def context(self) -> ssl.SSLContext:
        """A client's, which trusts this certificate alone."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def poster(self, timeout: float = 5.0, allowed: Callable[..., bool] = lambda _: True) -> HttpsPoster:
        """One for which HOST is at this machine, and this machine may be called."""
        return HttpsPoster(timeout, resolve=lambda *_: [HERE], allowed=allowed, context=self.context)


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    certificate = _certificate(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if made.drip:
                self.wfile.write(b"HTTP/1.1 ")
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.02)
            self.send_response(made.status)
            self.send_header("Location", "https://elsewhere.example.com/")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None: ...

    server = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made = Receiver(server.server_address[1], certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "receiver.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
