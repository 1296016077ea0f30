"""A machine's use on the page, in a real browser: drawn, answered with another size, warned of when it is idle."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.api import PATIENCE, Client, sweep
from tests.e2e.test_page import assert_accessible, sign_in, suggest

pytest_plugins = ("tests.e2e.browser",)


def does(platform: Any, name: str, cpu: float, network: float) -> None:
    """What the machine does from now on."""
    use = {"instance": name, "cpu": cpu, "network": network}
    httpx.post(f"{platform.address('monitoring')}/_use", json=use).raise_for_status()


def measured(platform: Any, client: Client, name: str, part: str, key: str | None = None) -> None:
    """Let time pass, and sweeps, until that part of the machine's use is known."""
    end = time.monotonic() + PATIENCE
    while not (found := client.get(f"/api/vms/{name}/use")[part]) or (key and not found[key]):
        assert time.monotonic() < end, client.get(f"/api/vms/{name}/use")
        platform.advance(900)
        sweep(platform)


def test_a_machine_of_the_wrong_size_is_told_the_right_one_and_an_idle_one_kept_running(
    platform: Any, browser_page: Page
) -> None:
    client, page = Client(platform), browser_page
    name = client.machine(machine_type="e2-standard-4", duration="2d")
    client.until(name, "RUNNING")
    does(platform, name, cpu=0.08, network=40_000)
    measured(platform, client, name, "advice")

    sign_in(page, platform, f"/vms/{name}")
    card = page.get_by_test_id("use")
    expect(card.get_by_role("img", name="Use of the CPU")).to_be_visible()
    expect(card).to_contain_text("8 % on average")
    expect(page.get_by_test_id("advice")).to_contain_text("e2-highmem-2 would do")
    assert_accessible(page)
    page.get_by_test_id("resize-advised").click()
    expect(page.get_by_label("Machine type")).to_have_value("e2-highmem-2")
    expect(page.get_by_text("Whole life after it")).to_be_visible()
    expect(page.get_by_test_id("approve-resize")).to_be_enabled()
    assert_accessible(page)
    page.get_by_role("button", name="Leave it").click()

    does(platform, name, cpu=0.01, network=200)
    card.get_by_test_id("idle-stop").select_option("30m")
    expect(page.get_by_text("It is stopped after 30 minutes idle")).to_be_visible()
    measured(platform, client, name, "idle", "stops_at")
    warning = page.get_by_test_id("idle-warning")
    expect(warning).to_contain_text("an hour. Its disk stays; a later start needs room")
    assert_accessible(page)
    page.get_by_test_id("keep-running").click()
    expect(warning).to_be_hidden()
    expect(page.locator(".timeline")).to_contain_text("Idle stop chosen")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
    client.http.delete(f"/api/vms/{name}")


def test_what_new_machines_do_when_idle_is_a_preference(platform: Any, browser_page: Page) -> None:
    client, page = Client(platform), browser_page
    sign_in(page, platform, "/account")
    page.get_by_test_id("idle-stop").select_option("2h")
    page.get_by_role("button", name="Save preferences").click()
    expect(page.get_by_text("Preferences saved")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="New").click()
    suggest(page)
    chosen = page.locator("vmc-review").get_by_test_id("idle-stop")
    expect(chosen).to_have_value("2h")
    chosen.select_option("4h")
    page.get_by_test_id("approve").click()
    page.wait_for_url(re.compile(r"/vms/django-\d+$"))
    name = page.url.rsplit("/", 1)[1]
    assert client.get(f"/api/vms/{name}/use")["idle"]["idle_stop"] == "4h"
    client.http.delete(f"/api/vms/{name}")
    client.http.patch("/api/me", json={"preferences": {"idle_stop": "off"}}).raise_for_status()
