"""An administrator's page for models, in a real browser: consent, a job, its scores, the switch and back."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from local.platform import Platform
from shared.db.engine import by_url
from tests.e2e.conftest import roomy
from tests.e2e.test_page import assert_accessible, sign_in
from tests.integration.lessons import HOBBIES, a_lesson

pytest_plugins = ("tests.e2e.browser",)

DEADLINE = 60  # seconds of real time for a job to be over; the platform's time is moved on meanwhile


@pytest.fixture
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One of its own: what other tests have approved would be learned from as well."""
    with roomy(tmp_path_factory.mktemp("models")) as here:
        yield here


def narrow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_from_consent_to_the_tuned_model_and_back(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform, "/account")
    consent = page.get_by_label("Learn from my requests")
    expect(consent).not_to_be_checked()
    consent.check()
    page.get_by_role("button", name="Save preferences").click()
    expect(page.get_by_text("Preferences saved")).to_be_visible()
    engine = by_url(platform.postgres.dsn("vmcreator"), 1)
    with engine.begin() as connection:
        me = connection.exec_driver_sql(f"SELECT id FROM users WHERE email = '{platform.admin_email}'").scalar_one()
    a_lesson(engine, me)
    engine.dispose()

    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{platform.url}/admin")
    expect(page.get_by_test_id("examples")).to_contain_text(f"of {len(HOBBIES)} approvals")
    configured = page.get_by_test_id("current-model").inner_text()
    page.get_by_test_id("tune").click()
    page.get_by_label(re.compile("^Name, part")).fill("clubs")
    assert_accessible(page)
    page.get_by_test_id("confirm-tune").click()
    job = page.get_by_test_id("tuning-job")
    expect(job.get_by_role("list", name="Progress")).to_be_visible()
    assert_accessible(page)
    end = time.monotonic() + DEADLINE
    while job.get_attribute("data-state") != "succeeded":
        assert time.monotonic() < end, job.inner_text()
        platform.advance(15)
        page.wait_for_timeout(500)

    tuned = page.locator("vmc-models li", has_text=":clubs:").first
    tuned.get_by_role("button", name=re.compile("^Evaluate")).click()
    result = page.get_by_test_id("evaluation")
    expect(result.get_by_role("progressbar")).to_be_hidden()
    expect(result).to_contain_text("Whole answer as approved")
    expect(tuned).to_contain_text("100 % wholly as approved")
    assert_accessible(page)
    assert narrow(page), "scrolls sideways"

    tuned.get_by_test_id("switch-model").click()
    assert_accessible(page)
    page.get_by_test_id("confirm-switch").click()
    expect(page.get_by_test_id("current-model")).to_contain_text(":clubs:")

    back = page.locator("vmc-models li", has_text=configured).first
    back.get_by_test_id("switch-model").click()
    page.get_by_test_id("confirm-switch").click()
    expect(page.get_by_test_id("current-model")).to_have_text(configured)
