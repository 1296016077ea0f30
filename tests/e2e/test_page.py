"""The page in a real browser, on the whole platform: from a sentence to a receipt."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.e2e.api import Client

pytest_plugins = ("tests.e2e.browser",)

SENTENCE = "I need a Python Django development server with PostgreSQL and Redis"
VIEWS = ("/request", "/vms", "/history", "/costs", "/regions", "/account", "/admin", "/nowhere")
DEADLINE = 90  # seconds of real time for a machine to be up, or gone; the platform's time is moved on meanwhile


def sign_in(page: Page, platform: Any, path: str = "/") -> None:
    page.goto(f"{platform.url}{path}")
    page.get_by_label("Email").fill(platform.admin_email)
    page.get_by_label("Password").fill(platform.admin_password)
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_role("navigation")).to_be_visible()


def suggest(page: Page, sentence: str = SENTENCE) -> None:
    page.get_by_test_id("request-text").fill(sentence)
    page.get_by_test_id("suggest").click()
    expect(page.get_by_test_id("approve")).to_be_enabled()


def reach(page: Page, platform: Any, *states: str) -> None:
    """Wait until the page shows the machine, live, in one of the states; the platform's time moves on meanwhile."""
    shown = page.get_by_test_id("vm-state")
    end = time.monotonic() + DEADLINE
    while shown.get_attribute("data-state") not in states:
        assert time.monotonic() < end, f"shows {shown.inner_text()}, not {states}; {told(page, platform)}"
        platform.advance(5)
        page.wait_for_timeout(300)


def told(page: Page, platform: Any) -> str:
    """What the API says of the machine that the page shows: whether the page is behind, or the machine itself."""
    client, name = Client(platform), page.url.rsplit("/", 1)[1]
    sign = page.locator(".connection").all_inner_texts()
    return f"connection {sign}; the API says {client.vm(name)['state']} after {client.events(name)}"


