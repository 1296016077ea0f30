"""What a VM is called: by what it is for, `django-001`, not by what it is."""

from __future__ import annotations

from shared.catalog.images import images
from shared.catalog.workloads import workloads
from shared.domain.spec import Spec

_BESIDES = frozenset({"language", "database", "cache", "driver", "tool"})  # what usually serves something else


def stem(spec: Spec) -> str:
    """The first package that is what the machine is for; one that serves others only where there is nothing else;
    without packages, the operating system."""
    known = [workloads()[package] for package in spec.packages if package in workloads()]
    chosen = next((each for each in known if each.kind not in _BESIDES), known[0] if known else None)
    name = chosen.id if chosen else images()[spec.os_image].os.split()[0].lower()
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-")[:40]
