"""What a build's log says about why Terraform failed, judged by the same rules as Compute's own answers.

Pure: it judges text. The provider writes an API's refusal as `googleapi: Error CODE: MESSAGE, REASON`, and the error of
an operation by its message alone, so that there the message's fixed wording has to stand for the code.

Sources: the provider's compute_operation.go, googleapi.Error of google-api-go-client, Terraform's plain diagnostics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.domain.errors import CloudError, Scope
from shared.google.compute_errors import from_body, from_operation

_STEP = re.compile(r"^Step #\d+(?: - \"[^\"]*\")?: ?", re.MULTILINE)
_BAR = re.compile(r"^[│╷╵] ?", re.MULTILINE)
_DIAGNOSTIC = re.compile(r"^Error: (.*?)(?=^Error: |^run\.sh: |\Z)", re.MULTILINE | re.DOTALL)
_WHERE = re.compile(r"^\s+with (\S+),$", re.MULTILINE)
_API = re.compile(r"googleapi: Error (\d{3}): (.*)", re.DOTALL)
_ONE_REASON = re.compile(r",\s+([A-Za-z]+)\s*$")
_MORE_REASONS = re.compile(r"^Reason: ([A-Za-z_]+), Message: ", re.MULTILINE)
_WAITING = re.compile(r"^Error waiting for [^:]+: ")  # not said where the operation was over at once
_DIMENSIONS = re.compile(r"^\s*dimensions = map\[([^\]]*)\]", re.MULTILINE)
_QUOTA = re.compile(r"^Quota '[A-Z0-9_]+' exceeded\.")
_WORDINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^The region '[^']*' does not have enough resources"), "REGION_RESOURCE_POOL_EXHAUSTED"),
    (re.compile(r"^The zone '[^']*' does not have enough resources"), "ZONE_RESOURCE_POOL_EXHAUSTED"),
    (re.compile(r"^An? .* is currently unavailable in the \S+ zone"), "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"),
    (re.compile(r"^(?:The )?IP space of '[^']*' is exhausted"), "IP_SPACE_EXHAUSTED"),
    (re.compile(r"^The resource '[^']*' already exists"), "ALREADY_EXISTS"),
    (_QUOTA, "QUOTA_EXCEEDED"),
)
# What Terraform says where it or its variables are not as they have to be: no VM could be made.
_UNUSABLE = re.compile(r"^(?:Invalid value for variable|Unsupported Terraform Core version)")
# What is said where a step's image, or the provider, is not to be had at all: by Cloud Build, and by its emulator.
_NOT_THERE = re.compile(
    r"^(?:ERROR: (build step \d+ .*(?:manifest unknown|pull access denied).*)"
    r"|(?:Error: )?((?:The google provider is not on this machine|\S+ is not installed, and stands for).*))$",
    re.MULTILINE,
)
# What Terraform, and Cloud Build, say where somebody else's registry does not answer, which may pass.
_NO_PROVIDER = re.compile(r"^Failed to (?:query available provider packages|install provider)")
_NO_IMAGE = re.compile(r"^ERROR: (build step \d+ .*error pulling.*)$", re.MULTILINE)
_MACHINE = "google_compute_instance."


def from_log(text: str) -> CloudError | None:
    """The error that the log tells, the machine's own before any other; None where none can be judged."""
    plain = _BAR.sub("", _STEP.sub("", text))
    if absent := _NOT_THERE.search(plain):
        return CloudError("terraform_unusable", absent[1] or absent[2], Scope.PROJECT)
    judged = [(where, error) for where, told in _diagnostics(plain) if (error := _judge(told)) is not None]
    machine = [error for where, error in judged if where.startswith(_MACHINE)]
    if found := next(iter([*machine, *(error for _, error in judged)]), None):
        return found
    if pulling := _NO_IMAGE.search(plain):
        return CloudError("registry_unavailable", pulling[1], Scope.TRANSIENT)
    return None


def _diagnostics(text: str) -> Iterator[tuple[str, str]]:
    """Each error's resource (empty for none) and its message, without the source lines that follow it."""
    for found in _DIAGNOSTIC.finditer(text):
        where = _WHERE.search(found[1])
        yield (where[1] if where else ""), found[1][: where.start() if where else None].strip()


def _judge(told: str) -> CloudError | None:
    if api := _API.search(told):
        return _answer(int(api[1]), api[2].strip())
    if _UNUSABLE.match(told):
        return CloudError("terraform_unusable", " ".join(told.split()), Scope.PROJECT)
    if _NO_PROVIDER.match(told):
        return CloudError("registry_unavailable", " ".join(told.split()), Scope.TRANSIENT)
    return _operation(_WAITING.sub("", told).strip())


def _answer(status: int, said: str) -> CloudError:
    """What an API answered to a call."""
    reasons = _MORE_REASONS.findall(said)
    if one := _ONE_REASON.search(said):
        said, reasons = said[: one.start()], [one[1]]
    message = said.partition("\nDetails:")[0].partition("\nMore details:")[0].strip()
    stated = {"message": message, "errors": [{"reason": reason} for reason in reasons]}
    return from_body(status, {"error": stated}, write=False)


def _operation(said: str) -> CloudError | None:
    """What an operation ended with. A message of unknown wording tells nothing."""
    message = said.partition("\n")[0].strip()
    code = next((code for wording, code in _WORDINGS if wording.search(message)), None)
    if code is None:
        return None
    entry: dict[str, object] = {"code": code, "message": message}
    if dimensions := _DIMENSIONS.search(said):
        pairs = (pair.partition(":") for pair in dimensions[1].split())
        entry["errorDetails"] = [{"quotaInfo": {"dimensions": {key: value for key, _, value in pairs}}}]
    return from_operation({"error": {"errors": [entry]}})