def assert_accessible(page: Page) -> None:
    """axe finds nothing on the page as it stands."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    found = [f"{each['id']}: {each['help']}: {[node['html'][:120] for node in each['nodes']]}" for each in violations]
    assert not found, f"{page.url}\n" + "\n".join(found)


def lose(route: Route) -> None:
    route.abort("connectionreset")


def test_from_signing_up_to_the_receipt(platform: Any, browser_page: Page) -> None:
    page = browser_page
    page.goto(f"{platform.url}/signup")
    page.get_by_label("Email").fill(f"ada-{secrets.token_hex(4)}@example.com")
    page.get_by_label("Password").fill("four unrelated words here")
    page.get_by_test_id("sign-up").click()

    suggest(page)
    expect(page.get_by_label("Machine type")).to_have_value("e2-standard-2")
    expect(page.get_by_label("Operating system")).to_have_value("ubuntu-2604-lts-amd64")
    for package in ("Django", "PostgreSQL", "Redis"):
        expect(page.get_by_role("list", name="Packages")).to_contain_text(package, ignore_case=True)
    assert_accessible(page)

    before = page.get_by_test_id("total").inner_text()
    page.get_by_test_id("disk").fill("40")
    page.get_by_test_id("disk").press("Tab")
    expect(page.get_by_test_id("total")).not_to_have_text(before)
    approve = page.get_by_test_id("approve")
    expect(approve).to_be_enabled()
    ceiling = approve.inner_text().removeprefix("Approve up to ")
    approve.click()

    page.wait_for_url(re.compile(r"/vms/django-\d+$"))
    expect(page.get_by_text(f"up to {ceiling} approved")).to_be_visible()
    expect(page.get_by_text("40 GiB")).to_be_visible()
    reach(page, platform, "RUNNING")
    assert_accessible(page)

    page.get_by_test_id("reveal").click()
    expect(page.get_by_test_id("credentials")).to_contain_text("PRIVATE KEY")
    page.reload()
    expect(page.get_by_text("was shown once, and is shown no more")).to_be_visible()

    end = page.get_by_role("timer").inner_text()
    with page.expect_download() as module:
        page.get_by_test_id("terraform").click()
    assert module.value.suggested_filename.endswith("-terraform.zip")
    page.get_by_test_id("extend").click()
    page.get_by_role("button", name="4 hours").click()
    page.get_by_test_id("approve-extension").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("timer")).not_to_have_text(end)
    expect(page.get_by_text("quoted for 6 hours")).to_be_visible()

    page.get_by_test_id("delete").click()
    page.get_by_test_id("confirm").click()
    reach(page, platform, "DELETED")
    receipt = page.get_by_test_id("receipt")
    expect(receipt).to_contain_text("Everything it had was read back as not found")
    expect(receipt.get_by_role("row", name=re.compile("^Instance"))).to_contain_text("not found")
    assert_accessible(page)


def test_another_watcher_sees_a_machine_come_without_asking_again(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    watcher = page.context.new_page()
    watcher.goto(f"{platform.url}/vms")
    expect(watcher.get_by_text("Live", exact=True)).to_be_visible()

    suggest(page)
    page.get_by_test_id("approve").click()
    page.wait_for_url(re.compile(r"/vms/django-\d+$"))
    name = page.url.rsplit("/", 1)[1]
    expect(watcher.get_by_role("link", name=name)).to_be_visible()

    page.get_by_test_id("delete").click()
    page.get_by_test_id("confirm").click()
    reach(page, platform, "FAILED", "DELETED")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_is_accessible_and_fits_a_phone(platform: Any, browser_page: Page, theme: Any) -> None:
    page = browser_page
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(platform.url)
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    assert_accessible(page)
    sign_in(page, platform)
    for view in VIEWS:
        page.goto(f"{platform.url}{view}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{view} scrolls sideways"


def test_an_administrator_sets_the_limits_and_everybody_sees_them(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform, "/admin")
    for form, label, value in (("us-west1", "Limit, in addresses", "9"), ("Firewall rules", "Limit, in rules", "101")):
        row = page.get_by_role("form", name=form)
        row.get_by_label(label).fill(value)
        row.get_by_role("button").click()
        expect(page.get_by_text(f"{form} saved")).to_be_visible()
    page.goto(f"{platform.url}/regions")
    expect(page.get_by_text(re.compile(r"External addresses: \d+/9"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"Firewall rules of all together: \d+/101"))).to_be_visible()


def test_a_lost_connection_loses_nothing_that_was_typed(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    page.route("**/api/suggestions", lose)
    page.get_by_test_id("request-text").fill(SENTENCE)
    page.get_by_test_id("suggest").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing you typed is lost")
    expect(page.get_by_test_id("request-text")).to_have_value(SENTENCE)
    page.unroute("**/api/suggestions", lose)
    page.get_by_test_id("suggest").click()
    expect(page.get_by_test_id("approve")).to_be_enabled()


def test_a_failure_of_ours_shows_the_trace_id_that_it_asks_to_tell(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    failed = {"status": 500, "code": "internal", "detail": "Something went wrong on our side.", "trace_id": "ab" * 16}
    page.route("**/api/costs*", lambda route: route.fulfill(status=500, json=failed))
    page.goto(f"{platform.url}/costs")
    expect(page.get_by_role("alert")).to_contain_text("ab" * 16)


def test_a_lost_stream_is_said_and_comes_back_by_itself(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    page.route("**/api/events*", lose)
    page.goto(f"{platform.url}/vms")
    expect(page.get_by_text("Connection lost: trying again")).to_be_visible()
    page.unroute("**/api/events*", lose)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_an_ended_session_is_renewed_over_the_page_as_it_stands(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    page.get_by_test_id("request-text").fill(SENTENCE)
    page.context.clear_cookies()
    page.get_by_test_id("suggest").click()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password").fill(platform.admin_password)
    dialog.get_by_test_id("sign-in").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("request-text")).to_have_value(SENTENCE)
    page.get_by_test_id("suggest").click()
    expect(page.get_by_test_id("approve")).to_be_enabled()


def test_who_signs_in_next_finds_nothing_of_the_one_before(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    suggest(page)
    page.goto(f"{platform.url}/account")
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    sign_in(page, platform)
    expect(page.get_by_test_id("request-text")).to_have_value("")

    page.get_by_test_id("request-text").fill(SENTENCE)
    page.context.clear_cookies()
    page.get_by_test_id("suggest").click()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    email, password = f"eve-{secrets.token_hex(4)}@example.com", "four unrelated words here"
    page.request.post(f"{platform.url}/api/accounts", data={"email": email, "password": password})
    dialog.get_by_label("Email").fill(email)
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_test_id("sign-in").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("request-text")).to_have_value("")


def test_a_refused_edit_is_explained_at_its_field(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    suggest(page)
    page.get_by_label("GPU", exact=True).select_option(index=1)
    refusal = page.locator(".row", has=page.get_by_label("GPU", exact=True)).locator(".wrong")
    expect(refusal).to_contain_text("cannot be attached")
    expect(page.get_by_test_id("approve")).to_be_disabled()
    page.get_by_role("button", name="Back to the suggestion: GPU").click()
    expect(page.get_by_test_id("approve")).to_be_enabled()


def test_what_is_no_duration_is_not_approved_as_the_one_before(platform: Any, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, platform)
    suggest(page)
    length = page.get_by_role("textbox", name="For how long")
    length.fill("soon")
    length.press("Tab")
    page.get_by_test_id("approve").click()
    expect(length).to_be_focused()
    assert "/vms/" not in page.url
    page.get_by_role("button", name="2 hours").click()
    expect(length).to_have_value("2h")
    length.fill("2 days")
    length.press("Tab")
    expect(length).to_have_value("2d")
    expect(page.get_by_text("for 2 days")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_field_reaches_out_of_its_card(platform: Any, browser_page: Page, width: int) -> None:
    page = browser_page
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, platform)
    suggest(page)
    out = """(card) => [...card.querySelectorAll("*")].filter((each) =>
        each.getBoundingClientRect().right > card.getBoundingClientRect().right).map((each) => each.outerHTML)"""
    assert page.locator(".spec").evaluate(out) == []


def test_a_machine_type_that_is_not_listed_is_typed_and_the_server_says_whether_there_is_one(
    platform: Any, browser_page: Page
) -> None:
    page = browser_page
    sign_in(page, platform)
    suggest(page)
    name = page.get_by_label("Another type, by its name")
    name.fill("n2-custom-3-8192")
    name.press("Tab")
    refusal = page.locator(".row", has=page.get_by_label("Machine type", exact=True)).locator(".wrong")
    expect(refusal).to_contain_text("n2 takes 2, 4, 6, 8")
    name.fill("n2-custom-4-10240")
    name.press("Tab")
    expect(refusal).to_have_count(0)
    expect(page.get_by_label("Machine type", exact=True)).to_have_value("n2-custom-4-10240")
    expect(page.get_by_test_id("approve")).to_be_enabled()
