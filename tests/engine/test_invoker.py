"""A slow call runs outside its turn, is tried as often as was agreed, and its end comes back as an event."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chatbot import codec
from chatbot.engine import engine, invoker
from chatbot.engine.invoker import BEGUN, WIDTH, Permanent
from chatbot.errors import StoreError
from chatbot.flows.durations import seconds
from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import done, error, text
from chatbot.flows.turn import Turn

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA, BERT = "+491622943176", "+491622943177"


@dataclass
class Order:
    item: str = ""
    price: object = None


class Shop:
    """The service that is asked for prices; each call does what the next of ``script`` says."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.script: list[Callable[[], Awaitable[object]]] = []
        self.called = asyncio.Event()

    async def heard(self, calls: int) -> None:
        """Wait until so many calls were made in all."""
        async with asyncio.timeout(10):
            while len(self.calls) < calls:
                self.called.clear()
                await self.called.wait()

    async def ask(self, data: Order, key: str) -> object:
        self.calls.append((data.item, key))
        self.called.set()
        if not self.script:
            return "12.50"
        return await self.script.pop(0)()


SHOP = Shop()


@pytest.fixture
def shop() -> Shop:
    """The service, with an empty book."""
    SHOP.calls, SHOP.script, SHOP.called = [], [], asyncio.Event()
    return SHOP


async def quote(data: Order, key: str) -> object:
    return await SHOP.ask(data, key)


def keep_item(turn: Turn[Order]) -> None:
    turn.data.item = turn.text


def keep_price(turn: Turn[Order]) -> None:
    turn.data.price = turn.result


class Sale(Flow[Order]):
    """Asks a service for the price."""

    item = State("What?", initial=True)
    pricing = State(invoke=quote, within=seconds(5), retries=2)
    hasty = State(invoke=quote, within=seconds(0.01), retries=0)
    priced = State("{price}", final=True)
    failed = State(lambda turn: f"Sorry: {turn.error}", final=True)
    left = State("Bye", final=True)

    item.on(text("hasty"), to=hasty)
    item.on(text, do=keep_item, to=pricing)
    for asking in (pricing, hasty):
        asking.on(done, do=keep_price, to=priced)
        asking.on(error, to=failed)
        asking.on(text("leave"), to=left)
        asking.on(text, says="One moment.")


@pytest.fixture
async def bot(open_bot: OpenBot, shop: Shop) -> Bot:
    made = await open_bot(Sale)
    await made.told("hello")
    return made


def raising(problem: BaseException) -> Callable[[], Awaitable[object]]:
    async def fail() -> object:
        raise problem

    return fail


def giving(value: object) -> Callable[[], Awaitable[object]]:
    async def give() -> object:
        return value

    return give


async def hang() -> object:
    return await asyncio.Event().wait()


async def leave() -> object:
    sys.exit("the price service has enough")


async def give_up() -> object:
    task = asyncio.create_task(asyncio.Event().wait())
    task.cancel()
    return await task


async def test_the_result_comes_back_as_done(bot: Bot, gateway: Gateway, shop: Shop) -> None:
    await bot.told("van")
    assert [item for item, _ in shop.calls] == ["van"]
    assert gateway.texts() == ["What?", "12.50"]
    assert await bot.rows("SELECT * FROM invocation") == []


async def test_a_result_may_be_anything_that_json_holds(bot: Bot, shop: Shop) -> None:
    shop.script = [giving({"cents": [1250, None], "vat": True})]
    await bot.told("van")
    assert (await bot.where()).data == '{"item":"van","price":{"cents":[1250,null],"vat":true}}'


async def test_other_messages_are_answered_while_a_call_is_under_way(bot: Bot, gateway: Gateway, shop: Shop) -> None:
    answer = asyncio.Event()
    shop.script = [answer.wait]
    await bot.hears("van")
    await bot.engine.turn_lanes.idle()
    await bot.engine.tick()
    await bot.hears("hurry")
    await gateway.came(2)
    await bot.hears("hello", BERT)
    await gateway.came(3)
    assert gateway.texts(None) == ["What?", "One moment.", "What?"]
    answer.set()
    await bot.engine.drain()
    assert gateway.texts() == ["What?", "One moment.", "True"]
    assert len(shop.calls) == 1


async def test_a_call_that_fails_is_tried_again_after_a_growing_wait_and_then_fires_error(
    bot: Bot, gateway: Gateway, shop: Shop
) -> None:
    shop.script = [raising(LookupError(f"down {count}")) for count in (1, 2, 3)]
    await bot.told("van")
    for calls, wait in ((1, 2), (2, 4)):
        await bot.wait(wait - 0.01)
        assert len(shop.calls) == calls
        await bot.wait(0.01)
    assert len(shop.calls) == 3
    assert gateway.texts() == ["What?", "Sorry: LookupError: down 3"]


