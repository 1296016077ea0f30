"""The instance's side of port 3307: TLS at once, then PostgreSQL's protocol to the real server.

A certificate that was issued for an IAM account stands for its password, as in Cloud SQL: for these the proxy signs in
with the role's own password, which nobody else knows. Everyone else signs in with PostgreSQL itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import socket
import ssl
import struct
from dataclasses import dataclass

import scramp

from local.faults import Faults
from local.postgres import Server

PORT = 3307  # what connectors dial; not configurable on their side
PROTOCOL_3 = 3
SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
LONGEST_STARTUP = 10_000  # PostgreSQL's own limit
CHUNK = 65536
AUTHENTICATION = b"R"
ERROR = b"E"
OK, SASL, SASL_CONTINUE, SASL_FINAL = 0, 10, 11, 12
SUFFIX = ".gserviceaccount.com"  # left out of a service account's user name, as in Cloud SQL for PostgreSQL


def role_of(account: str) -> str:
    """The PostgreSQL role of an IAM account's address."""
    return account.removesuffix(SUFFIX)


def role_password(server: Server, role: str) -> str:
    """An IAM role's password: derived, so that it is written down nowhere."""
    return hmac.new(server.password.encode(), role.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Startup:
    """A client's first message, as it came, and the parameters in it."""

    raw: bytes
    parameters: dict[str, str]


class Refused(Exception):
    """The client is told this and disconnected. `code` is an SQLSTATE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def encoded(self) -> bytes:
        fields = f"SFATAL\0VFATAL\0C{self.code}\0M{self}\0\0".encode()
        return ERROR + struct.pack("!i", len(fields) + 4) + fields


class Proxy:
    """Serves the instance on `address`:3307. Faults are taken as `connect` (attribute `user`): drop or message."""

    def __init__(self, server: Server, context: ssl.SSLContext, faults: Faults, address: str) -> None:
        self._server = server
        self._context = context
        self._faults = faults
        self._clients: set[asyncio.Task[None]] = set()
        # Taken here, so that an address in use stops the start instead of failing unseen in the background.
        self._socket = socket.create_server((address, PORT))

    async def serve(self) -> None:
        """Until cancelled; open connections end with it."""
        listener = await asyncio.start_server(self._client, sock=self._socket, ssl=self._context)
        try:
            await listener.serve_forever()
        finally:
            listener.close()
            for client in self._clients:
                client.cancel()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.current_task()
        assert client
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)
        backend: asyncio.StreamWriter | None = None
        try:
            startup = await _read_startup(reader, writer)
            backend_reader, backend = await asyncio.open_connection("127.0.0.1", self._server.port)
            if self._faulty(startup):
                return
            backend.write(startup.raw)
            if login := _login(writer):
                writer.write(await self._sign_in(startup, login, backend_reader, backend))
            await asyncio.gather(_copy(reader, backend), _copy(backend_reader, writer))
        except Refused as refused:
            writer.write(refused.encoded())
            with contextlib.suppress(OSError):
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # either side went away: so does the other
        finally:
            for end in (writer, backend):
                if end:
                    end.close()

    def _faulty(self, startup: Startup) -> bool:
        """True to cut the connection."""
        fault = self._faults.take("connect", user=startup.parameters.get("user", ""))
        if fault and not fault.drop:
            raise Refused(fault.reason or "08006", fault.message or "the instance is not available")
        return fault is not None

    async def _sign_in(
        self, startup: Startup, login: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        """Answer PostgreSQL's SCRAM exchange for the account; gives what the client is to see of it."""
        role = startup.parameters.get("user", "")
        if role != role_of(login):
            raise Refused("28000", f'Cloud SQL IAM service account authentication failed for user "{role}"')
        scram: scramp.ScramClient | None = None
        while True:
            kind, body = await _read_message(reader)
            step = struct.unpack_from("!i", body)[0] if kind == AUTHENTICATION else -1
            if step == SASL:
                mechanisms = [name for name in body[4:].decode().split("\0") if name == "SCRAM-SHA-256"]
                scram = scramp.ScramClient(mechanisms, role, role_password(self._server, role))
                first = scram.get_client_first().encode()
                writer.write(_password(b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first))
            elif scram and step == SASL_CONTINUE:
                scram.set_server_first(body[4:].decode())
                writer.write(_password(scram.get_client_final().encode()))
            elif scram and step == SASL_FINAL:
                scram.set_server_final(body[4:].decode())
            else:  # it is decided: signed in, or an error
                return kind + struct.pack("!i", len(body) + 4) + body


async def _read_startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Startup:
    while True:
        head = await reader.readexactly(8)
        length, code = struct.unpack("!ii", head)
        if not 8 <= length <= LONGEST_STARTUP:
            raise Refused("08P01", "invalid length of startup packet")
        rest = await reader.readexactly(length - 8)
        if code in (SSL_REQUEST, GSS_REQUEST):
            writer.write(b"N")  # the connection is encrypted already
            continue
        words = rest.decode().split("\0") if code >> 16 == PROTOCOL_3 else []  # else: a request to cancel
        return Startup(head + rest, dict(zip(words[::2], words[1::2], strict=False)))


async def _read_message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    kind = await reader.readexactly(1)
    length = struct.unpack("!i", await reader.readexactly(4))[0]
    return kind, await reader.readexactly(length - 4)


def _password(body: bytes) -> bytes:
    return b"p" + struct.pack("!i", len(body) + 4) + body


def _login(writer: asyncio.StreamWriter) -> str | None:
    """The IAM account that the client's certificate was issued for, if any."""
    certificate = writer.get_extra_info("peercert") or {}
    return next((str(value) for kind, value in certificate.get("subjectAltName", ()) if kind == "email"), None)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
