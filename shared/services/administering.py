"""Use case: what an administrator sets: users, invitations, regions, the pause switch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from shared import auth
from shared.catalog.regions import regions as places
from shared.domain.accounts import Invitation, Quotas, Role, User
from shared.domain.errors import Conflict, NotFound
from shared.domain.paging import Listing, Page
from shared.domain.regions import RegionSetting, RuleUse
from shared.domain.vm import Actor
from shared.services.accounts import quotas_view
from shared.services.views import moment

INVITATION_LASTS = timedelta(days=7)

ChangeUser = Callable[[User, int], User]


class Administration(Protocol):
    """What administrators change in PostgreSQL. Each change is one transaction, with its audit record."""

    def users(self, page: Page) -> Listing[User]:
        """Everybody, by e-mail."""

    def change_user(self, actor: Actor, user_id: str, change: ChangeUser) -> User:
        """What `change` (pure) makes of the user and the number of other administrators who can sign in. A user who
        becomes disabled is signed out everywhere. NotFound `no_such_user`."""

    def invite(
        self, actor: Actor, invitation_id: str, token_hash: str, email: str | None, role: Role, lasts: timedelta
    ) -> Invitation:
        """A new single-use way in."""

    def invitations(self, page: Page) -> Listing[Invitation]:
        """Those that can still be used."""

    def withdraw(self, actor: Actor, invitation_id: str) -> None:
        """It can no longer be used. NotFound `no_such_invitation`."""

    def change_region(self, actor: Actor, region_id: str, changes: Mapping[str, Any]) -> None:
        """Set these columns of a region. NotFound `no_such_region`."""

    def change_rule_limit(self, actor: Actor, limit: int) -> None:
        """How many firewall rules the VMs may have together."""

    def creation_paused(self) -> bool:
        """Whether approvals are refused at this time."""

    def pause_creation(self, actor: Actor, paused: bool) -> None:
        """Refuse approvals from now on, or no longer; deaths go on either way."""


class Administering:
    """`regions` reads every region with its use; `public_url` is where the page is, for the link of an invitation."""

    def __init__(self, store: Administration, regions: Callable[[], Sequence[RegionSetting]], public_url: str) -> None:
        self.store = store
        self._regions = regions
        self.public_url = public_url.rstrip("/")

    def users(self, page: Page) -> Listing[dict[str, Any]]:
        """Every account with its quotas and its live VMs."""
        found = self.store.users(page)
        return Listing([_user(user) for user in found.items], found.next)

    def change_user(
        self,
        actor: Actor,
        user_id: str,
        *,
        role: Role | None = None,
        disabled: bool | None = None,
        max_vms: int | None = None,
        max_vcpus: int | None = None,
        max_monthly: Decimal | None = None,
    ) -> dict[str, Any]:
        """Set what is not None. A disabled user's sessions and tokens stop working at once; their VMs live on until
        their end. Conflict `last_admin` where nobody would be left who can administer."""

        def change(user: User, other_admins: int) -> User:
            after = replace(
                user,
                role=role if role is not None else user.role,
                disabled=disabled if disabled is not None else user.disabled,
                quotas=Quotas(
                    max_vms if max_vms is not None else user.quotas.max_vms,
                    max_vcpus if max_vcpus is not None else user.quotas.max_vcpus,
                    max_monthly if max_monthly is not None else user.quotas.max_monthly,
                ),
            )
            if not other_admins and _administers(user) and not _administers(after):
                raise Conflict("last_admin", "This is the last administrator: make somebody else one first.")
            return after

        return _user(self.store.change_user(actor, user_id, change))

    def invite(self, actor: Actor, email: str | None, role: Role) -> dict[str, Any]:
        """A link that lets one person sign up with that role, within a week; only `email` if it is named. The link is
        shown this once."""
        secret = auth.new_secret()
        bound = auth.checked_email(email) if email is not None else None
        made = self.store.invite(actor, auth.new_id(), auth.digest(secret), bound, role, INVITATION_LASTS)
        return _invitation(made) | {"link": f"{self.public_url}/signup?invitation={secret}"}

    def invitations(self, page: Page) -> Listing[dict[str, Any]]:
        """Those that can still be used, without their links."""
        found = self.store.invitations(page)
        return Listing([_invitation(each) for each in found.items], found.next)

    def withdraw(self, actor: Actor, invitation_id: str) -> None:
        """The invitation's link stops working."""
        self.store.withdraw(actor, invitation_id)

    def regions(self) -> list[dict[str, Any]]:
        """Every region with its limit, in the order in which they are tried."""
        return [_region(setting) for setting in self._regions()]

    def change_region(
        self,
        actor: Actor,
        region_id: str,
        *,
        vcpu_limit: int | None = None,
        address_limit: int | None = None,
        priority: int | None = None,
        drained: bool | None = None,
    ) -> dict[str, Any]:
        """Set what is not None. A limit below what is used lets the VMs there live, and takes no more."""
        wanted = {
            "vcpu_limit": vcpu_limit,
            "address_limit": address_limit,
            "priority": priority,
            "drained": drained,
        }
        self.store.change_region(actor, region_id, {name: value for name, value in wanted.items() if value is not None})
        for setting in self._regions():
            if setting.id == region_id:
                return _region(setting)
        raise NotFound("no_such_region", f"There is no region {region_id}.")

    def settings(self) -> dict[str, Any]:
        """The switch, and the project's limit of firewall rules with its use."""
        rules = next((setting.rules for setting in self._regions()), RuleUse())
        return {
            "creation_paused": self.store.creation_paused(),
            "firewall_rule_limit": rules.limit,
            "used_firewall_rules": rules.used,
        }

    def change_settings(
        self, actor: Actor, *, creation_paused: bool | None = None, firewall_rule_limit: int | None = None
    ) -> dict[str, Any]:
        """Set what is not None; the settings as they are then. A limit below what is used takes no more VMs."""
        if creation_paused is not None:
            self.store.pause_creation(actor, creation_paused)
        if firewall_rule_limit is not None:
            self.store.change_rule_limit(actor, firewall_rule_limit)
        return self.settings()


def _administers(user: User) -> bool:
    return user.role == "admin" and not user.disabled


def _user(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "role": user.role,
        "disabled": user.disabled,
        **quotas_view(user.quotas),
        "created_at": moment(user.created_at),
        "vms": user.vms,
        "vcpus": user.vcpus,
    }


def _invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "email": invitation.email,
        "role": invitation.role,
        "created_at": moment(invitation.created_at),
        "expires_at": moment(invitation.expires_at),
    }


def _region(setting: RegionSetting) -> dict[str, Any]:
    place = places().get(setting.id)
    return {
        "id": setting.id,
        "city": place.city if place else setting.id,
        "priority": setting.priority,
        "fallback": setting.fallback,
        "vcpu_limit": setting.vcpu_limit,
        "used_vcpus": setting.used_vcpus,
        "address_limit": setting.address_limit,
        "used_addresses": setting.used_addresses,
        "drained": setting.drained,
    }
