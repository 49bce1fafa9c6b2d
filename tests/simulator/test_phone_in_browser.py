"""A person at the phone page, in a real browser: levers that tell the truth, words that help, and the keyboard."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from chatbot.simulator import Options, create_app
from chatbot.simulator.options import Account

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
NUMBER, OTHER = "+491622943176", "+491700000000"
SEND = "/messaging/im/v1/outbound/requests"
WAIT = 30_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; on Debian: apt-get install chromium"),
]


@contextmanager
def serving(port: int = 0, **options: Any) -> Iterator[str]:
    """Serve a simulator; ``port`` 0 is one of the system's choice."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    app = create_app(Options(**{"delivery_delay": 0.0, "seed": 1, **options}))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT)
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Site:
    """A simulator, by way of its interfaces, and its phone page in the browser."""

    def __init__(self, url: str, page: Page) -> None:
        self.page = page
        self.http = httpx.Client(base_url=url, auth=("username", "password"), trust_env=False, timeout=30)
        self.url = f"{url}/phone/"

    def send(self, message: str = "Hello World!", **parameters: Any) -> int:
        body = {"from": "MyCompany", "to": NUMBER, "message": message, **parameters}
        return self.http.post(SEND, json=body).status_code

    def pull(self, lever: str, **given: Any) -> Any:
        answer = self.http.post(f"/_control/{lever}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> Any:
        return self.http.get("/_control/state").json()

    def close(self) -> None:
        """Close the page, and with it the connection that its news hold."""
        self.page.close()
        self.http.close()

    def look(self) -> Page:
        """Open the page, and wait until it shows the phone."""
        self.page.goto(self.url)
        expect(self.page.locator("#connection")).to_have_text(NUMBER)
        expect(self.page.locator("#clock")).not_to_be_empty()
        return self.page

    def open(self, *sections: str) -> None:
        for section in sections:
            self.page.locator("summary", has_text=section).click()

    def reach(self, found: Callable[[Any], Any], wanted: Any) -> None:
        """Wait until the simulator's state is as wanted."""
        for _ in range(WAIT // 20):
            if found(self.state()) == wanted:
                return
            self.page.wait_for_timeout(20)
        assert found(self.state()) == wanted


@pytest.fixture
def open_site(browser: Browser) -> Iterator[Callable[..., Site]]:
    """Serves a simulator and opens a browser on it."""
    with ExitStack() as stack:

        def open_one(width: int = 1200, height: int = 850, **options: Any) -> Site:
            url = stack.enter_context(serving(**options))
            site = Site(url, browser.new_page(viewport={"width": width, "height": height}))
            stack.callback(site.close)
            return site

        yield open_one


OpenSite = Callable[..., Site]


def test_a_lever_shows_where_it_stands_whoever_moved_it(open_site: OpenSite) -> None:
    site = open_site()
    page = site.look()
    site.open("Network and faults")
    page.get_by_label("Next send fails").select_option("error_500")
    site.reach(lambda state: state["faults"]["phones"].get(NUMBER, {}).get("coming"), ["error_500"])
    assert site.send() == 500
    expect(page.get_by_label("Next send fails")).to_have_value("")
    site.pull("faults", rates={"garbage": 0.0005}, latency=0.25, seed=7, retryAfter=9)
    expect(page.locator(".fault", has_text="garbage")).to_contain_text("0.05 %")
    expect(page.get_by_label("Latency")).to_have_value("250")
    expect(page.get_by_label("Seed")).to_have_value("7")
    expect(page.get_by_label("Retry-After")).to_have_value("9")
    page.get_by_label("bad gateway").press("PageUp")
    site.reach(lambda state: state["faults"]["phones"].get(NUMBER, {}).get("rates"), {"bad_gateway": 0.1})
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".fault", has_text="garbage")).to_contain_text("0 %")
    expect(page.get_by_label("bad gateway")).to_have_value("0")
    expect(page.get_by_label("Latency")).to_have_value("0")
    expect(page.get_by_label("Seed")).to_have_value("1")


