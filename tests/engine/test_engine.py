"""The parts together: running in the background, stopping, starting again, and telling what is due next."""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.engine import engine
from chatbot.flows.durations import minutes
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text, timeout
from chatbot.flows.turn import Turn

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA, BERT = "+491622943176", "+491622943177"


def count(turn: Turn[NoData]) -> list[str]:
    return [f"{turn.text} {number}" for number in (1, 2, 3)]


class Echo(Flow[NoData]):
    ear = State("Hello", initial=True, timeout=minutes(10))
    silent = State("Bye", final=True)
    ear.on(text("count"), says=count)
    ear.on(text, says=lambda turn: turn.text)
    ear.on(timeout, to=silent)


@pytest.fixture
async def bot(open_bot: OpenBot) -> Bot:
    return await open_bot(Echo)


async def test_in_the_background_everything_that_is_due_is_done(bot: Bot, gateway: Gateway) -> None:
    await bot.engine.start()
    await bot.hears("hi")
    await gateway.came(1)
    await bot.engine.send_lanes.idle()
    bot.clock.now += 600
    await gateway.came(2)
    assert gateway.texts() == ["Hello", "Bye"]


async def test_a_message_that_another_process_has_stored_is_found(bot: Bot, gateway: Gateway) -> None:
    other = bot.make(bot.catalogue)
    other.intake.wakes = lambda _: None
    await other.intake.start(ANNA, "customer_account", "echo", {}, "campaign 1")
    await bot.engine.tick()
    await gateway.came(1)
    assert gateway.texts() == ["Hello"]


async def test_stopping_finishes_the_post_under_way_and_leaves_the_rest_for_the_next_start(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.engine.start()
    await bot.hears("hi")
    await gateway.came(1)
    go_on = gateway.hesitates()
    await bot.hears("count")
    await gateway.came(2)
    stopping = asyncio.create_task(bot.engine.stop())
    await bot.hears("too late")
    go_on.set()
    await stopping
    assert gateway.texts() == ["Hello", "count 1"]
    assert await bot.statuses() == ["accepted", "accepted", "waiting", "waiting"]
    await bot.crash()
    await bot.engine.drain()
    assert gateway.texts() == ["Hello", "count 1", "count 2", "count 3", "too late"]


async def test_stopping_does_not_wait_for_a_gateway_that_does_not_answer(bot: Bot, gateway: Gateway) -> None:
    gateway.hesitates()
    await bot.hears("hi")
    await gateway.came(1)
    await bot.engine.stop(within=0)
    assert await bot.statuses() == ["sending"]
    await bot.crash()
    assert await bot.statuses() == ["ambiguous"]
    await bot.wait(30)
    assert await bot.statuses() == ["unknown"]
    assert gateway.texts() == ["Hello"]


async def test_stopping_does_not_wait_for_the_rate(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Echo, rate=0.01)
    await bot.hears("hi")
    await bot.hears("hi", BERT)
    await bot.engine.turn_lanes.idle()
    async with asyncio.timeout(60):
        await bot.engine.stop()
    assert set(await bot.statuses() + await bot.statuses(BERT)) <= {"accepted", "waiting"}


async def test_stopping_writes_down_the_answer_that_the_store_could_not_take_before(bot: Bot, gateway: Gateway) -> None:
    await bot.run("CREATE TRIGGER no BEFORE UPDATE OF request_id ON outbox BEGIN SELECT raise(ABORT, 'no'); END")
    await bot.hears("hi")
    await gateway.came(1)
    await bot.engine.send_lanes.idle()
    assert await bot.statuses() == ["sending"]
    await bot.run("DROP TRIGGER no")
    await bot.engine.stop()
    assert await bot.statuses() == ["accepted"]


async def test_a_store_in_trouble_is_logged_and_looked_at_again(
    bot: Bot, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine, "TICK", 0.001)
    looks = asyncio.Semaphore(0)
    complain = bot.engine.complaints.make

    def make(*said: Any) -> None:
        complain(*said)
        looks.release()

    monkeypatch.setattr(bot.engine.complaints, "make", make)
    await bot.engine.start()
    await bot.run("ALTER TABLE timer RENAME TO lost")
    async with asyncio.timeout(60):
        for _ in range(5):
            await looks.acquire()
    await bot.run("ALTER TABLE lost RENAME TO timer")
    assert caplog.text.count("the store is in trouble: the database refused: no such table: timer") == 1
    await bot.hears("hi")
    await gateway.came(1)
    await bot.engine.send_lanes.idle()
    bot.clock.now += 600
    await gateway.came(2)


@pytest.mark.parametrize("is_started", [True, False])
async def test_the_one_timer_of_faulthandler_is_left_to_others_before_the_start_and_after_the_end(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, is_started: bool
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(faulthandler, "dump_traceback_later", lambda *_, **__: calls.append("set"))
    monkeypatch.setattr(faulthandler, "cancel_dump_traceback_later", lambda: calls.append("cancelled"))
    if is_started:
        await bot.engine.start()
    await bot.engine.stop()
    await bot.engine.stop()
    assert calls[-1:] == (["cancelled"] if is_started else [])
    assert calls.count("cancelled") <= 1


async def test_it_tells_when_there_is_next_something_to_do(bot: Bot, gateway: Gateway) -> None:
    assert await bot.engine.next_due() is None
    gateway.answers(503)
    await bot.told("hi")
    assert await bot.engine.next_due() == bot.clock() + 1
    await bot.wait(1)
    assert await bot.engine.next_due() == bot.clock() + 600
    await bot.wait(600)
    assert await bot.engine.next_due() is None
