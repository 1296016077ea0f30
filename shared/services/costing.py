"""Use case: what has been spent in a month, by VM, user, region and day, and what the month will have cost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Protocol

from shared.catalog.regions import regions as catalogue
from shared.domain.costs import Month, Payer, Spending, Use, spending
from shared.domain.errors import Forbidden, Invalid, NotFound
from shared.domain.forecast import HISTORY, Forecast, forecast
from shared.domain.money import written
from shared.domain.paging import Listing, Page, cut
from shared.services.viewing import EVERYBODY, Viewer
from shared.services.views import moment

CURRENCY = "USD"
Group = Literal["vm", "user"]


class CostReads(Protocol):
    def account(self, owner_id: str | None) -> Payer: ...
    def uses(self, owner_id: str | None, begin: datetime, end: datetime) -> Sequence[Use]: ...
    def emails(self, owner_ids: Sequence[str]) -> dict[str, str]: ...


class Costing:
    def __init__(self, reads: CostReads) -> None:
        self.reads = reads

    def month(
        self, viewer: Viewer, owner: str | None, month: str | None, group: Group, page: Page
    ) -> tuple[dict[str, Any], Listing[dict[str, Any]]]:
        """The month's document, and a page of its list by `group`, the dearest first. All pages are of the moment at
        which the first was made. Invalid `month_invalid`; NotFound `no_such_user`; Forbidden `auditor_only`."""
        whose = _whose(viewer, owner)
        account = self.reads.account(whose)
        cursor = _Cursor.read(page.after, account.now) if page.after else None
        now = cursor.at if cursor else account.now
        chosen = _month(month, now)
        current = chosen == Month.of(now)
        begin = min(chosen.begin, now - timedelta(days=HISTORY + 1)) if current else chosen.begin
        uses = self.reads.uses(whose, begin, min(chosen.end, now))
        spent = spending(uses, chosen, now)
        ahead = forecast(uses, chosen, now, account.since) if current else None
        document = _document(account, chosen, now, spent, ahead)
        return document, self._list(spent, group, page, cursor, now)

    def _list(
        self, spent: Spending, group: Group, page: Page, cursor: _Cursor | None, now: datetime
    ) -> Listing[dict[str, Any]]:
        amounts = spent.users if group == "user" else {use.vm: amount for use, amount in spent.vms}
        falling = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
        if cursor is not None:
            falling = [(name, amount) for name, amount in falling if (-amount, name) > (-cursor.amount, cursor.name)]
        listing = cut(falling, page, lambda item: f"{now.isoformat()} {item[1]} {item[0]}")
        if group == "user":
            emails = self.reads.emails([name for name, _ in listing.items])
            users = [{"user": name, "email": emails[name], "spent": written(spent)} for name, spent in listing.items]
            return Listing(users, listing.next)
        by_name = {use.vm: use for use, _ in spent.vms}
        return Listing([_vm(by_name[name], amount, now) for name, amount in listing.items], listing.next)


class _Cursor:
    """Where the next page begins, and the moment that all pages are of."""

    def __init__(self, at: datetime, amount: Decimal, name: str) -> None:
        self.at, self.amount, self.name = at, amount, name

    @classmethod
    def read(cls, text: str, now: datetime) -> _Cursor:
        try:
            at, amount, name = text.split(" ")
            read = cls(datetime.fromisoformat(at), Decimal(amount), name)
            if now - timedelta(days=1) <= read.at <= now and read.amount.is_finite():
                return read
        except (ValueError, TypeError, InvalidOperation):
            pass
        raise Invalid("page_token_invalid", "Use a next_page_token as it was given, within a day.")


def _whose(viewer: Viewer, owner: str | None) -> str | None:
    """The account that is looked at; None for everybody's."""
    user_id, all_of_them = viewer
    if owner is None or owner == user_id:
        return user_id
    if all_of_them:
        return None if owner == EVERYBODY else owner
    if owner == EVERYBODY:
        raise Forbidden("auditor_only", "Only an auditor or an administrator may see everybody's costs.")
    raise NotFound("no_such_user", "There is no such account.")


def _month(text: str | None, now: datetime) -> Month:
    current = Month.of(now)
    if text is None:
        return current
    if re.fullmatch(r"2\d{3}-(0[1-9]|1[0-2])", text, re.ASCII):
        asked = Month(date.fromisoformat(f"{text}-01"))
        if asked.first <= current.first:
            return asked
    raise Invalid("month_invalid", f"A month is written like {current}, and {current} is the latest there is.")


def _document(account: Payer, month: Month, now: datetime, spent: Spending, ahead: Forecast | None) -> dict[str, Any]:
    return {
        "month": str(month),
        "currency": CURRENCY,
        "as_of": moment(now),
        "spent": written(spent.total),
        "quota": _quota(account) if ahead is not None else None,
        "forecast": _forecast(ahead) if ahead is not None else None,
        "days": [{"day": day.isoformat(), "spent": written(amount)} for day, amount in spent.days.items()],
        "regions": [
            {"region": region, "city": catalogue()[region].city if region in catalogue() else region}
            | {"spent": written(amount)}
            for region, amount in sorted(spent.regions.items(), key=lambda item: (-item[1], item[0]))
        ],
    }


def _quota(account: Payer) -> dict[str, str] | None:
    if account.max_monthly is None:
        return None
    left = max(account.max_monthly - account.approved, Decimal(0))
    return {"max_monthly": written(account.max_monthly), "approved": written(account.approved), "left": written(left)}


def _forecast(ahead: Forecast) -> dict[str, Any]:
    parts = ("total", "low", "high", "spent", "committed", "new")
    return {
        **{name: written(getattr(ahead, name)) for name in parts},
        "daily_mean": written(ahead.daily) if ahead.daily is not None else None,
        "history_days": ahead.history_days,
        "method": ahead.method,
    }


def _vm(use: Use, amount: Decimal, now: datetime) -> dict[str, Any]:
    """`spent` within the month, `whole_life` up to now."""
    return {
        "name": use.vm,
        "owner": use.owner,
        "machine_type": use.machine_type,
        "region": use.region,
        "state": use.state.value,
        "spent": written(amount),
        "whole_life": written(use.cost(now)),
        "started_at": moment(use.started_at),
        "ended_at": moment(use.ended_at),
    }