def test_levers_move_for_this_phone_or_for_all(open_site: OpenSite) -> None:
    site = open_site()
    page = site.look()
    site.open("Network and faults")
    page.get_by_label("Latency").fill("300")
    page.get_by_label("Latency").press("Enter")
    site.reach(lambda state: state["faults"]["phones"].get(NUMBER, {}).get("latency"), 0.3)
    page.get_by_label("all phones").check()
    expect(page.get_by_label("Latency")).to_have_value("0")
    page.get_by_label("Preset").select_option("sms_only")
    site.reach(lambda state: state["reachability"]["viber"], False)
    expect(page.locator("#reached")).to_have_text("sms only")
    page.get_by_label("this phone", exact=True).check()
    expect(page.get_by_label("Latency")).to_have_value("300")
    page.get_by_label("offline").check()
    site.reach(lambda state: state["reachability"]["offline"], False)
    expect(page.locator("#reached")).to_have_text("sms, offline")
    site.pull("phones", number=NUMBER, reachability="waits")
    expect(page.get_by_label("Preset")).to_have_value("waits")


def test_a_number_that_is_none_is_told_why_and_the_next_one_is_fine(open_site: OpenSite) -> None:
    site = open_site()
    page = site.look()
    page.get_by_label("Phone number").fill("12")
    page.get_by_role("button", name="Pick up").click()
    expect(page.get_by_role("alert")).to_have_text("this is no international phone number; write it as +491622943176")
    expect(page.locator("#connection")).to_have_text("No such phone")
    page.get_by_label("Phone number").fill("0049 (170) 0000-000")
    page.get_by_label("Phone number").press("Enter")
    expect(page.locator("#connection")).to_have_text(OTHER)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_urls_can_be_set_where_it_is_said_that_there_is_none(open_site: OpenSite) -> None:
    accounts = (Account("username", "password", "first"), Account("other", "secret", "second"))
    site = open_site(accounts=accounts)
    page = site.look()
    write(page, "hi")
    expect(page.locator("article")).to_contain_text("no URL for inbound messages is set: see Callback URLs")
    site.open("Callback URLs")
    urls = page.get_by_role("group", name="second").get_by_label("Inbound messages")
    urls.fill("nope")
    urls.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("'nope' is no URL; write http://host")
    urls.fill(f"{site.url}x")
    urls.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    site.reach(lambda state: [one["inboundUrl"] for one in state["accounts"]], ["", f"{site.url}x"])
    page.get_by_label("To", exact=True).select_option("second")
    write(page, "hi again")
    expect(page.locator("article").last).to_contain_text("the bot answered 405, next try in 10 s")


def test_a_receipt_by_hand_is_posted_and_deliveries_say_which_way_they_went(open_site: OpenSite) -> None:
    site = open_site(reachability="sms_only")
    page = site.look()
    site.send("x" * 100)
    row = page.get_by_label("Last messages to this phone").get_by_role("listitem")
    expect(row).to_contain_text(
        re.compile(r"x+deliveredViber: not a Viber user \(9\) → Facebook: not on Facebook \(100\) → SMS, 2 parts")
    )
    site.open("Receipt by hand")
    page.get_by_label("State").select_option("UNDELIVERABLE")
    page.get_by_role("button", name="Post it").click()
    expect(page.locator("#receipt-done")).to_have_text("No URL for receipts is set.")
    site.pull("urls", callbackUrl=f"{site.url}x")
    page.get_by_role("button", name="Post it").click()
    expect(page.locator("#receipt-done")).to_have_text("UNDELIVERABLE is on its way.")
    expect(page.get_by_role("alert")).to_have_text("receipt: the bot answered 405")


def test_the_phone_is_there_again_when_the_simulator_is(browser: Browser) -> None:
    with serving() as url:
        site = Site(url, browser.new_page())
        page = site.look()
    expect(page.locator("#connection")).to_contain_text("simulator unreachable, trying again")
    page.get_by_label("Message", exact=True).fill("keep me")
    page.get_by_label("Message", exact=True).press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The simulator cannot be reached. Is it running?")
    expect(page.get_by_label("Message", exact=True)).to_have_value("keep me")
    with serving(int(url.rpartition(":")[2]), reachability="offline"):
        expect(page.locator("#connection")).to_have_text(NUMBER)
        expect(page.locator("#reached")).to_have_text("offline")
        expect(page.get_by_role("alert")).to_have_count(0)
        site.close()


