"""Notices, orphans and dead letters on the page, in a real browser: warned, extended at once, decided about."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from local.platform import PROJECT, TOPIC
from tests.e2e.api import Client, machines_of, sweep
from tests.e2e.test_page import assert_accessible, sign_in

pytest_plugins = ("tests.e2e.browser",)

IMAGE = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2604-lts-amd64"


def test_a_warning_is_seen_and_answered_with_an_extension(platform: Any, browser_page: Page) -> None:
    client, page = Client(platform), browser_page
    name = client.machine()
    ends = datetime.fromisoformat(client.until(name, "RUNNING")["expires_at"])
    now = datetime.fromisoformat(client.get("/_clock")["now"])
    platform.advance((ends - now).total_seconds() - 9 * 60)
    sweep(platform)
    assert "ends_soon" in client.events(name)
    sign_in(page, platform, f"/vms/{name}?extend")
    expect(page.get_by_role("dialog")).to_contain_text(f"Extend {name}")
    page.get_by_role("button", name="Leave it").click()
    page.get_by_test_id("ends-soon").get_by_test_id("extend-now").click()
    assert_accessible(page)
    page.get_by_test_id("approve-extension").click()
    expect(page.get_by_test_id("ends-soon")).to_be_hidden()
    assert datetime.fromisoformat(client.vm(name)["expires_at"]) > ends

    with page.expect_popup() as opened:
        page.goto(f"{platform.url}/account")
        page.get_by_role("link", name="Mail that was sent").click()
    expect(opened.value.get_by_role("heading", name=re.compile(f"^{name} ends in"))).to_be_visible()
    client.http.delete(f"/api/vms/{name}")


def test_what_comes_by_mail_and_where_notices_go_are_chosen(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform, "/account")
    ways = page.locator("vmc-notice-ways")
    ways.get_by_label("A machine did not come up").uncheck()
    ways.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert "failed" not in Client(platform).get("/api/me")["preferences"]["mail_about"]
    ways.get_by_label("Webhook address").fill("https://hooks.example.com/vms")
    ways.get_by_role("button", name="Set a webhook").click()
    expect(ways.get_by_role("status")).to_contain_text("whsec_")
    assert_accessible(page)
    ways.get_by_role("button", name="Remove the webhook").click()
    expect(ways.get_by_role("button", name="Set a webhook")).to_be_visible()


def test_an_administrator_decides_about_orphans_and_dead_letters(platform: Any, browser_page: Page) -> None:
    page = browser_page
    place = f"projects/{PROJECT}/zones/us-west1-a"
    stray = {
        "name": "stray",
        "machineType": f"{place}/machineTypes/e2-small",
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}}],
        "networkInterfaces": [{"network": f"projects/{PROJECT}/global/networks/default"}],
        "labels": {"vmc-environment": "dev", "vmc-id": "stray"},
    }
    httpx.post(f"{platform.compute_url}/{place}/instances", json=stray).raise_for_status()
    unread = {"messages": [{"data": base64.b64encode(b"nobody can read this").decode()}]}
    dead = f"{platform.address('pubsub')}/v1/projects/{PROJECT}/topics/{TOPIC}-dead:publish"
    httpx.post(dead, json=unread).raise_for_status()
    assert sweep(platform)["dead_letters"] == 1

    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, platform, "/admin")
    orphan = page.get_by_test_id("orphan").filter(has_text="stray")
    expect(orphan).to_contain_text("does not say when its end is")
    assert_accessible(page)
    orphan.get_by_role("button", name="Destroy instance stray").click()
    assert_accessible(page)
    page.get_by_test_id("confirm-orphan").click()
    expect(page.get_by_text("stray is being destroyed")).to_be_visible()
    assert machines_of(platform, "stray") == [] or machines_of(platform, "stray")[0]["status"] == "STOPPING"

    letter = page.get_by_test_id("dead-letter")
    expect(letter).to_contain_text("Wake-up for no machine")
    letter.get_by_role("button", name=re.compile("^Drop")).click()
    expect(letter).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
