"""One call to a Google API: its time-out, the same call again where that is safe, its errors as CloudError."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, TypeVar

from shared.domain.errors import AlreadyExists, CloudError, Scope
from shared.google.compute_errors import CONNECTION_LOST, UNAVAILABLE, from_body, lost

T = TypeVar("T")

_PAGE_SIZE = 500  # the most that Compute Engine gives
_PAUSES = (0.1, 0.4)  # seconds before the second and the third try; whoever called has better ways to wait longer


class Effect(Enum):
    """What sending a call does, and so what follows when no answer comes back."""

    READ = "read"  # nothing: sent again, and its outcome is never unknown
    REPEATABLE = "repeatable"  # the same once or twice, by requestId, name or fingerprint: sent again
    ONCE = "once"  # something each time: sent once


def call(method: Callable[..., T], request: Mapping[str, Any], effect: Effect, timeout: float) -> T:
    """Call a generated client's method; `timeout` seconds bound all tries together. Raises CloudError.

    The client's own retries are switched off: they go on for up to ten minutes, and know nothing of requestIds.
    """

    def send(left: float) -> T:
        return method(request=request, retry=None, timeout=_whole(left))

    return attempt(send, effect, timeout)


def attempt(send: Callable[[float], T], effect: Effect, timeout: float) -> T:
    """Send a call (`send` gets the seconds left), again after a server fault or a lost connection where `effect`
    allows. Raises CloudError; what may have happened in an earlier try stays possible in its `unknown_outcome`."""
    deadline = time.monotonic() + timeout
    unknown = False
    for pause in (*_PAUSES, None):
        try:
            return send(deadline - time.monotonic())
        except Exception as error:
            problem = as_cloud_error(error, write=effect is not Effect.READ)
            if problem is None:
                raise
            unknown = unknown or problem.unknown_outcome
            if not isinstance(problem, AlreadyExists):
                problem.unknown_outcome = unknown
            again = effect is not Effect.ONCE and problem.code in (UNAVAILABLE, CONNECTION_LOST)
            if pause is None or not again or time.monotonic() + pause >= deadline:
                raise problem from error
        time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def pages(
    method: Callable[..., Any], request: Mapping[str, Any], timeout: float, *, size: str = "max_results"
) -> Iterator[Any]:
    """Every page of a list method, each with `timeout` seconds of its own. `size`: the field for the page's size."""
    token = ""
    while True:
        pager = call(method, {**request, size: _PAGE_SIZE, "page_token": token}, Effect.READ, timeout)
        page = next(iter(pager.pages))
        yield page
        token = page.next_page_token
        if not token:
            return


def options(endpoint: str | None) -> dict[str, str] | None:
    """Client options for an endpoint; None is Google's own."""
    return {"api_endpoint": endpoint} if endpoint else None


def _whole(left: float) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A time-out for connecting and answering together: a plain number would be granted to each of the two."""
    from urllib3 import Timeout

    def bound(function: Callable[..., T]) -> Callable[..., T]:
        return lambda *args, **kwargs: function(*args, **{**kwargs, "timeout": Timeout(total=left)})

    return bound


def as_cloud_error(error: Exception, *, write: bool) -> CloudError | None:
    """What a client raised, in our words; None if it is no answer of Google's and no lost call, but a fault of ours."""
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError, TransportError
    from requests.exceptions import RequestException, Timeout

    if isinstance(error, GoogleAPICallError):
        return from_body(int(error.code or 0), _body(error), write=write)
    if isinstance(error, RequestException):
        return lost(error, timed_out=isinstance(error, Timeout), write=write)
    if isinstance(error, TransportError):  # while fetching a token: the call itself was never sent
        return lost(error, timed_out=False, write=False)
    if isinstance(error, GoogleAuthError):
        return CloudError("unauthenticated", f"no usable credentials: {error}", Scope.PROJECT)
    return None


def _body(error: Any) -> Mapping[str, Any]:
    """The JSON of a REST answer; of a gRPC one (no JSON), its parts in the same shape."""
    try:
        body = error.response.json()
    except (AttributeError, ValueError):
        body = None
    if isinstance(body, Mapping):
        return body
    name = error.grpc_status_code.name if error.grpc_status_code else None
    return {"error": {"message": error.message, "status": name}}
