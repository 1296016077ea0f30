"""The page while the model answers: what was understood at once, its explanation as it is written, and a way out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_page import assert_accessible, sign_in, suggest

pytest_plugins = ("tests.e2e.browser",)

SENTENCE = "Somewhere for our family photos with PostgreSQL, for a week"


@pytest.fixture
def faults(platform: Any) -> Iterator[str]:
    """Where the scripted model takes its faults."""
    address = f"{platform.address('openai')}/_faults"
    yield address
    httpx.delete(address).raise_for_status()


def test_an_explanation_grows_on_the_page_and_can_be_stopped(platform: Any, browser_page: Page, faults: str) -> None:
    page = browser_page
    sign_in(page, platform)
    slow = {"method": "chat.completions", "delay": 3600, "detail": {"stall": 64}}
    httpx.post(faults, json=slow).raise_for_status()
    page.get_by_test_id("request-text").fill(SENTENCE)
    page.get_by_test_id("suggest").click()
    known = page.get_by_test_id("unfolding")
    expect(known.locator("mark", has_text="PostgreSQL")).to_be_visible()
    expect(known.get_by_test_id("explanation")).to_contain_text("The request comes down")
    expect(page.get_by_role("status").filter(has_text="The model explains")).to_have_count(1)
    assert_accessible(page)

    page.get_by_test_id("stop").click()
    expect(known).to_be_hidden()
    expect(page.get_by_test_id("request-text")).to_have_value(SENTENCE)
    suggest(page, SENTENCE)
    expect(page.get_by_test_id("explanation")).to_contain_text("Nextcloud")
    assert_accessible(page)


def test_a_no_to_the_model_stands_for_every_change_and_after_a_reload(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    asked: list[Any] = []
    page.on("request", lambda sent: asked.append(sent.post_data_json) if sent.url.endswith("/suggestions") else None)
    page.get_by_label("Use the model").uncheck()
    suggest(page, SENTENCE)
    page.get_by_test_id("refine-text").fill("for two weeks")
    page.get_by_test_id("refine").click()
    expect(page.locator(".assumed").filter(has_text="Changed")).to_contain_text("7 days → 14 days")
    page.reload()
    expect(page.get_by_label("Use the model")).not_to_be_checked()
    assert [each["use_model"] for each in asked] == [False, False]


def test_an_explanation_is_text_whatever_it_looks_like(platform: Any, browser_page: Page, faults: str) -> None:
    page = browser_page
    sign_in(page, platform)
    markup = "<img src=x onerror=alert(1)> & <b>bold</b>"
    nothing = ("environment", "vcpus", "memory_gib", "disk_gib", "users", "gpu", "gpu_type", "billions", "bits")
    answer = {
        **dict.fromkeys((*nothing, "training", "os", "spot", "duration", "region")),
        "explanation": markup,
        "workloads": ["redis"],
        "intent": "cache",
        "evidence": [],
    }
    content = httpx.Response(200, json=answer).text
    httpx.post(faults, json={"method": "chat.completions", "detail": {"content": content}}).raise_for_status()
    suggest(page, "redis, the sixth")
    expect(page.get_by_test_id("explanation")).to_have_text(markup)
    assert page.locator("img[src=x]").count() == 0
