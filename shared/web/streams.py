"""Server-sent events from a generator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator

import anyio
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool


def event_stream(events: Generator[str, None, None], status: int = 200) -> StreamingResponse:
    """An answer of server-sent events as they come. The first is waited for here, so that what is refused is answered
    as a problem; when the client goes away the generator is closed, and with it what it waits for."""
    first = next(events)

    async def pieces() -> AsyncIterator[str]:
        try:
            yield first
            async for event in iterate_in_threadpool(events):
                yield event
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(events.close)

    return StreamingResponse(pieces(), status, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
