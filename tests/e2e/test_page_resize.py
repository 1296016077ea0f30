"""The page's resize in a real browser: another type and a larger disk, priced and told first, then seen to happen."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.test_page import DEADLINE, assert_accessible, reach, sign_in, suggest, told

pytest_plugins = ("tests.e2e.browser",)


def until_changed(page: Page, platform: Any) -> None:
    """Until the page, which shows that the machine is being changed, shows it changed; time moves on meanwhile."""
    changing = page.get_by_test_id("changing")
    expect(changing).to_be_visible()
    end = time.monotonic() + DEADLINE
    while changing.count():
        assert time.monotonic() < end, told(page, platform)
        platform.advance(5)
        page.wait_for_timeout(300)


def test_a_machine_is_resized_and_extended_beyond_its_switch(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    suggest(page)
    page.get_by_test_id("approve").click()
    page.wait_for_url(re.compile(r"/vms/django-\d+$"))
    reach(page, platform, "RUNNING")

    page.reload()  # as whoever comes by a link of an e-mail: nothing was loaded by another page
    page.get_by_test_id("resize").click()
    expect(page.get_by_test_id("approve-resize")).to_be_disabled()
    expect(page.get_by_role("option", name="e2-standard-4")).to_be_attached()
    assert page.get_by_role("dialog").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth"), "it is cut off"
    page.get_by_label("Machine type").select_option("e2-standard-4")
    page.get_by_label("Disk, GiB (it only grows)").fill("60")
    page.get_by_label("Disk, GiB (it only grows)").blur()
    expect(page.get_by_text("Whole life after it")).to_be_visible()
    expect(page.get_by_test_id("consequences")).to_contain_text("gets a new address")
    assert_accessible(page)
    page.get_by_test_id("approve-resize").click()
    until_changed(page, platform)
    facts = page.locator(".facts")
    expect(facts).to_contain_text("e2-standard-4")
    expect(facts).to_contain_text("60 GiB")
    page.get_by_test_id("extend").click()
    page.get_by_label("By how much").fill("5d")
    page.get_by_label("By how much").blur()
    expect(page.get_by_test_id("consequences")).to_contain_text("would delete itself at")
    page.get_by_test_id("approve-extension").click()
    until_changed(page, platform)
    expect(page.locator(".timeline")).to_contain_text("Termination time set")
    expect(page.get_by_test_id("vm-state")).to_have_attribute("data-state", "RUNNING")
    assert_accessible(page)
