"""The HTTP side: OpenAI's paths, documents and errors."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.openai.answer import answer
from local.server import Emulator

MODELS = ("scripted-1",)


class OpenAI:
    """The scripted model's API. Any model's name is answered to; `MODELS` are those that it lists."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.received: deque[dict[str, Any]] = deque(maxlen=100)
        self.numbers = itertools.count(1)

    async def models(self, request: Request) -> Response:
        if refused := _unauthorised(request):
            return refused
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "local"} for name in MODELS]
        return JSONResponse({"object": "list", "data": listed})

    async def completions(self, request: Request) -> Response:
        if refused := _unauthorised(request):
            return refused
        try:
            body = await request.json()
            messages, model = body["messages"], str(body["model"])
        except (ValueError, KeyError, TypeError):
            return _error(400, "invalid_request_error", "We could not parse the JSON body of your request.")
        self.received.append(body)
        fault = self.emulator.faults.take("chat.completions", model=model)
        if fault and fault.delay:
            await self.emulator.clock.sleep_until(self.emulator.clock.time() + fault.delay)
        if fault and fault.status:
            return _error(fault.status, fault.reason or "server_error", fault.message or "The server had an error.")
        scripted = fault.detail.get("content") if fault else None
        content = str(scripted) if scripted is not None else answer(messages, _schema(body))
        head = {
            "id": f"chatcmpl-{next(self.numbers)}",
            "created": int(self.emulator.clock.time()),
            "model": model,
        }
        if body.get("stream"):
            return StreamingResponse(_pieces(head, content), media_type="text/event-stream")
        return JSONResponse(_whole(head, content, json.dumps(messages)))

    async def requests(self, _: Request) -> Response:
        return JSONResponse(list(self.received))


def make_app(folder: Path | None = None) -> Starlette:
    """The emulator's ASGI app. It keeps no state but its clock."""
    api = OpenAI(Emulator("openai", folder))
    return api.emulator.app(
        [
            Route("/v1/models", api.models, methods=["GET"]),
            Route("/v1/chat/completions", api.completions, methods=["POST"]),
            Route("/_requests", api.requests, methods=["GET"]),
        ]
    )


def _unauthorised(request: Request) -> Response | None:
    if request.headers.get("authorization", "").startswith("Bearer "):
        return None
    return _error(401, "invalid_api_key", "You didn't provide an API key.")


def _error(status: int, code: str, message: str) -> Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": code}}, status_code=status)


def _schema(body: dict[str, Any]) -> dict[str, Any] | None:
    wanted = body.get("response_format") or {}
    return wanted["json_schema"]["schema"] if wanted.get("type") == "json_schema" else None


def _whole(head: dict[str, Any], content: str, prompt: str) -> dict[str, Any]:
    asked, said = len(prompt) // 4, len(content) // 4  # about four characters a token
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        **head,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def _pieces(head: dict[str, Any], content: str) -> Iterator[str]:
    def event(delta: dict[str, Any], finish: str | None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return f"data: {json.dumps({**head, 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"

    yield event({"role": "assistant", "content": ""}, None)
    for start in range(0, len(content), 16):
        yield event({"content": content[start : start + 16]}, None)
    yield event({}, "stop")
    yield "data: [DONE]\n\n"
