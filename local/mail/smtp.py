"""The dialogue of RFC 5321, as far as a client that hands messages in goes."""

from __future__ import annotations

import asyncio
import email
import re
from contextlib import suppress

from local.mail.box import Box
from local.server import Emulator

LARGEST = 1_000_000  # octets of a message
PATIENCE = 60.0  # real seconds that a client may be silent
_PATH = re.compile(r"^(?:FROM|TO):\s*<([^<>\s]*)>", re.IGNORECASE)


class Cut(Exception):
    """A fault: the connection ends without a word."""


class Dialogue:
    """One connection. Every reply is sent at once: clients do not pipeline, since that is not offered."""

    def __init__(
        self, emulator: Emulator, box: Box, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._emulator, self._box = emulator, box
        self._reader, self._writer = reader, writer
        self._sender: str | None = None
        self._recipients: list[str] = []

    async def run(self) -> None:
        """Until the client quits, falls silent, or is cut off."""
        with suppress(Cut, OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._say("220 mail ESMTP")
            while await self._command((await self._line()).decode("utf-8", "replace").rstrip("\r\n")):
                pass
        self._writer.close()

    async def _command(self, line: str) -> bool:
        """Answer one command; whether more may come."""
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                await self._say("250-mail", f"250-SIZE {LARGEST}", "250 8BITMIME")
            case "HELO":
                await self._say("250 mail")
            case "MAIL":
                await self._mail(rest)
            case "RCPT":
                await self._rcpt(rest)
            case "DATA":
                await self._data()
            case "RSET" | "NOOP":
                if verb.upper() == "RSET":
                    self._forget()
                await self._say("250 OK")
            case "QUIT":
                await self._say("221 Bye")
                return False
            case _:
                await self._say("502 Command not implemented")
        return True

    async def _mail(self, rest: str) -> None:
        path = _PATH.match(rest)
        if path is None:
            await self._say("501 Syntax: MAIL FROM:<address>")
        elif not await self._fault("mail", **{"from": path[1]}):
            self._forget()
            self._sender = path[1]
            await self._say("250 OK")

    async def _rcpt(self, rest: str) -> None:
        path = _PATH.match(rest)
        if self._sender is None:
            await self._say("503 MAIL first")
        elif path is None or not path[1]:
            await self._say("501 Syntax: RCPT TO:<address>")
        elif not await self._fault("rcpt", to=path[1]):
            self._recipients.append(path[1])
            await self._say("250 OK")

    async def _data(self) -> None:
        if self._sender is None or not self._recipients:
            await self._say("503 MAIL and RCPT first")
            return
        await self._say("354 End with a line that is a dot")
        content = await self._content()
        if len(content) > LARGEST:
            await self._say("552 Too large")
            return
        subject = str(email.message_from_bytes(content)["Subject"])
        fault = self._emulator.faults.take("data", to=self._recipients[0], subject=subject)
        if fault and fault.drop:
            raise Cut
        if fault and fault.status:
            await self._say(f"{fault.status} {fault.message or 'a fault was ordered'}")
            return
        self._box.take(self._emulator.clock.now().isoformat(), self._sender, self._recipients, content)
        self._emulator.changed.set()
        self._forget()
        if fault and fault.lose_response:
            raise Cut
        await self._say("250 Taken")

    async def _content(self) -> bytes:
        """All lines up to the dot, the dots that were doubled made single; read to its end even if it is too large."""
        lines: list[bytes] = []
        size = 0
        async with asyncio.timeout(PATIENCE):
            while (line := await self._reader.readuntil(b"\n")).rstrip(b"\r\n") != b".":
                size += len(line)
                if size <= LARGEST:
                    lines.append(line.removeprefix(b"."))
        return b"".join(lines) if size <= LARGEST else bytes(LARGEST + 1)

    async def _fault(self, method: str, **attributes: str) -> bool:
        """Whether a fault was ordered for this, and answered."""
        fault = self._emulator.faults.take(method, **attributes)
        if fault is None:
            return False
        if fault.drop:
            raise Cut
        await self._say(f"{fault.status or 451} {fault.message or 'a fault was ordered'}")
        return True

    def _forget(self) -> None:
        self._sender, self._recipients = None, []

    async def _line(self) -> bytes:
        return await asyncio.wait_for(self._reader.readuntil(b"\n"), PATIENCE)

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()
