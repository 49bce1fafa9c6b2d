"""What became of a message reaches the state that sent it, whenever it comes; and so does an answer to it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest

from chatbot.engine.poller import OPEN_FOR
from chatbot.flows.durations import minutes
from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import delivered, failed, seen, text, undelivered
from chatbot.flows.turn import Turn

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

BERT = "+491622943177"


@dataclass
class Diary:
    lines: list[str] = field(default_factory=list)


def note(turn: Turn[Diary]) -> None:
    assert turn.receipt is not None
    turn.data.lines.append(f"{turn.receipt.status} {turn.receipt.channel} {turn.receipt.reason}".rstrip())


def note_what_it_answers(turn: Turn[Diary]) -> None:
    assert turn.message is not None
    sent = turn.message.replies_to
    turn.data.lines.append(f"{sent.message.text} | {sent.flow}.{sent.state} {sent.visit}" if sent else "nothing")


class Watch(Flow[Diary]):
    """Notes what it hears of its messages."""

    offer = State("An offer", initial=True, late="accept")
    other = State("Another thing", late="accept")
    done = State("Bye", final=True)

    offer.on(delivered, do=note)
    offer.on(seen, do=note)
    offer.on(failed, do=note)
    offer.on(text("next"), to=other)
    offer.on(text, do=note_what_it_answers)
    other.on(delivered, do=note)
    other.on(failed, do=note)
    other.on(text("end"), to=done)
    other.on(text, do=note_what_it_answers)
    done.on(failed, do=note)


class Parcel(Flow[None]):
    """Goes another way when its message does not arrive."""

    told = State("Your parcel is here.", initial=True)
    read = State("Good.", final=True)
    by_phone = State(final=True)

    told.on(delivered("VIBER"), to=read)
    told.on(undelivered(minutes(5)), to=by_phone)
    told.on(failed, to=by_phone)


@pytest.fixture
async def bot(open_bot: OpenBot) -> Bot:
    """A bot that has sent its offer, as R1."""
    made = await open_bot(Watch)
    await made.told("hello")
    return made


async def lines(bot: Bot) -> list[str]:
    return list(json.loads((await bot.where()).data)["lines"])


IM = {"deliveryChannel": {"channel": "IM", "ott": "Viber"}}


# Receipts


async def test_a_receipt_reaches_the_state_that_sent_the_message(bot: Bot) -> None:
    await bot.receipt("DELIVERED", "R1", **IM)
    assert await lines(bot) == ["DELIVERED VIBER"]
    (row,) = await bot.sent()
    assert (row.receipt, row.channel) == ("DELIVERED", "VIBER")


async def test_a_failure_brings_its_reason(bot: Bot) -> None:
    parts = [{"deliveryState": "UNDELIVERABLE", "errorCode": "9", "messagePartId": 1}]
    await bot.receipt("UNDELIVERABLE", "R1", sendParts=parts, **IM)
    assert await lines(bot) == ["UNDELIVERABLE VIBER 9"]


async def test_a_receipt_is_heard_once_however_often_it_comes(bot: Bot, gateway: Gateway) -> None:
    for token in (None, gateway.token(0), None):
        await bot.receipt("DELIVERED", "R1", token, **IM)
    assert await lines(bot) == ["DELIVERED VIBER"]


@pytest.mark.parametrize("order", list(permutations(["BUFFERED", "DELIVERED", "SEEN"])), ids="-".join)
async def test_receipts_out_of_order_end_at_the_same_status_and_never_go_back(bot: Bot, order: tuple[str, ...]) -> None:
    for state in order:
        await bot.receipt(state, "R1")
    assert [row.receipt for row in await bot.sent()] == ["SEEN"]
    assert [line.split()[0] for line in await lines(bot)] == ["DELIVERED", "SEEN"]


async def test_what_was_seen_was_delivered_and_a_flow_that_waits_for_that_hears_it(
    open_bot: OpenBot, gateway: Gateway
) -> None:
    bot = await open_bot(Parcel)
    await bot.told("hello")
    await bot.receipt("SEEN", "R1", **IM)
    assert gateway.texts() == ["Your parcel is here.", "Good."]
    await bot.receipt("DELIVERED", "R1", **IM)
    await bot.wait(300)
    assert await bot.state() == "read"


@pytest.mark.parametrize("with_token", [False, True])
async def test_a_receipt_that_comes_before_the_answer_to_the_post_is_heard(
    open_bot: OpenBot, gateway: Gateway, with_token: bool
) -> None:
    bot = await open_bot(Watch)

    async def early(request_id: str) -> None:
        token = bot.engine.tokens.read(gateway.token(0)) if with_token else None
        body = f'{{"requestId": "{request_id}", "overallState": "DELIVERED", "to": "+491622943176"}}'
        await bot.engine.intake.receive(body.encode(), token)

    gateway.accepts(before=early)
    await bot.told("hello")
    assert await lines(bot) == ["DELIVERED None"]
    assert [(row.status, row.request_id, row.receipt) for row in await bot.sent()] == [("accepted", "R1", "DELIVERED")]


async def test_a_receipt_of_a_message_that_nobody_knows_yet_is_kept_and_joined_when_it_is_known(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.receipt("DELIVERED", "R2")
    assert await bot.rows("SELECT status FROM receipt") == [{"status": "orphan"}]
    await bot.told("next")
    assert [row.receipt for row in await bot.sent()] == [None, "DELIVERED"]
    assert await lines(bot) == ["DELIVERED None"]


async def test_a_receipt_of_a_state_that_was_left_is_kept_and_fires_nothing(bot: Bot) -> None:
    await bot.told("next")
    await bot.receipt("UNDELIVERABLE", "R1")
    assert [row.receipt for row in await bot.sent()] == ["UNDELIVERABLE", None]
    assert await lines(bot) == []
    await bot.receipt("UNDELIVERABLE", "R2")
    assert await lines(bot) == ["UNDELIVERABLE None"]


async def test_a_final_state_hears_of_its_messages_too(bot: Bot) -> None:
    await bot.told("next")
    await bot.told("end")
    await bot.receipt("EXPIRED", "R3")
    assert await lines(bot) == ["EXPIRED None"]


async def test_a_receipt_that_names_another_contact_changes_nothing(bot: Bot, gateway: Gateway) -> None:
    for token in (None, gateway.token(0)):
        await bot.receipt("UNDELIVERABLE", "R1", token, to=BERT)
    assert await lines(bot) == []
    assert [row.receipt for row in await bot.sent()] == [None]


# Replies


async def test_a_reply_finds_the_message_the_state_and_the_flow_that_it_answers(bot: Bot) -> None:
    await bot.told("I take it", originalRequestId="R1")
    assert await lines(bot) == ["An offer | watch.offer 1"]


async def test_a_reply_to_an_earlier_message_finds_that_one(bot: Bot) -> None:
    await bot.told("next")
    await bot.told("I take the first", originalRequestId="R1")
    await bot.told("no, the second", originalRequestId="R2")
    assert await lines(bot) == ["An offer | watch.offer 1", "Another thing | watch.other 2"]


@pytest.mark.parametrize("original", [None, "", "R99", "I1"])
async def test_a_message_that_replies_to_nothing_that_we_know_says_so(bot: Bot, original: str | None) -> None:
    await bot.told("hm", originalRequestId=original)
    assert await lines(bot) == ["nothing"]


async def test_a_reply_to_a_message_of_somebody_else_is_no_reply(bot: Bot) -> None:
    await bot.told("hello", BERT)
    await bot.told("hm", originalRequestId="R2")
    assert await lines(bot) == ["nothing"]


# Polling


async def test_a_message_that_stays_open_is_asked_about(bot: Bot, gateway: Gateway) -> None:
    bot.clock.now += OPEN_FOR
    assert await bot.engine.poller.tick() == 0
    bot.clock.now += 1
    gateway.reports("DELIVERED", **IM)
    assert await bot.engine.poller.tick() == 1
    await bot.engine.drain()
    assert gateway.asked == ["R1"]
    assert await lines(bot) == ["DELIVERED VIBER"]
    bot.clock.now += OPEN_FOR + 1
    assert await bot.engine.poller.tick() == 0


async def test_a_message_whose_end_is_not_to_be_had_is_asked_about_again_later(bot: Bot, gateway: Gateway) -> None:
    bot.clock.now += OPEN_FOR + 1
    gateway.reports("BUFFERED")
    assert [await bot.engine.poller.tick() for _ in range(2)] == [1, 0]
    bot.clock.now += OPEN_FOR + 1
    assert await bot.engine.poller.tick() == 1
    assert gateway.asked == ["R1", "R1"]