async def test_a_later_try_that_goes_well_fires_done_and_has_the_same_key(
    bot: Bot, gateway: Gateway, shop: Shop
) -> None:
    shop.script = [raising(OSError("down"))]
    await bot.told("van")
    await bot.wait(2)
    assert gateway.texts() == ["What?", "12.50"]
    assert len(shop.calls) == 2
    assert len({key for _, key in shop.calls}) == 1


async def test_no_two_calls_have_the_same_key(bot: Bot, shop: Shop) -> None:
    await bot.told("van")
    await bot.told("hello", BERT)
    await bot.told("van", BERT)
    await bot.told("once more")
    await bot.told("van")
    assert len({key for _, key in shop.calls}) == 3


async def test_a_failure_that_no_try_can_mend_fires_error_at_once(bot: Bot, gateway: Gateway, shop: Shop) -> None:
    shop.script = [raising(Permanent("no such item"))]
    await bot.told("van")
    assert len(shop.calls) == 1
    assert gateway.texts() == ["What?", "Sorry: Permanent: no such item"]


async def test_a_call_that_takes_too_long_is_cut_off(bot: Bot, gateway: Gateway, shop: Shop) -> None:
    shop.script = [hang]
    await bot.told("hasty")
    assert gateway.texts() == ["What?", "Sorry: timed out after 0.01 s"]


async def test_a_timeout_of_the_services_own_is_told_as_what_it_is(bot: Bot, gateway: Gateway, shop: Shop) -> None:
    shop.script = [raising(TimeoutError("the service was slow"))]
    await bot.told("hasty")
    assert gateway.texts() == ["What?", "Sorry: TimeoutError: the service was slow"]


class Mute(Exception):
    def __str__(self) -> str:
        raise LookupError


def as_deep_as_json_goes() -> list[Any]:
    """Nest lists until one more could not be written."""
    value: list[Any] = []
    while True:
        try:
            codec.dumps([value])
        except codec.CodecError:
            return value
        value = [value]


