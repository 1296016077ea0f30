"""The platform's own controls: `POST /_clock` moves every clock together, `POST /_faults` arms a fault, `GET /_mail`
shows the mail that was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pg8000.native
from sqlalchemy.engine import make_url
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.clock import Clock


class Control:
    """`emulators`: whose clocks move; `database`: the registry, whose `platform_now()` moves with them; `mail`:
    the mail server."""

    def __init__(self, emulators: Sequence[str], clock: Path, database: str, mail: str) -> None:
        self.emulators = emulators
        self.clock = Clock(clock)
        self.database = make_url(database)
        self.mail = mail

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/_clock", self._clock, methods=["GET", "POST"]),
            Route("/_faults", self._faults, methods=["POST", "DELETE"]),
            Route("/_mail", self._mail, methods=["GET"]),
        ]

    def set_database(self) -> None:
        """Redefine the database's clock as the platform's."""
        url = self.database
        connection = pg8000.native.Connection(
            url.username or "", host=url.host or "", port=url.port or 5432, database=url.database, password=url.password
        )
        try:
            connection.run(
                "CREATE OR REPLACE FUNCTION platform_now() RETURNS timestamptz LANGUAGE sql AS "
                f"$$SELECT clock_timestamp() + interval '{self.clock.offset:.6f} seconds'$$"
            )
        finally:
            connection.close()

    async def _clock(self, request: Request) -> Response:
        """`{"advance": SECONDS}`. The database first, so that whoever an emulator wakes finds no older time there."""
        if request.method == "POST":
            self.clock.move_to(self.clock.offset + float((await request.json())["advance"]))
            self.clock.remember()
            await asyncio.to_thread(self.set_database)
            session: aiohttp.ClientSession = request.app.state.session
            for address in self.emulators:
                async with session.post(f"{address}/_clock", json={"offset": self.clock.offset}) as answer:
                    answer.raise_for_status()
        return JSONResponse({"offset": self.clock.offset, "now": self.clock.now().isoformat()})

    async def _faults(self, request: Request) -> Response:
        """A fault for the emulator whose address ends in the port of `at`; DELETE disarms all of them."""
        session: aiohttp.ClientSession = request.app.state.session
        if request.method == "DELETE":
            for address in self.emulators:
                async with session.delete(f"{address}/_faults"):
                    pass
            return Response(status_code=204)
        fault = await request.json()
        address = fault.pop("at")
        if address not in self.emulators:
            return JSONResponse({"detail": f"`at` is one of {', '.join(self.emulators)}"}, 422)
        async with session.post(f"{address}/_faults", json=fault) as answer:
            return JSONResponse(await answer.json(), answer.status)

    async def _mail(self, request: Request) -> Response:
        """The mail server's own page, which needs nothing but itself."""
        session: aiohttp.ClientSession = request.app.state.session
        async with session.get(f"{self.mail}/_mail") as answer:
            headers = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
            return Response(await answer.read(), answer.status, headers, media_type="text/html")
