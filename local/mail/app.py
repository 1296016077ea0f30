"""The mail server's two sides: SMTP that takes messages, HTTP that shows them."""

from __future__ import annotations

import asyncio
import html
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local.mail.box import Box, Taken
from local.mail.smtp import Dialogue
from local.server import Emulator

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Mail</title></head>
<body><main><h1>Mail that was sent</h1>{messages}</main></body></html>"""
MESSAGE = "<article><h2>{subject}</h2><p>To {to}, at <time>{at}</time></p><pre>{text}</pre></article>"


def make(folder: Path | None, smtp_port: int) -> Starlette:
    """The HTTP side as an ASGI app; SMTP listens as long as it runs."""
    emulator, box = Emulator("mail", folder), Box()

    async def listen() -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await Dialogue(emulator, box, reader, writer).run()

        server = await asyncio.start_server(connected, "127.0.0.1", smtp_port)
        async with server:
            await server.serve_forever()

    def messages(_: Request) -> Response:
        return JSONResponse(list(reversed(box.dump()["messages"])))

    def page(_: Request) -> Response:
        told = "".join(_message(each) for each in reversed(box.taken))
        return HTMLResponse(PAGE.format(messages=told or "<p>None yet.</p>"))

    routes = [Route("/_messages", messages, methods=["GET"]), Route("/_mail", page, methods=["GET"])]
    return emulator.app([*routes], keeper=box, background=listen)


def _message(taken: Taken) -> str:
    shown = {"subject": taken.subject, "to": ", ".join(taken.recipients), "at": taken.at, "text": taken.text}
    return MESSAGE.format(**{name: html.escape(value) for name, value in shown.items()})
