"""What lists and repeatable writes take beside their bodies: pages, and idempotency keys."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Header, Query

from shared.domain import paging
from shared.domain.errors import Invalid


async def idempotency_key(
    idempotency_key: Annotated[
        str | None, Header(description="1 to 200 printable characters; the same key gets the same answer.")
    ] = None,
) -> str:
    """The key that makes a write repeatable; Invalid `idempotency_key_required` without a proper one."""
    key = (idempotency_key or "").strip()
    if not (1 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        raise Invalid(
            "idempotency_key_required",
            "Send an Idempotency-Key header of 1 to 200 printable characters, new for each thing you want done.",
        )
    return key


async def page(
    page_size: Annotated[int, Query(ge=1, le=100)] = 20, page_token: Annotated[str | None, Query(max_length=500)] = None
) -> paging.Page:
    """Which page of a list is asked for; Invalid `page_token_invalid` for a token that no list gave."""
    if not page_token:
        return paging.Page(page_size)
    try:
        return paging.Page(page_size, b64decode(page_token, altchars=b"-_", validate=True).decode())
    except ValueError:  # not base64, or not UTF-8 in it
        raise Invalid("page_token_invalid", "Use a next_page_token as it was given.") from None


IdempotencyKey = Annotated[str, Depends(idempotency_key)]
Page = Annotated[paging.Page, Depends(page)]


def paged(name: str, listing: paging.Listing[Mapping[str, Any]]) -> dict[str, Any]:
    """A page of a list as its document: the items under `name`, and next_page_token (null on the last page)."""
    token = urlsafe_b64encode(listing.next.encode()).decode() if listing.next is not None else None
    return {name: list(listing.items), "next_page_token": token}
