"""Everything that can be refused, as one tree with stable codes.

    VmCreatorError
    ├── Refusal            the person asked for something that cannot be done; nothing was changed
    │   ├── Invalid            422  the words do not parse or break a rule
    │   ├── Unauthenticated    401  nobody is signed in
    │   ├── Forbidden          403  somebody is, and may not
    │   ├── NotFound           404  no such thing, or not theirs
    │   ├── Conflict           409  the thing is not in the state that this needs
    │   ├── Gone               410  it was there, once
    │   └── TooMany            429  a limit on how often
    └── CloudError         what a Google API answered, by scope and outcome (see CloudError)
        ├── AlreadyExists      the name is taken
        └── PartialList        a list with gaps, and what it shows

`shared.web` maps the Refusals to HTTP, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar


class VmCreatorError(Exception):
    """The root: `code` is stable and for programs, `detail` is a sentence for people that says what to do."""

    code: str

    def __init__(self, code: str, detail: str, **extra: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.extra: Mapping[str, Any] = extra


class Refusal(VmCreatorError):
    """A request refused; `extra` becomes members of the problem+json document."""

    status: ClassVar[int] = 400


class Invalid(Refusal):
    status = 422


class Unauthenticated(Refusal):
    status = 401


class Forbidden(Refusal):
    status = 403


class NotFound(Refusal):
    status = 404


class Conflict(Refusal):
    status = 409


class Gone(Refusal):
    status = 410


class TooMany(Refusal):
    """`retry_after`, in whole seconds, is among `extra`."""

    status = 429


class Scope(StrEnum):
    """How far a cloud's refusal reaches, and so where it is worth trying next."""

    ATTEMPT = "attempt"  # this name only (someone else has it): same place, another name
    ZONE = "zone"  # stock-out, not offered here: next zone
    REGION = "region"  # regional quota, address space: next region
    PROJECT = "project"  # permission, project-wide quota: nowhere helps
    REQUEST = "request"  # the request itself is wrong: nowhere helps
    RATE = "rate"  # asked too often: the same again in the next minute
    TRANSIENT = "transient"  # server fault, lost connection, time-out: the same again soon


class CloudError(VmCreatorError):
    """What Google answered. `unknown_outcome`: the call may have taken effect, so only the same call
    (same name, same requestId) may follow it. `zones`: zones said to have room, if any were named."""

    def __init__(
        self, code: str, detail: str, scope: Scope, *, unknown_outcome: bool = False, zones: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code, detail)
        self.scope = scope
        self.unknown_outcome = unknown_outcome
        self.zones = zones


class AlreadyExists(CloudError):
    """409: the name is taken; by us (adopt it) or by someone else (another name) is for the caller to read."""

    def __init__(self, detail: str) -> None:
        super().__init__("already_exists", detail, Scope.ATTEMPT)


class PartialList(CloudError):
    """A list of what zones have, with gaps. `found`: what it shows; `gaps`: the zones or regions that it leaves out, ""
    where it does not say which."""

    def __init__(self, found: Sequence[Any], gaps: Sequence[str]) -> None:
        told = ", ".join(sorted(set(gaps))) or "it does not say what is missing"
        super().__init__("partial_list", f"Compute gave a part of the list only ({told})", Scope.TRANSIENT)
        self.found = found
        self.gaps = tuple(gaps)

    def covers(self, zone: str) -> bool:
        """Whether what it does not show in that zone is not there."""
        return not any(zone.startswith(gap) for gap in self.gaps)