ENDS = {
    "sys.exit": leave,
    "cancelled": give_up,
    "no JSON": giving(object()),
    "JSON that nests as deep as it can": giving(as_deep_as_json_goes()),
    "half a surrogate pair": raising(ValueError("\ud83d")),
    "an error that cannot say why": raising(Mute()),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_however_a_call_ends_it_ends(
    bot: Bot, gateway: Gateway, shop: Shop, end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoker.log, "propagate", False)  # pytest-xdist does not take half a surrogate pair
    shop.script = [end]
    await bot.told("hasty")
    assert await bot.state() == "failed"


async def test_a_result_that_comes_after_the_state_was_left_is_dropped(bot: Bot, gateway: Gateway, shop: Shop) -> None:
    answer = asyncio.Event()
    shop.script = [answer.wait]
    await bot.hears("van")
    await bot.engine.turn_lanes.idle()
    await bot.engine.tick()
    await bot.hears("leave")
    await gateway.came(2)
    answer.set()
    await bot.engine.drain()
    assert gateway.texts() == ["What?", "Bye"]
    assert await bot.rows("SELECT * FROM event WHERE kind = 'result'") == []


async def test_a_call_that_the_end_of_the_process_cut_off_is_made_again_with_the_same_key(
    bot: Bot, gateway: Gateway, shop: Shop
) -> None:
    shop.script = [hang]
    await bot.hears("van")
    await bot.engine.turn_lanes.idle()
    await bot.engine.send_lanes.idle()
    await bot.engine.tick()
    await asyncio.wait_for(shop.called.wait(), 60)
    await bot.crash()
    await bot.engine.drain()
    assert gateway.texts() == ["What?", "12.50"]
    assert len(shop.calls) == 2
    assert len({key for _, key in shop.calls}) == 1


async def test_stopping_lets_go_of_calls_even_of_one_that_does_not_let_go(
    bot: Bot, gateway: Gateway, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resist() -> object:
        try:
            return await hang()
        except asyncio.CancelledError:
            return await hang()

    monkeypatch.setattr(engine, "LET_GO_WITHIN", 0.01)
    shop.script = [resist]
    await bot.hears("van")
    await bot.engine.turn_lanes.idle()
    await bot.engine.tick()
    await asyncio.wait_for(shop.called.wait(), 60)
    async with asyncio.timeout(60):
        await bot.engine.stop()
    assert await bot.rows("SELECT status FROM invocation") == [{"status": "running"}]
    await bot.crash()
    await bot.engine.drain()
    assert gateway.texts() == ["What?", "12.50"]


async def test_a_call_that_ends_the_process_each_time_is_not_made_for_ever(
    bot: Bot, gateway: Gateway, shop: Shop
) -> None:
    shop.script = [hang] * 10
    await bot.hears("van")
    await bot.engine.turn_lanes.idle()
    await bot.engine.send_lanes.idle()
    await bot.engine.tick()
    for number in range(BEGUN):
        await shop.heard(number + 1)
        await bot.crash()
        await bot.engine.tick()
    await bot.engine.drain()
    assert gateway.texts() == ["What?", "Sorry: the process ended each time it ran"]
    assert len(shop.calls) == BEGUN


async def test_calls_that_the_end_of_the_process_cut_off_are_made_again_one_by_one_and_others_beside_them(
    bot: Bot, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    suspects = [f"+4916229431{number:02}" for number in range(10)]
    shop.script = [hang for _ in suspects]
    for words in ("hello", "van"):
        for contact in suspects:
            await bot.hears(words, contact)
    await bot.engine.turn_lanes.idle()
    await bot.engine.tick()
    await shop.heard(len(suspects))
    answers = [asyncio.Event() for _ in suspects]
    shop.script = [answer.wait for answer in answers]
    await bot.crash()
    await bot.engine.tick()
    await shop.heard(len(suspects) + 1)
    shop.script.insert(0, giving("12.50"))
    for words in ("hello", "van"):
        await bot.hears(words, BERT)
    await bot.engine.turn_lanes.idle()
    await bot.engine.tick()
    await shop.heard(len(suspects) + 2)
    for number, answer in enumerate(answers, 1):
        while len(shop.calls) < len(suspects) + 1 + number:
            await bot.engine.tick()
        assert (await tries(bot))[: len(suspects) - number + 1] == [2] + [1] * (len(suspects) - number)
        answer.set()
    await bot.engine.drain()
    assert {await bot.state(contact) for contact in (*suspects, BERT)} == {"priced"}
    assert "quote for +4916…00 (call 1) was under way when the process ended" in caplog.text


async def test_calls_that_the_end_of_the_process_cut_off_are_made_again_after_a_trouble_of_the_store(
    bot: Bot, gateway: Gateway, shop: Shop
) -> None:
    shop.script = [hang]
    await bot.hears("van")
    await bot.engine.turn_lanes.idle()
    await bot.engine.tick()
    await shop.heard(1)
    await bot.crash()
    await bot.run("CREATE TRIGGER full BEFORE UPDATE ON invocation BEGIN SELECT raise(ROLLBACK, 'disk full'); END")
    with pytest.raises(StoreError):
        await bot.engine.tick()
    await bot.run("DROP TRIGGER full")
    await bot.engine.drain()
    assert gateway.texts() == ["What?", "12.50"]


async def tries(bot: Bot) -> list[int]:
    return [row["attempts"] for row in await bot.rows("SELECT attempts FROM invocation ORDER BY id")]


async def test_a_restart_in_good_order_is_no_try(bot: Bot, gateway: Gateway, shop: Shop) -> None:
    shop.script = [hang] * 5
    await bot.hears("van")
    await bot.engine.turn_lanes.idle()
    for number in range(5):
        await bot.engine.tick()
        await shop.heard(number + 1)
        await bot.engine.stop()
        assert await tries(bot) == [0]
        await bot.crash()
    await bot.engine.drain()
    assert gateway.texts() == ["What?", "12.50"]


async def test_a_result_that_the_store_cannot_take_is_kept_until_it_can(bot: Bot, gateway: Gateway, shop: Shop) -> None:
    await bot.run("CREATE TRIGGER full BEFORE DELETE ON invocation BEGIN SELECT raise(ABORT, 'disk full'); END")
    await bot.told("van")
    assert await bot.state() == "pricing"
    await bot.run("DROP TRIGGER full")
    await bot.engine.drain()
    assert gateway.texts() == ["What?", "12.50"]
    assert len(shop.calls) == 1


async def test_only_so_many_calls_run_at_a_time_and_the_others_follow(open_bot: OpenBot, shop: Shop) -> None:
    bot = await open_bot(Sale)
    contacts = [f"+4916229{number:05}" for number in range(WIDTH + 6)]
    answer = asyncio.Event()
    shop.script = [answer.wait for _ in contacts]
    for contact in contacts:
        await bot.hears("hello", contact)
        await bot.hears("van", contact)
    await bot.engine.turn_lanes.idle()
    for _ in range(3):
        await bot.engine.tick()
        await asyncio.sleep(0)
    assert len(shop.calls) == WIDTH
    answer.set()
    await bot.engine.drain()
    assert len(shop.calls) == len(contacts)
    assert {await bot.state(contact) for contact in contacts} == {"priced"}
