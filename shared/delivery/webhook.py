"""Requests to addresses that people name: to the public internet alone, whatever a name resolves to at that moment.

The connection goes to the very address that was judged, so that no second answer of the name server comes in between.
Redirects are not followed, and of the answer nothing but the status is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from shared.domain.notices import Undelivered

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_UNICAST = ipaddress.ip_network("2000::/3")  # all that is routed on the internet (RFC 4291, 2.4)
_GONE = 410


def is_public(address: Address) -> bool:
    """Whether it is on the public internet. Of IPv6 no form that stands for an IPv4 address counts."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return address in _UNICAST and address.sixtofour is None and address.teredo is None


def resolved(host: str, port: int) -> Sequence[Address]:
    """The addresses that a name stands for now. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found))


class HttpsPoster:
    """`timeout`: seconds for one request as a whole, after its name is resolved."""

    def __init__(
        self,
        timeout: float,
        *,
        resolve: Callable[[str, int], Sequence[Address]] = resolved,
        allowed: Callable[[Address], bool] = is_public,
        context: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self.timeout = timeout
        self.resolve = resolve
        self.allowed = allowed
        self.context = context

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """One POST, answered 2xx. Raises Undelivered; final where the endpoint says that it is gone for good."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise Undelivered("only https addresses are called", final=True)
        port = parts.port or 443
        try:
            address = self._address(parts.hostname, port)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            status = self._send(
                _Pinned(parts.hostname, port, address, self.timeout, self.context()), path, headers, body
            )
        except (OSError, http.client.HTTPException, UnicodeError) as lost:
            raise Undelivered(f"{parts.hostname} could not be reached: {lost or type(lost).__name__}") from lost
        if not 200 <= status < 300:
            more = "; redirects are not followed" if 300 <= status < 400 else ""
            raise Undelivered(f"{parts.hostname} answered {status}{more}", final=status == _GONE)

    def _address(self, host: str, port: int) -> Address:
        """The first address of the name. One that is not public among them, and none is called."""
        found = self.resolve(host, port)
        if not found:
            raise Undelivered(f"{host} has no address")
        for address in found:
            if not self.allowed(address):
                raise Undelivered(f"{host} is at {address}, which is not on the public internet")
        return found[0]

    def _send(self, connection: _Pinned, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status. A socket's own time-out begins anew with each byte; the timer ends them all."""
        timer = threading.Timer(self.timeout, connection.cut)
        timer.start()
        try:
            connection.request("POST", path, body, dict(headers))
            return connection.getresponse().status
        finally:
            timer.cancel()
            connection.close()


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address, whose certificate is checked against the name."""

    def __init__(self, host: str, port: int, address: Address, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._address = address
        self._tls = context
        self._below: socket.socket | None = None

    def connect(self) -> None:
        """To the address, never to what the name resolves to by then."""
        plain = socket.create_connection((str(self._address), self.port), self.timeout)
        self._below = plain.dup()
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def cut(self) -> None:
        """End it from another thread, below TLS: whoever reads or writes gets an error at once."""
        if self._below is not None:
            with suppress(OSError):
                self._below.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._below is not None:
            self._below.close()
