"""A real browser for the tests of the page: Chromium, as Debian and others package it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 15_000  # milliseconds for anything to appear, on a machine that is busy with other tests


def find_browser() -> str:
    """Its path, from CHROMIUM or the PATH. Fails the test where there is none: a skip would pass for a success."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(
            "The page's tests need Chromium: `apt-get install chromium`, or set CHROMIUM to its path.", pytrace=False
        )
    return found


# A module's own: while Playwright's loop runs, no other test of this process can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page of a new profile. At the end nothing may have gone wrong in it that the page did not say: an exception,
    or an error on the console (what its Content-Security-Policy stopped is one)."""
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    wrong: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # A refused request is logged by the browser itself; the page shows it, and the tests look there.
        if message.type == "error" and "Failed to load resource" not in message.text:
            wrong.append(message.text)

    page.on("console", console)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong, wrong
