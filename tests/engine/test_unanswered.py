"""A message that was written and not answered: news of it is waited for; it is not lost in silence, nor doubled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text
from chatbot.flows.turn import Turn
from chatbot.store import outbox

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA, BERT = "+491622943176", "+491622943177"
EVIDENCE = 30.0
"""Promised: so long is news of an unanswered message waited for."""


def count(turn: Turn[NoData]) -> list[str]:
    return [f"{turn.text} {number}" for number in (1, 2, 3)]


class Echo(Flow[NoData]):
    """Says what it hears; ``count`` three times."""

    ear = State("Hello", initial=True)
    ear.on(text("count"), says=count)
    ear.on(text, says=lambda turn: turn.text)


@pytest.fixture
async def open_greeted(open_bot: OpenBot, gateway: Gateway) -> OpenBot:
    """Makes a bot that has greeted Anna and Bert, so that what they say next is echoed."""

    async def open_one(**settings: Any) -> Bot:
        bot = await open_bot(Echo, **settings)
        for contact in (ANNA, BERT):
            await bot.told("hi", contact)
        gateway.posts.clear()
        return bot

    return open_one


@pytest.fixture
async def bot(open_greeted: OpenBot) -> Bot:
    return await open_greeted()


@pytest.fixture(params=["reset", "502", "504", "unreadable"])
def lose(request: pytest.FixtureRequest, gateway: Gateway) -> Callable[[], None]:
    """Lets the answer to the next POST be lost."""
    ways: dict[str, Callable[[], None]] = {
        "reset": gateway.breaks_off,
        "502": lambda: gateway.answers(502),
        "504": lambda: gateway.answers(504),
        "unreadable": gateway.babbles,
    }
    return ways[request.param]


async def test_an_unanswered_message_waits_for_news_then_counts_as_unknown_and_the_next_goes_on(
    bot: Bot, gateway: Gateway, lose: Callable[[], None]
) -> None:
    lose()
    await bot.told("count")
    assert await bot.statuses() == ["accepted", "ambiguous", "waiting", "waiting"]
    await bot.wait(EVIDENCE - 0.01)
    assert gateway.texts() == ["count 1"]
    await bot.wait(0.01)
    assert gateway.texts() == ["count 1", "count 2", "count 3"]
    assert await bot.statuses() == ["accepted", "unknown", "accepted", "accepted"]


async def test_an_unanswered_message_holds_up_nobody_else(bot: Bot, gateway: Gateway) -> None:
    gateway.breaks_off()
    await bot.told("a")
    await bot.told("b", BERT)
    assert gateway.texts(BERT) == ["b"]


async def test_who_prefers_doubles_to_gaps_has_an_unanswered_message_sent_again(
    open_greeted: OpenBot, gateway: Gateway
) -> None:
    bot = await open_greeted(resend_ambiguous=True)
    gateway.breaks_off()
    await bot.told("count")
    await bot.wait(EVIDENCE - 0.01)
    assert gateway.texts() == ["count 1"]
    await bot.wait(0.01)
    assert gateway.texts() == ["count 1", "count 1", "count 2", "count 3"]


async def test_what_was_being_sent_when_the_process_ended_counts_as_unanswered(bot: Bot, gateway: Gateway) -> None:
    gateway.hesitates()
    await bot.hears("count")
    await gateway.came(1)
    await bot.crash()
    await bot.engine.drain()
    assert await bot.statuses() == ["accepted", "ambiguous", "waiting", "waiting"]
    await bot.wait(EVIDENCE)
    assert gateway.texts() == ["count 1", "count 2", "count 3"]
    assert await bot.statuses() == ["accepted", "unknown", "accepted", "accepted"]


async def test_a_receipt_with_the_messages_token_proves_that_it_was_accepted(
    bot: Bot, gateway: Gateway, lose: Callable[[], None]
) -> None:
    lose()
    await bot.told("count")
    await bot.receipt("DELIVERED", "X1", gateway.token(0))
    assert gateway.texts() == ["count 1", "count 2", "count 3"]
    first = (await bot.sent())[1]
    assert (first.status, first.request_id, first.receipt) == ("accepted", "X1", "DELIVERED")
    await bot.wait(EVIDENCE)
    assert await bot.statuses() == ["accepted"] * 4


async def test_a_reply_to_it_proves_that_an_unanswered_message_was_accepted(
    bot: Bot, gateway: Gateway, lose: Callable[[], None]
) -> None:
    lose()
    await bot.told("count")
    await bot.told("thanks", originalRequestId="X1")
    assert gateway.texts() == ["count 1", "count 2", "count 3", "thanks"]
    first = (await bot.sent())[1]
    assert (first.status, first.request_id) == ("accepted", "X1")


async def test_a_proof_that_comes_late_makes_an_unknown_message_accepted(bot: Bot, gateway: Gateway) -> None:
    gateway.breaks_off()
    await bot.told("a")
    await bot.wait(EVIDENCE)
    await bot.receipt("DELIVERED", "X1", gateway.token(0))
    assert await bot.statuses() == ["accepted", "accepted"]
    assert gateway.texts() == ["a"]


@pytest.mark.parametrize("proof", ["receipt", "reply"])
@pytest.mark.parametrize("resends", [False, True], ids=["after a 503", "before it is sent again"])
async def test_a_proof_that_comes_while_a_message_waits_for_its_next_try_saves_that_try(
    open_greeted: OpenBot, gateway: Gateway, proof: str, resends: bool
) -> None:
    bot = await open_greeted(resend_ambiguous=resends)
    if resends:
        gateway.breaks_off()
        await bot.told("count")
        bot.clock.now += EVIDENCE
        await bot.store.write(outbox.settle, bot.clock(), True)
    else:
        gateway.answers(503)
        await bot.told("count")
    assert (await bot.statuses())[1] == "waiting"
    if proof == "receipt":
        await bot.receipt("DELIVERED", "X1", gateway.token(0))
    else:
        await bot.told("thanks", originalRequestId="X1")
    await bot.wait(EVIDENCE)
    assert gateway.texts()[:3] == ["count 1", "count 2", "count 3"]
    first = (await bot.sent())[1]
    assert (first.status, first.request_id) == ("accepted", "X1")


async def test_a_token_is_no_proof_for_a_message_that_was_never_posted(bot: Bot, gateway: Gateway) -> None:
    gateway.breaks_off()
    await bot.told("count")
    second = (await bot.sent())[2]
    await bot.receipt("DELIVERED", "X1", bot.engine.tokens.sign(second.id))
    assert await bot.statuses() == ["accepted", "ambiguous", "waiting", "waiting"]


# The store in trouble


async def test_what_the_store_could_not_take_is_written_when_it_can(bot: Bot, gateway: Gateway) -> None:
    await bot.run(
        "CREATE TRIGGER full BEFORE UPDATE ON outbox WHEN new.status <> 'sending' "
        "BEGIN SELECT raise(ABORT, 'disk full'); END"
    )
    await bot.hears("count")
    await gateway.came(1)
    await bot.engine.send_lanes.idle()
    assert await bot.statuses() == ["accepted", "sending", "waiting", "waiting"]
    await bot.run("DROP TRIGGER full")
    await bot.engine.drain()
    assert gateway.texts() == ["count 1", "count 2", "count 3"]
    assert [row.request_id for row in (await bot.sent())[1:]] == ["R1", "R2", "R3"]
