"""Whether a deployment answers as it should, asked as anybody may ask: no account, no token, nothing written.

    python smoke.py accounts=https://… status=https://… …     each function by itself, from inside the VPC
    SMOKE="accounts=https://… status=https://… …" python smoke.py     the same; what a job is told for one run
    python smoke.py https://vms.example.com                   the whole, as people reach it

A token that nobody has makes a function read the database before it refuses: so 401 shows that it runs, reads its
configuration and reaches PostgreSQL. Alone in its file, and of the standard library: it is copied into the jobs' image.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, NamedTuple

TIMEOUT = 20.0  # seconds, a cold start with its first connection included
TRIES = 6
PAUSE = 5.0  # seconds
VARIABLE = "SMOKE"
AGENT = {"User-Agent": "vm-creator-smoke-test"}  # what a library says of itself, Cloud Armor may take for a scanner
NOBODY = "Bearer vmc_smoke-test-that-nobody-has"
# A route of each function that asks who is calling.
ASKS = {
    "accounts": ("GET", "/api/me"),
    "suggest": ("GET", "/api/catalog"),
    "request": ("DELETE", "/api/vms/smoke-test"),
    "status": ("GET", "/api/vms"),
    "admin": ("GET", "/api/admin/settings"),
}
PAGE_HEADERS = ("content-security-policy", "x-content-type-options")


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes

    @property
    def code(self) -> str:
        """The stable code of a problem document; empty for anything else."""
        if self.headers.get_content_type() != "application/problem+json":
            return ""
        return str(json.loads(self.body).get("code", ""))


@dataclass(frozen=True)
class Check:
    """One question; `right` says whether the answer is."""

    name: str
    method: str
    url: str
    right: Callable[[Answer], bool]
    token: str = ""


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


def ask(check: Check) -> Answer:
    headers = AGENT | ({"Authorization": check.token} if check.token else {})
    request = urllib.request.Request(check.url, method=check.method, headers=headers)  # noqa: S310 - http or https
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def functions(urls: dict[str, str]) -> Iterator[Check]:
    """Each function by its own address."""
    for name, url in urls.items():
        method, path = ASKS[name]
        yield Check(f"{name} knows nobody", method, url + path, _refuses, NOBODY)
        if name == "status":
            yield Check("the database answers", "GET", f"{url}/api/health", _healthy)


def site(url: str) -> Iterator[Check]:
    """The whole by the address that people use: page, deep link, every function behind the load balancer."""
    yield Check("the page", "GET", f"{url}/", _page)
    yield Check("a link into the page", "GET", f"{url}/vms/smoke-test", _page)
    yield from functions(dict.fromkeys(ASKS, url))
    if url.startswith("https://"):
        yield Check("HTTP leads to HTTPS", "GET", f"http://{url[8:]}/", lambda answer: _to(answer, url))


def failures(checks: Iterator[Check], tries: int = TRIES, pause: Callable[[float], None] = time.sleep) -> list[str]:
    """A line for each check that no try got a right answer to; prints how each went."""
    failed = []
    for check in checks:
        wrong = ""
        for attempt in range(tries):
            wrong = _wrong(check)
            if not wrong:
                break
            if attempt + 1 < tries:
                pause(PAUSE)
        print(f"{'FAILED' if wrong else 'ok':8}{check.name}{f': {wrong}' if wrong else ''}", flush=True)
        if wrong:
            failed.append(f"{check.name}: {wrong}")
    return failed


def _wrong(check: Check) -> str:
    try:
        answer = ask(check)
        return "" if check.right(answer) else f"{check.method} {check.url} answered {answer.status} {answer.code}"
    except (OSError, ValueError) as error:
        return f"{check.method} {check.url}: {error}"


def _refuses(answer: Answer) -> bool:
    return answer.status == 401 and answer.code != ""


def _healthy(answer: Answer) -> bool:
    return answer.status == 200 and answer.headers.get_content_type() == "application/json"


def _page(answer: Answer) -> bool:
    html = answer.headers.get_content_type() == "text/html"
    return answer.status == 200 and html and all(answer.headers.get(name) for name in PAGE_HEADERS)


def _to(answer: Answer, url: str) -> bool:
    return answer.status in (301, 308) and str(answer.headers.get("location", "")).startswith(url)


def main() -> None:
    named = dict(each.partition("=")[::2] for each in sys.argv[1:] or os.environ.get(VARIABLE, "").split())
    if not named:
        sys.exit(__doc__)
    whole = [url for url, rest in named.items() if not rest]
    checks = site(whole[0].rstrip("/")) if whole else functions(named)
    sys.exit(1 if failures(checks) else 0)


if __name__ == "__main__":
    main()
