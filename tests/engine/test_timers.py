"""A timer is on disk, runs from when its prompt was sent, fires once, and is gone with the state that set it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.engine.engine import BATCH
from chatbot.flows.durations import minutes, seconds
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import every, text, timeout
from chatbot.store.protocol import Tx

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ACCOUNT, ANNA, BERT = "customer_account", "+491622943176", "+491622943177"


class Patience(Flow[NoData]):
    """Waits for half an hour, and then for ever."""

    asked = State("Well?", initial=True, timeout=minutes(30))
    silent = State(timeout=seconds(10))
    gone = State("Too late.")

    asked.on(text("silence"), to=silent)
    asked.on(text("again"), to=asked)
    asked.on(text("stay"), says="I wait.")
    asked.on(text, to=gone)
    asked.on(timeout, to=gone)
    silent.on(timeout, to=gone)
    gone.on(text, to=asked)


class Nagging(Flow[NoData]):
    """Reminds three times."""

    asked = State("Well?", initial=True)
    asked.on(every(minutes(10), times=3), says="Are you there?")
    asked.on(text, says="Thanks.")


@pytest.fixture
async def bot(open_bot: OpenBot) -> Bot:
    return await open_bot(Patience)


async def test_a_timer_fires_when_it_is_due_and_only_once(bot: Bot, gateway: Gateway) -> None:
    await bot.told("hello")
    await bot.wait(1799.99)
    assert await bot.state() == "asked"
    await bot.wait(0.01)
    assert await bot.state() == "gone"
    await bot.wait(86_400)
    assert gateway.texts() == ["Well?", "Too late."]
    assert await bot.rows("SELECT count(*) AS n FROM event WHERE kind = 'timeout'") == [{"n": 1}]


async def test_a_timer_outlives_the_process(bot: Bot, gateway: Gateway) -> None:
    await bot.told("hello")
    await bot.crash()
    await bot.wait(1799)
    assert await bot.state() == "asked"
    await bot.crash()
    await bot.wait(1)
    assert await bot.state() == "gone"


async def test_a_timer_that_became_due_while_nobody_was_there_fires_at_the_next_start(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.told("hello")
    bot.clock.now += 86_400
    await bot.crash()
    await bot.engine.drain()
    assert gateway.texts() == ["Well?", "Too late."]


async def test_a_timer_runs_from_when_its_prompt_was_sent(bot: Bot, gateway: Gateway) -> None:
    gateway.answers(503, "", "Retry-After: 600")
    await bot.told("hello")
    await bot.wait(600)
    assert gateway.texts() == ["Well?", "Well?"]
    await bot.wait(1799)
    assert await bot.state() == "asked"
    await bot.wait(1)
    assert await bot.state() == "gone"


@pytest.mark.parametrize("outcome", ["unknown", "failed"])
async def test_a_timer_runs_also_when_its_prompt_did_not_arrive(bot: Bot, gateway: Gateway, outcome: str) -> None:
    if outcome == "unknown":
        gateway.breaks_off()
    else:
        gateway.answers(400, "Message is empty.")
    await bot.told("hello")
    await bot.wait(30)
    assert await bot.statuses() == [outcome]
    await bot.wait(1800)
    assert await bot.state() == "gone"


async def test_a_timer_of_a_state_that_says_nothing_runs_from_its_turn(bot: Bot) -> None:
    await bot.told("hello")
    await bot.told("silence")
    await bot.wait(9.99)
    assert await bot.state() == "silent"
    await bot.wait(0.01)
    assert await bot.state() == "gone"


async def test_leaving_the_state_takes_its_timer_with_it(bot: Bot, gateway: Gateway) -> None:
    await bot.told("hello")
    await bot.told("here I am")
    assert await bot.rows("SELECT * FROM timer") == []
    await bot.wait(1800)
    assert gateway.texts() == ["Well?", "Too late."]


async def test_a_message_that_leaves_where_it_is_leaves_the_timer_as_it_is(bot: Bot) -> None:
    await bot.told("hello")
    await bot.wait(1000)
    await bot.told("stay")
    await bot.wait(799)
    assert await bot.state() == "asked"
    await bot.wait(1)
    assert await bot.state() == "gone"


async def test_entering_a_state_again_starts_its_timer_anew(bot: Bot) -> None:
    await bot.told("hello")
    await bot.wait(1000)
    await bot.told("again")
    await bot.wait(1799)
    assert await bot.state() == "asked"
    await bot.wait(1)
    assert await bot.state() == "gone"


async def test_a_timer_that_has_fired_behind_a_message_finds_its_state_left_and_does_nothing(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.told("hello")
    bot.clock.now += 1800
    await bot.engine.turn_lanes.stop()
    await bot.hears("just in time")
    await bot.engine.tick()  # the timer becomes an event, behind the message
    await bot.crash()
    await bot.engine.drain()
    assert gateway.texts() == ["Well?", "Too late."]
    assert await bot.rows("SELECT kind, status FROM event ORDER BY id") == [
        {"kind": "message", "status": "done"},
        {"kind": "message", "status": "done"},
        {"kind": "timeout", "status": "done"},
    ]
    assert await bot.state() == "gone"


async def test_reminders_come_as_often_as_was_said_and_stop_when_the_state_is_left(
    open_bot: OpenBot, gateway: Gateway
) -> None:
    bot = await open_bot(Nagging)
    await bot.told("hello")
    for _ in range(5):
        await bot.wait(600)
    assert gateway.texts() == ["Well?"] + ["Are you there?"] * 3


async def flood(bot: Bot, many: int) -> None:
    """Have so many contacts where Bert is, their timers long overdue."""

    def pour(tx: Tx) -> None:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) "
        contact = "'+4917' || (10000000 + i)"
        tx.run(
            numbers + "INSERT INTO conversation (contact, account, flow, state, data, fingerprint, visit, history, "
            f"progress, suspended, final, version, updated_at) SELECT {contact}, account, flow, state, data, "
            "fingerprint, visit, history, progress, suspended, final, version, updated_at FROM n, conversation",
            many=many,
        )
        tx.run(
            numbers + "INSERT INTO timer (contact, account, flow, state, visit, name, delay, due) "
            f"SELECT {contact}, account, flow, state, visit, name, delay, due - 10000 FROM n, timer",
            many=many,
        )

    await bot.store.write(pour)


async def count(bot: Bot, what: str) -> int:
    return int((await bot.rows(f"SELECT count(*) AS n FROM {what}"))[0]["n"])


async def test_ten_thousand_overdue_timers_do_not_hold_up_a_new_message(bot: Bot, gateway: Gateway) -> None:
    await bot.told("hello", BERT)
    await flood(bot, 10_000)
    for _ in range(3):
        await bot.engine.tick()
    before = await count(bot, "turn")
    await bot.hears("good day")
    while gateway.texts() != ["Well?"]:
        await bot.engine.tick()
        await bot.engine.turn_lanes.idle()
        await bot.engine.send_lanes.idle()
    assert await count(bot, "turn") - before <= 3 * BATCH
    assert await count(bot, "timer WHERE contact LIKE '+4917%'") > 5000


async def test_timers_wait_while_what_others_have_said_is_not_sent(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Patience, send_lanes=2)
    await bot.told("hello", BERT)
    await flood(bot, 2000)
    slow = [gateway.hesitates(), gateway.hesitates()]
    for _ in range(10):
        await bot.engine.tick()
        await bot.engine.turn_lanes.idle()
    assert BATCH <= await count(bot, "outbox") <= 3 * BATCH
    for one in slow:
        one.set()
