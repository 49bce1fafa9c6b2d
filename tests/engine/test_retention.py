"""What is over is deleted by the engine itself, once an hour, a small step at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.engine import retention
from chatbot.errors import StoreError
from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import text

# What the fixtures of conftest.py give.
Bot = Any
Clock = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA, BERT = "+491622943176", "+491622943177"
DAY, HOUR = 86_400.0, 3600.0


class Greet(Flow[None]):
    """One question."""

    ask = State("Your name?", initial=True)
    bye = State("Bye.", final=True)

    ask.on(text, to=bye)


async def one_pass(bot: Bot) -> int:
    """Let the engine look through all tables once, from now on; give how many rows it deleted."""
    deleted = 0
    for _ in range(100):
        deleted += await bot.engine.retention.tick()
    return deleted


async def count(bot: Bot, table: str) -> int:
    return len(await bot.rows(f"SELECT 1 FROM {table}"))


async def talked(bot: Bot) -> None:
    """Let Anna's conversation come to its end, with all its receipts, and Bert's stop in the middle."""
    for words in ("hello", "Anna"):
        await bot.told(words)
    await bot.receipt("DELIVERED", "R1")
    await bot.receipt("DELIVERED", "R2")
    await bot.told("hello", BERT)


async def test_what_was_over_long_enough_ago_is_gone_and_what_goes_on_stays(open_bot: OpenBot, clock: Clock) -> None:
    bot = await open_bot(Greet, keep_days=5)
    await talked(bot)
    clock.now += 5 * DAY
    assert await one_pass(bot) == 0
    clock.now += HOUR
    assert await one_pass(bot) > 0
    assert await bot.rows("SELECT contact, state FROM conversation") == [{"contact": BERT, "state": "ask"}]
    assert [row["contact"] for row in await bot.rows("SELECT contact FROM outbox")] == [BERT]
    assert await count(bot, "event") == await count(bot, "turn") == await count(bot, "receipt") == 0
    await bot.told("Bert", BERT)
    assert await bot.state(BERT) == "bye"


async def test_a_contact_whose_conversation_was_deleted_begins_anew(open_bot: OpenBot, clock: Clock) -> None:
    bot = await open_bot(Greet, keep_days=5)
    await talked(bot)
    clock.now += 6 * DAY
    await one_pass(bot)
    await bot.told("hello again")
    assert await bot.state() == "ask"


async def test_a_message_that_the_gateway_repeats_for_two_days_is_known_whatever_is_asked_for(
    open_bot: OpenBot, clock: Clock
) -> None:
    bot = await open_bot(Greet, keep_days=0)
    await bot.told("hello", requestId="M1")
    await bot.told("Anna", requestId="M2")
    clock.now += 2 * DAY
    await one_pass(bot)
    await bot.told("Anna", requestId="M2")
    assert len(await bot.sent()) == 2


async def test_a_pass_begins_once_an_hour(open_bot: OpenBot, clock: Clock) -> None:
    bot = await open_bot(Greet, keep_days=5)
    await one_pass(bot)
    await bot.store.write(lambda tx: tx.run("INSERT INTO quarantine (at, reason, body) VALUES (0, '', :b)", b=b"{"))
    clock.now += HOUR - 1
    assert await one_pass(bot) == 0
    clock.now += 1
    assert await one_pass(bot) == 1


async def test_a_clock_that_was_set_back_puts_nothing_off(open_bot: OpenBot, clock: Clock) -> None:
    bot = await open_bot(Greet, keep_days=5)
    await one_pass(bot)
    await bot.store.write(lambda tx: tx.run("INSERT INTO quarantine (at, reason, body) VALUES (0, '', :b)", b=b"{"))
    clock.now -= DAY
    assert await one_pass(bot) == 1


async def test_a_step_is_small(open_bot: OpenBot, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP", 3)
    bot = await open_bot(Greet, keep_days=5)
    for n in range(8):
        await bot.told("hello", f"+4916229432{n:02}")
    clock.now += 6 * DAY
    steps = [await bot.engine.retention.tick() for _ in range(20)]
    assert max(steps) == 3
    assert await count(bot, "event") == 0


async def test_a_step_that_the_store_could_not_take_is_taken_later(open_bot: OpenBot, clock: Clock) -> None:
    bot = await open_bot(Greet, keep_days=5)
    await talked(bot)
    clock.now += 6 * DAY
    await bot.run("ALTER TABLE turn RENAME TO elsewhere")
    while await bot.engine.retention.tick():
        pass  # the events go
    with pytest.raises(StoreError, match="no such table: turn"):
        await bot.engine.retention.tick()
    await bot.run("ALTER TABLE elsewhere RENAME TO turn")
    await one_pass(bot)
    assert await count(bot, "turn") == 0


async def test_an_engine_that_runs_does_it_in_the_background(
    open_bot: OpenBot, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await open_bot(Greet, keep_days=5)
    await talked(bot)
    clock.now += 6 * DAY
    done = asyncio.Event()
    tick = bot.engine.retention.tick

    async def watched() -> int:
        deleted: int = await tick()
        if deleted:
            done.set()
        return deleted

    monkeypatch.setattr(bot.engine.retention, "tick", watched)
    await bot.engine.start()
    await asyncio.wait_for(done.wait(), 60)


async def test_what_was_deleted_is_logged_once_a_pass(
    open_bot: OpenBot, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    bot = await open_bot(Greet, keep_days=5)
    await talked(bot)
    clock.now += 6 * DAY
    with caplog.at_level(logging.INFO, "chatbot.engine.retention"):
        await one_pass(bot)
        clock.now += HOUR
        await one_pass(bot)
    said = [record.getMessage() for record in caplog.records if record.name == "chatbot.engine.retention"]
    assert len(said) == 1
    assert "over 5 days ago" in said[0]
    assert "2 of outbox" in said[0]
