"""Receipts and inbound messages as a real bot gets them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chatbot.simulator import Options, create_app
from chatbot.simulator.simulator import Simulator

OpenSite = Callable[..., Any]
NUMBER = "+491622943176"


async def test_a_receipt_is_the_body_of_the_status_query(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    request_id = (await site.send()).json()["requestId"]
    await site.pull("settle")
    status = await site.client.get(f"/messaging/im/v1/outbound/requests/{request_id}/status")
    (receipt,) = bot.receipts
    assert receipt.pop("path") == "/callbacks/secret"
    assert receipt == status.json()
    assert bot.headers[0]["content-type"] == "application/json"


async def test_a_requests_own_url_wins_and_without_any_nobody_is_told(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    await site.send(callbackUrl=f"{bot.url}/token")
    await site.pull("settle")
    assert [receipt["path"] for receipt in bot.receipts] == ["/callbacks/secret/token"]
    await site.pull("urls", callbackUrl="")
    await site.send()
    await site.pull("settle")
    assert len(bot.posts) == 1


async def test_a_reply_names_the_message_that_was_shown_last(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    request_id = (await site.send()).json()["requestId"]
    await site.pull("settle")
    typed = await site.client.post(f"/phone/{NUMBER}/messages", json={"text": "1"})
    assert typed.status_code == 201
    await site.pull("settle")
    (message,) = bot.messages
    assert message["originalRequestId"] == request_id
    assert (message["from"], message["to"], message["message"]) == (NUMBER, "customer_account", "1")
    assert message["requestId"] == typed.json()["requestId"]
    assert set(message) - {"path"} == {"from", "to", "message", "sentDate", "requestId", "originalRequestId"}


async def test_an_inbound_message_is_posted_until_it_is_accepted(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    bot.answers = [503, 204, 404, 202]
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")
    for _ in range(5):
        await site.pull("advance", seconds=10)
    assert len(bot.messages) == 4
    assert len({message["requestId"] for message in bot.messages}) == 1
    (bubble,) = (await site.client.get(f"/phone/{NUMBER}")).json()["messages"]
    assert bubble["state"] == "accepted"


async def test_the_phone_shows_why_a_message_waits(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    bot.answers = [503]
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")
    (bubble,) = (await site.client.get(f"/phone/{NUMBER}")).json()["messages"]
    assert bubble["state"] == "waiting"
    assert bubble["note"] == "the bot answered 503, next try in 10 s (try 1)"


async def test_a_bot_that_is_not_there_is_tried_again_and_a_message_without_any_url_is_dropped(
    open_site: OpenSite, bot: Any
) -> None:
    site = open_site(inbound_url="http://127.0.0.1:9/nobody")
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")
    await site.pull("urls", inboundUrl="", callbackUrl="")
    await site.pull("inbound", number=NUMBER, text="hi")
    bubbles = (await site.client.get(f"/phone/{NUMBER}")).json()["messages"]
    assert [bubble["state"] for bubble in bubbles] == ["waiting", "dropped"]
    assert bubbles[0]["note"].startswith("the bot did not answer (ConnectError), next try in 10 s")


async def test_inbound_messages_go_to_the_receipts_url_of_what_they_answer_when_the_account_has_none(
    open_site: OpenSite, bot: Any
) -> None:
    site = open_site(callback_url="")
    await site.send(callbackUrl=f"{bot.url}/token")
    await site.pull("settle")
    await site.pull("inbound", number=NUMBER, text="1")
    await site.pull("settle")
    assert [message["path"] for message in bot.messages] == ["/callbacks/secret/token"]


async def test_credentials_in_the_url_become_basic_authorization(open_site: OpenSite, bot: Any) -> None:
    site = open_site(inbound_url=bot.url.replace("http://", "http://bot:p%40ss@"))
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")
    assert bot.headers[0]["authorization"] == "Basic Ym90OnBAc3M="


async def test_a_refused_receipt_is_tried_three_times_in_all(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    bot.answers = [500] * 10
    await site.send()
    await site.pull("settle")
    for _ in range(4):
        await site.pull("advance", seconds=10)
    assert len(bot.receipts) == 3
    assert (await site.state())["callbacks"]["waiting"] == 0


async def test_a_hostile_callback_url_does_not_stop_the_others(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    for url in ("http://127.0.0.1:1/", "http://[::1", "http://\u0661/", "https://127.0.0.1:9", f"{bot.url}/%0d%0aX: y"):
        await site.send(callbackUrl=url)
    await site.send(callbackUrl=f"{bot.url}/good")
    await site.pull("settle")
    assert "/callbacks/secret/good" in [receipt["path"] for receipt in bot.receipts]


async def test_one_phones_messages_arrive_in_the_order_of_typing(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    for text in map(str, range(30)):
        await site.client.post(f"/phone/{NUMBER}/messages", json={"text": text})
    await site.pull("settle")
    assert [message["message"] for message in bot.messages] == list(map(str, range(30)))


async def test_a_retry_without_delay_needs_no_moving_of_the_clock(open_site: OpenSite, bot: Any) -> None:
    site = open_site(inbound_retry=0.0)
    bot.answers = [503, 503]
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")
    assert len(bot.messages) == 3


async def test_an_answer_that_comes_after_a_reset_changes_nothing(
    open_site: OpenSite, bot: Any, caplog: pytest.LogCaptureFixture
) -> None:
    site = open_site(inbound_url=f"{bot.url}/held")
    await site.pull("inbound", number=NUMBER, text="before")
    assert await site.pull("settle", seconds=0.05) == {"settled": False}
    await site.pull("reset")
    await site.client.post(f"{bot.url}/release")
    assert await site.pull("settle") == {"settled": True}
    assert (await site.state())["posted"] == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_reset_lets_go_of_what_is_under_way(open_site: OpenSite, bot: Any) -> None:
    site = open_site(inbound_url=f"{bot.url}/held", callback_connections=1)
    await site.pull("inbound", number=NUMBER, text="before")
    assert await site.pull("settle", seconds=0.05) == {"settled": False}
    await site.pull("reset")
    await site.send()
    assert await site.pull("settle") == {"settled": True}
    assert len(bot.receipts) == 1


async def test_a_pass_that_fails_is_told_and_the_next_ones_go_on(
    open_site: OpenSite, bot: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site, due, failures = open_site(), Simulator.due, iter([OverflowError("bug")])

    def fail_once(simulator: Simulator) -> Any:
        for failure in failures:
            raise failure
        return due(simulator)

    monkeypatch.setattr(Simulator, "due", fail_once)
    for _ in range(2):
        await site.send()
        assert await site.pull("settle") == {"settled": True}
    assert len(bot.receipts) == 2
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage() == "a pass over the callbacks failed; they go on"


async def test_a_callback_that_is_due_in_a_century_keeps_nobody_else_waiting(open_site: OpenSite, bot: Any) -> None:
    site = open_site(inbound_retry=100 * 365.25 * 86_400)
    bot.answers = [503]
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")
    await site.send()
    assert await site.pull("settle") == {"settled": True}
    assert len(bot.receipts) == 1


async def test_the_loop_ends_with_the_application() -> None:
    app = create_app(Options())
    async with app.router.lifespan_context(app):
        assert "simulator callbacks" in [task.get_name() for task in asyncio.all_tasks()]
    assert "simulator callbacks" not in [task.get_name() for task in asyncio.all_tasks()]