def test_the_keyboard_is_enough_and_a_choice_leaves_the_draft(open_site: OpenSite) -> None:
    site = open_site()
    page = site.look()
    site.send("Parcel or letter?\n1. parcel\n2. letter")
    field = page.get_by_label("Message", exact=True)
    expect(page.get_by_role("button", name="Answer 1: parcel")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Answer 2: letter")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("article[data-side=user] .text")).to_have_text(["2"], use_inner_text=True)
    expect(field).to_have_value("one\ntwo")
    field.press("Enter")
    expect(page.locator("article[data-side=user] .text")).to_have_text(["2", "one\ntwo"], use_inner_text=True)
    expect(field).to_have_value("")
    expect(field).to_be_focused()


GATE = """
    const fetched = window.fetch;
    const open = new Promise((resolve) => { window.openGate = resolve; });
    window.fetch = async (path, ...rest) => {
      const answer = await fetched(path, ...rest);
      window.answered = true;
      await open;
      return answer;
    };
    window.EventSource = class extends EventSource {
      constructor(path) {
        super(path);
        this.addEventListener("message", (event) => { window.told ||= event.data.includes('"bubble"'); });
      }
    };
"""
"""Holds back every answer until the gate is open, and notes when a message was told as news."""


def test_a_message_that_comes_while_the_phone_is_loaded_is_not_lost(open_site: OpenSite) -> None:
    site = open_site()
    page = site.page
    page.add_init_script(GATE)
    page.goto(site.url)
    wait_for(page, "answered")
    site.send("meanwhile")
    wait_for(page, "told")
    page.evaluate("openGate()")
    expect(page.locator("article")).to_contain_text("meanwhile")


def test_who_reads_above_is_not_torn_away_and_sees_that_there_is_more(open_site: OpenSite) -> None:
    site = open_site(seen=True, seen_delay=0.0)
    page = site.look()
    for index in range(10):
        site.send(f"{index}\n" * 10)
    thread = page.get_by_label("Conversation")
    expect(page.locator("article")).to_have_count(10)
    expect(page.locator("article").last).to_be_in_viewport()
    thread.evaluate("thread => thread.scrollTop = 0")
    site.send("the newest")
    page.get_by_role("button", name="New message").click()
    expect(page.get_by_text("the newest").first).to_be_in_viewport()
    expect(page.get_by_role("button", name="New message")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_is_wider_than_the_screen_and_everything_has_a_name(open_site: OpenSite, width: int) -> None:
    site = open_site(width)
    page = site.look()
    image = f"{site.url}{'p' * 20}"
    site.send("w" * 500 + " https://example.org/" + "p" * 200)
    site.send(
        image.replace("http:", "https:") + "\n1. " + "x" * 90,
        imageUrl=image,
        buttonCaption="B" * 30,
        buttonActionUrl=site.url,
    )
    write(page, "y" * 500)
    expect(page.get_by_text("Image that does not load")).to_be_visible()
    site.open("Network and faults", "Callback URLs", "Receipt by hand", "Clock")
    for box in ("html", "#thread", "#levers"):
        assert page.locator(box).evaluate("box => box.scrollWidth - box.clientWidth") == 0, box
    nameless = page.locator("input, select, textarea, button, a").evaluate_all(
        """all => all.filter(one => !(one.ariaLabel || one.textContent.trim() && one.tagName !== "SELECT"
            || one.querySelector?.("img[alt]") || [...one.labels ?? []].some(label => label.textContent.trim())))
            .map(one => one.outerHTML)"""
    )
    assert nameless == []


def wait_for(page: Page, name: str) -> None:
    """Wait until a variable of the page is true."""
    while not page.evaluate(f"Boolean(window.{name})"):
        page.wait_for_timeout(20)


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")
