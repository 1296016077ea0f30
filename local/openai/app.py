"""The HTTP side: OpenAI's paths, documents and errors."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.faults import Fault
from local.openai.answer import answer
from local.openai.calls import error, route, unauthorised
from local.openai.completion import Broken, Completion
from local.openai.files import Files
from local.openai.jobs import Jobs
from local.rest import cut
from local.server import Emulator

MODELS = ("scripted-1",)
NO_FAULT = Fault(method="")


class OpenAI:
    """The scripted model's API. Any model's name is answered to; `MODELS` are those that it lists."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.received: deque[dict[str, Any]] = deque(maxlen=100)
        self.numbers = itertools.count(1)
        self.abandoned = 0
        self.files = Files(emulator)
        self.jobs = Jobs(emulator, self.files)

    async def models(self, request: Request) -> Response:
        if refused := unauthorised(request):
            return refused
        listed = [
            {"id": name, "object": "model", "created": 0, "owned_by": "local"}
            for name in (*MODELS, *self.jobs.models())
        ]
        return JSONResponse({"object": "list", "data": listed})

    async def completions(self, request: Request) -> Response:
        if refused := unauthorised(request):
            return refused
        try:
            body = await request.json()
            messages, model = body["messages"], str(body["model"])
        except (ValueError, KeyError, TypeError):
            return error(400, "invalid_request_error", "We could not parse the JSON body of your request.")
        self.received.append(body)
        if model.startswith("ft:") and not self.jobs.offers(model):
            return error(404, "model_not_found", f"The model `{model}` does not exist or you do not have access to it.")
        fault = self.emulator.faults.take("chat.completions", model=model) or NO_FAULT
        if fault.drop:
            return cut(request)
        if fault.delay and "stall" not in fault.detail:
            await self._wait(fault.delay)
        if fault.status:
            return _failed(fault)
        completion = self._completion(model, messages, body, fault)
        if body.get("stream"):
            with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            return StreamingResponse(self._stream(request, completion, with_usage), media_type="text/event-stream")
        return JSONResponse(completion.whole())

    def _completion(self, model: str, messages: list[Any], body: dict[str, Any], fault: Fault) -> Completion:
        detail = fault.detail
        content = str(detail["content"]) if "content" in detail else self._said(model, messages, _schema(body))
        asked, said = len(json.dumps(messages)) // 4, len(content) // 4  # about four characters a token
        usage = {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
        return Completion(
            head={"id": f"chatcmpl-{next(self.numbers)}", "created": int(self.emulator.clock.time()), "model": model},
            content=content,
            refusal=detail.get("refusal"),
            finish=detail.get("finish", "stop"),
            usage=usage if detail.get("usage", True) else None,
            cut=detail.get("cut"),
            stall=detail.get("stall"),
            wait=lambda: self._wait(fault.delay),
        )

    def _said(self, model: str, messages: list[Any], schema: dict[str, Any] | None) -> str:
        said = answer(messages, schema)
        return self.jobs.learned(model).corrected(messages, said) if model.startswith("ft:") else said

    async def _stream(self, request: Request, completion: Completion, with_usage: bool) -> AsyncIterator[str]:
        ended = False
        try:
            async for piece in completion.pieces(with_usage):
                yield piece
            ended = True
        except Broken:
            ended = True
            cut(request)
        finally:
            self.abandoned += not ended

    async def _wait(self, seconds: float) -> None:
        await self.emulator.clock.sleep_until(self.emulator.clock.time() + seconds)

    async def requests(self, _: Request) -> Response:
        return JSONResponse(list(self.received))

    async def left(self, _: Request) -> Response:
        return JSONResponse({"streams": self.abandoned})


def make_app(folder: Path | None = None) -> Starlette:
    """The emulator's ASGI app. It keeps its clock, its files and its fine-tuning jobs."""
    api = OpenAI(Emulator("openai", folder))
    return api.emulator.app(
        [
            Route("/v1/models", api.models, methods=["GET"]),
            Route("/v1/chat/completions", api.completions, methods=["POST"]),
            Route("/_requests", api.requests, methods=["GET"]),
            Route("/_abandoned", api.left, methods=["GET"]),
            *_tuning(api),
        ],
        api.jobs,
    )


def _tuning(api: OpenAI) -> list[Route]:
    files, jobs, job = api.files, api.jobs, "/v1/fine_tuning/jobs"
    calls = (
        ("POST", "/v1/files", "files.create", files.create),
        ("GET", "/v1/files", "files.list", files.list),
        ("GET", "/v1/files/{file_id}", "files.retrieve", files.retrieve),
        ("DELETE", "/v1/files/{file_id}", "files.delete", files.delete),
        ("POST", job, "fine_tuning.jobs.create", jobs.create),
        ("GET", job, "fine_tuning.jobs.list", jobs.list),
        ("GET", f"{job}/{{job_id}}", "fine_tuning.jobs.retrieve", jobs.retrieve),
        ("POST", f"{job}/{{job_id}}/cancel", "fine_tuning.jobs.cancel", jobs.cancel),
        ("GET", f"{job}/{{job_id}}/events", "fine_tuning.jobs.list_events", jobs.events),
        ("DELETE", "/v1/models/{model:path}", "models.delete", jobs.delete_model),
    )
    return [route(api.emulator, verb, path, method, answer) for verb, path, method, answer in calls]


def _failed(fault: Fault) -> Response:
    assert fault.status
    response = error(fault.status, fault.reason or "server_error", fault.message or "The server had an error.")
    if "retry_after" in fault.detail:
        response.headers["retry-after"] = str(fault.detail["retry_after"])
    return response


def _schema(body: dict[str, Any]) -> dict[str, Any] | None:
    wanted = body.get("response_format") or {}
    return wanted["json_schema"]["schema"] if wanted.get("type") == "json_schema" else None
