"""A person at the phone page of `chatbot dev`, in a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
from playwright.sync_api import Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
CONFIG = """[gateway]
username = "username"
from = "MyCompany"
[bots]
modules = ["bots.pickup"]
"""
VAN = '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><circle r="200" fill="teal"/></svg>'
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> Berlin"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; on Debian: apt-get install chromium"),
]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The URL of the phone page of a `chatbot dev` that runs the pickup bot."""
    (tmp_path / "bots").mkdir()
    shutil.copy(ROOT / "bots" / "pickup.py", tmp_path / "bots")
    (tmp_path / "config.toml").write_text(CONFIG)
    dev = subprocess.Popen(
        [sys.executable, "-m", "chatbot", "dev", "--port", "0", "--phone-port", "0"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("CHATBOT_")},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert dev.stdout is not None
        yield dev.stdout.readline().removeprefix("phone").strip()
    finally:
        dev.terminate()
        dev.communicate()


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """The phone page, open; example.org answers with a picture, and nothing else beyond this machine is reached."""
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *QUIET])
        page = browser.new_page()
        page.route("https://**/*", lambda route: route.fulfill(body=VAN, content_type="image/svg+xml"))
        page.goto(address)
        expect(page.get_by_text("+491622943176", exact=True)).to_be_visible()
        yield page
        browser.close()


def test_a_person_books_a_pickup(page: Page) -> None:
    write(page, "pickup")
    hear(page, "Parcel or letter?")
    page.get_by_role("button", name="Answer 1: parcel").click()
    hear(page, "Where do we collect the parcel?")
    write(page, "Main St 5, Potsdam")
    hear(page, "Sorry, only Berlin so far.")
    write(page, "Main St 5, Berlin")
    hear(page, "Collect the parcel at Main St 5, Berlin for 12.50 EUR?")
    write(page, "Yes")
    booked = hear(page, "Booked.")
    picture = booked.get_by_role("img", name="Image: https://example.org/van.jpg")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 320
    button = booked.get_by_role("link", name="Track")
    expect(button).to_have_attribute("href", "https://example.org/t")
    expect(page.locator("article[data-side=user]")).to_have_count(5)
    expect(page.get_by_label("Last messages to this phone").locator("[data-state=DELIVERED]")).to_have_count(5)


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    write(page, "pickup")
    hear(page, "Parcel or letter?")
    page.get_by_role("button", name="Answer 2: letter").click()
    hear(page, "Where do we collect the letter?")
    title = page.title()
    write(page, HOSTILE)
    expect(page.locator("article[data-side=user]").last).to_contain_text(HOSTILE)
    hear(page, f"Collect the letter at {HOSTILE} for 4.80 EUR?")
    expect(page.locator("article img, article script, .deliveries img, .deliveries script")).to_have_count(0)
    assert page.title() == title


def test_the_conversation_is_there_again_after_a_reload(page: Page) -> None:
    write(page, "pickup")
    hear(page, "Parcel or letter?")
    page.reload()
    hear(page, "Parcel or letter?")
    expect(page.locator("article[data-side=user]")).to_contain_text("pickup")


def write(page: Page, text: str) -> None:
    """Type ``text`` and send it."""
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def hear(page: Page, text: str) -> Locator:
    """Wait until the bot's last bubble says ``text``, and give it."""
    bubble = page.locator("article[data-side=bot]").last
    expect(bubble).to_contain_text(text, timeout=30_000)
    return bubble
