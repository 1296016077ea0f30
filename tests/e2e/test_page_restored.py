"""What an administrator sees and decides after a restored backup, on the page, in a real browser."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.sync_api import Page, expect

from local.platform import PROJECT, SEALS_BUCKET
from tests.e2e.api import Client, calm, fault, sweep
from tests.e2e.test_page import assert_accessible, sign_in

pytest_plugins = ("tests.e2e.browser",)

IMAGE = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2604-lts-amd64"
AHEAD = 40  # seals that the database has not


def put_head(platform: Any, number: int) -> None:
    """A head in the bucket, as of a database that had come further."""
    where = f"{platform.address('storage')}/upload/storage/v1/b/{SEALS_BUCKET}/o"
    body = (
        "--x\r\nContent-Type: application/json\r\n\r\n"
        f'{{"name": "seals/{number:012d}", "metadata": {{"hash": "{"f" * 64}"}}}}\r\n'
        f"--x\r\nContent-Type: text/plain\r\n\r\n{'f' * 64}\r\n--x--\r\n"
    )
    headers = {"Content-Type": "multipart/related; boundary=x"}
    asked = httpx.post(f"{where}?uploadType=multipart", content=body, headers=headers)
    asked.raise_for_status()


def stray(platform: Any) -> None:
    """A machine of ours that no row knows, past the end that it tells."""
    place = f"projects/{PROJECT}/zones/us-west1-a"
    made = {
        "name": "forgotten",
        "machineType": f"{place}/machineTypes/e2-small",
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}}],
        "networkInterfaces": [{"network": f"projects/{PROJECT}/global/networks/default"}],
        "labels": {"vmc-environment": "dev", "vmc-id": "forgotten", "vmc-end": "1000000000"},
    }
    httpx.post(f"{platform.compute_url}/{place}/instances", json=made).raise_for_status()


def test_after_a_restored_backup_an_administrator_sees_the_list_and_goes_on(platform: Any, browser_page: Page) -> None:
    page, client = browser_page, Client(platform)
    sweep(platform)
    put_head(platform, client.post("/api/admin/receipts:verify").json()["seals"] + AHEAD)
    stray(platform)
    told = sweep(platform)
    assert (told["held"], told["sealed"], told["reconciled"]) == (1, "forked", 0)
    assert client.get("/api/admin/reconciliation?dry_run=true")["next_sweep"]["doubt"] is not None
    assert client.post("/api/admin/reconciliation/nobody-001:take-end", {"approved_total": "1"}).status_code == 404
    assert client.post("/api/admin/reconciliation/nobody-001:take-machine").status_code == 404
    assert client.post("/api/admin/reconciliation:go-on", {"seen": "0" * 32}).json()["code"] == "list_changed"

    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, platform, "/admin")
    panel = page.get_by_test_id("restored")
    expect(panel.get_by_test_id("difference").filter(has_text="forgotten")).to_contain_text("its end has come")
    orphans = page.locator("vmc-orphans")
    expect(orphans).to_contain_text("held back: decide in the list at the top")
    expect(orphans.get_by_test_id("orphan").filter(has_text="forgotten")).to_have_count(0)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
    page.get_by_test_id("dry-run").click()
    expect(page.get_by_test_id("foretold")).to_contain_text("held back")
    panel.get_by_test_id("go-on").click()
    assert_accessible(page)
    page.get_by_test_id("confirm-restored").click()
    expect(panel).to_be_hidden()
    expect(orphans.get_by_test_id("orphan").filter(has_text="forgotten")).to_contain_text("its end has come")
    told = sweep(platform)
    assert (told["held"], told["reconciled"]) == (0, 1)
    assert client.get("/api/admin/reconciliation")["hold"] is None
    verified = client.post("/api/admin/receipts:verify").json()
    assert (verified["whole"], len(verified["restores"])) == (True, 1)


def test_what_the_cloud_does_not_list_is_told_where_orphans_are(platform: Any, browser_page: Page) -> None:
    page = browser_page
    fault(platform, "secrets", method="secrets.list", status=403, times=50)
    try:
        sign_in(page, platform, "/admin")
        told = page.locator("vmc-orphans").get_by_test_id("unread")
        expect(told).to_contain_text("Secrets (")
        page.get_by_test_id("dry-run").click()
        expect(page.locator("vmc-next-sweep").get_by_test_id("unread")).to_be_visible()
        assert_accessible(page)
    finally:
        calm(platform, "secrets")
    page.get_by_role("button", name="Look again for orphans").click()
    expect(told).to_have_count(0)
