"""The page's view of costs in a real browser: what a machine has cost, by day, region and name, and what is to come."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.test_page import assert_accessible, reach, sign_in, suggest

pytest_plugins = ("tests.e2e.browser",)


def test_a_running_machine_is_seen_in_the_costs(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    suggest(page)
    page.get_by_test_id("approve").click()
    page.wait_for_url(re.compile(r"/vms/django-\d+$"))
    name = page.url.rsplit("/", 1)[1]
    reach(page, platform, "RUNNING")
    platform.advance(1800)

    page.get_by_role("link", name="Costs").click()
    expect(page.get_by_role("heading", level=1, name="Costs")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    expect(page.get_by_test_id("spent")).to_contain_text("is approved for this month")
    expect(page.get_by_test_id("forecast")).to_contain_text("New machines are not guessed")
    expect(page.get_by_role("img", name="Spent per day")).to_be_visible()

    chart = page.get_by_role("group", name=re.compile("Day by day"))
    today = page.locator(".days .read").inner_text()
    assert not re.search(r"\$0\.00$", today)
    chart.focus()
    chart.press("Home")
    expect(page.locator(".days .read")).to_contain_text(re.compile(r"\b1 "))
    chart.press("End")
    expect(page.locator(".days .read")).to_have_text(today.replace("\n", " "), use_inner_text=True)

    page.get_by_text("As a table").click()
    expect(page.get_by_role("rowheader", name=re.compile(r"\b1 "))).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="The month before").click()
    expect(page.get_by_test_id("forecast")).to_have_count(0)
    page.get_by_label("Whose").select_option("Everybody's")
    page.get_by_role("button", name="The month after").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    assert_accessible(page)
