"""A turn is kept whole or not at all, and an event that no try can handle harms nobody else."""

from __future__ import annotations

import logging
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatbot.engine import turns
from chatbot.engine.turns import REST
from chatbot.errors import StoreError
from chatbot.flows.durations import minutes
from chatbot.flows.flow import APOLOGY, Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import delivered, done, error, text, timeout
from chatbot.flows.turn import Turn
from chatbot.messages import Message
from chatbot.store import inbox

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA, BERT = "+491622943176", "+491622943177"


@dataclass
class Note:
    words: str = ""


def raise_it(_: Turn[Note]) -> Any:
    raise LookupError("the flow is broken")


def leave(_: Turn[Note]) -> None:
    sys.exit("the flow has enough")


def say_what_viber_refuses(turn: Turn[Note]) -> None:
    turn.reply(Message("text and image", image="https://example.org/van.jpg"))


def keep_what_is_no_json(turn: Turn[Note]) -> None:
    turn.data.words = object()  # type: ignore[assignment]


def say_what_no_database_takes(_: Turn[Note]) -> None:
    raise ValueError("half a surrogate pair: \ud83d")


def raise_what_cannot_be_said(_: Turn[Note]) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise LookupError

    raise Mute


class Trouble:
    """What goes wrong in an action, until a person mends it."""

    strikes: Callable[[Turn[Note]], None] | None = None


def act(turn: Turn[Note]) -> None:
    turn.data.words = turn.text
    turn.reply("I say this first")
    if Trouble.strikes is not None:
        Trouble.strikes(turn)


async def look_up(_: Note) -> str:
    return "found"


class Diary(Flow[Note], apology="Sorry, my pen is broken."):
    """Writes down what it hears; ``act`` may go wrong."""

    waiting = State("Dear diary", initial=True, timeout=minutes(60))
    wrote = State("I wrote {words}", timeout=minutes(30))
    looked = State(invoke=look_up, timeout=minutes(5))

    waiting.on(text("act"), do=act, to=wrote)
    waiting.on(text("look"), do=act, to=looked)
    waiting.on(text, says="Yes?")
    waiting.on(timeout, do=act, to=wrote)
    waiting.on(delivered, do=act)
    looked.on(done, do=act, to=wrote)
    looked.on(error, to=waiting)


TABLES = ("conversation", "turn", "outbox", "timer", "invocation", "receipt")


async def everything(bot: Bot) -> dict[str, list[dict[str, Any]]]:
    """Read every table that a turn may change, but the events."""
    return {table: await bot.rows(f"SELECT * FROM {table} ORDER BY rowid") for table in TABLES}


@pytest.fixture
async def bot(open_bot: OpenBot) -> Bot:
    made = await open_bot(Diary)
    await made.told("hello")
    return made


@pytest.fixture(params=[raise_it, leave, say_what_viber_refuses, keep_what_is_no_json, raise_what_cannot_be_said])
def trouble(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way in which a turn goes wrong."""
    monkeypatch.setattr(Trouble, "strikes", staticmethod(request.param))


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trouble, "strikes", staticmethod(raise_it))


# All or nothing


@pytest.mark.parametrize("words", ["act", "look"])
async def test_an_action_that_goes_wrong_after_a_reply_leaves_no_trace(bot: Bot, trouble: None, words: str) -> None:
    before = await everything(bot)
    await bot.told(words)
    assert await everything(bot) == before


async def test_a_turn_that_goes_well_is_kept_whole(bot: Bot, gateway: Gateway) -> None:
    await bot.told("act")
    here = await bot.where()
    assert (here.state, here.data, here.version) == ("wrote", '{"words":"act"}', 2)
    assert gateway.texts() == ["Dear diary", "I say this first", "I wrote act"]
    assert [timer["state"] for timer in await bot.rows("SELECT state FROM timer")] == ["wrote"]
    assert [turn["after"] for turn in await bot.rows("SELECT after FROM turn ORDER BY id")] == ["waiting", "wrote"]


# SQLite gives up the whole transaction at a ROLLBACK, as it may when the disk is full, and one piece of it at an ABORT.
FULL = "CREATE TRIGGER {0} BEFORE {1} BEGIN SELECT raise(ROLLBACK, 'disk full'); END"
NO = "CREATE TRIGGER {0} BEFORE {1} BEGIN SELECT raise(ABORT, 'no'); END"


async def test_a_turn_that_a_store_in_trouble_cannot_keep_leaves_no_trace_and_is_made_when_it_can(bot: Bot) -> None:
    before = await everything(bot)
    await bot.run(FULL.format("turns", "INSERT ON turn"))
    await bot.hears("act")
    for _ in range(5):
        await bot.engine.turn_lanes.idle()
        assert await tries(bot) == 0
        bot.clock.now += REST
        await bot.engine.tick()
    await bot.engine.turn_lanes.idle()
    assert await everything(bot) == before
    await bot.run("DROP TRIGGER turns")
    await bot.wait(REST - 0.01)
    assert await bot.state() == "waiting"
    await bot.wait(0.01)
    assert await bot.state() == "wrote"


async def test_a_trouble_of_the_store_is_no_try_even_if_that_cannot_be_written_down_at_once(bot: Bot) -> None:
    await bot.run(FULL.format("turns", "INSERT ON turn"))
    await bot.run(FULL.format("waits", "UPDATE OF not_before ON event"))
    await bot.hears("act")
    for _ in range(5):
        await bot.engine.turn_lanes.idle()
        with pytest.raises(StoreError):
            await bot.engine.tick()
        bot.engine.turn_lanes.wake(ANNA)
    await bot.engine.turn_lanes.idle()
    assert await tries(bot) == 1
    await bot.run("DROP TRIGGER turns")
    await bot.run("DROP TRIGGER waits")
    await bot.wait(REST)
    assert await bot.state() == "wrote"
    assert await tries(bot) == 1


async def test_a_turn_that_the_store_refuses_each_time_is_set_aside_like_one_that_fails(
    bot: Bot, gateway: Gateway
) -> None:
    before = await everything(bot)
    await bot.run(NO.format("turns", "INSERT ON turn"))
    await bot.told("act")
    await bot.wait(1)
    assert await everything(bot) == before
    await bot.wait(10)
    (given_up,) = await bot.store.read(inbox.aside, 10)
    assert given_up.error.startswith("Traceback")
    assert gateway.texts() == ["Dear diary", "Sorry, my pen is broken."]


# Poison


async def test_an_event_is_tried_three_times_and_then_set_aside_with_its_traceback_and_an_apology(
    bot: Bot, gateway: Gateway, trouble: None, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.told("act")
    await bot.wait(0.99)
    assert await tries(bot) == 1
    await bot.wait(0.01)
    await bot.wait(9.99)
    assert await tries(bot) == 2
    assert await bot.store.read(inbox.aside, 10) == []
    assert gateway.texts() == ["Dear diary"]
    await bot.wait(0.01)
    (given_up,) = await bot.store.read(inbox.aside, 10)
    assert given_up.event.attempts == 3
    assert given_up.error.startswith("Traceback")
    assert Path(__file__).name in given_up.error or "codec" in given_up.error
    assert gateway.texts() == ["Dear diary", "Sorry, my pen is broken."]
    assert (await bot.where()).version == 1
    assert "chatbot retry" in " ".join(one.getMessage() for one in caplog.records if one.levelno == logging.ERROR)
    await bot.wait(3600 * 24)
    assert await tries(bot) == 3


async def test_an_error_that_no_database_takes_as_it_is_is_kept_all_the_same(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns.log, "propagate", False)  # pytest-xdist does not take it either
    monkeypatch.setattr(Trouble, "strikes", staticmethod(say_what_no_database_takes))
    await bot.told("act")
    await bot.wait(1)
    await bot.wait(10)
    (given_up,) = await bot.store.read(inbox.aside, 10)
    assert given_up.error.endswith("ValueError: half a surrogate pair: \\ud83d\n")


async def tries(bot: Bot) -> int:
    return int((await bot.rows("SELECT attempts FROM event WHERE payload LIKE '%\"act\"%'"))[0]["attempts"])


async def test_later_messages_wait_behind_a_failing_one_and_go_on_when_it_is_set_aside(
    bot: Bot, gateway: Gateway, broken: None
) -> None:
    await bot.told("act")
    await bot.told("are you there?")
    await bot.wait(1)
    assert gateway.texts() == ["Dear diary"]
    await bot.wait(10)
    assert gateway.texts() == ["Dear diary", "Sorry, my pen is broken.", "Yes?"]


async def test_a_failing_event_holds_up_no_other_contact(bot: Bot, gateway: Gateway, broken: None) -> None:
    await bot.told("act")
    await bot.told("hello", BERT)
    assert gateway.texts(BERT) == ["Dear diary"]


async def test_an_event_that_was_set_aside_is_run_again_after_the_flow_was_mended(
    bot: Bot, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trouble, "strikes", staticmethod(raise_it))
    await bot.told("act")
    await bot.wait(1)
    await bot.wait(10)
    monkeypatch.setattr(Trouble, "strikes", None)
    (given_up,) = await bot.store.read(inbox.aside, 10)
    assert await bot.store.write(inbox.retry, given_up.event.id, bot.clock())
    await bot.engine.drain()
    assert gateway.texts()[2:] == ["I say this first", "I wrote act"]
    assert await bot.state() == "wrote"


async def test_whoever_waits_for_a_failing_timer_gets_the_apology_too(bot: Bot, gateway: Gateway, broken: None) -> None:
    await bot.wait(3600)
    await bot.wait(1)
    await bot.wait(10)
    assert [one.event.kind for one in await bot.store.read(inbox.aside, 10)] == ["timeout"]
    assert gateway.texts() == ["Dear diary", "Sorry, my pen is broken."]
    assert await bot.state() == "waiting"


async def test_whoever_waits_for_a_failing_slow_call_gets_the_apology_too(
    bot: Bot, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.hears("look")
    await bot.engine.turn_lanes.idle()
    monkeypatch.setattr(Trouble, "strikes", staticmethod(raise_it))
    await bot.engine.drain()
    await bot.wait(1)
    await bot.wait(10)
    assert [one.event.kind for one in await bot.store.read(inbox.aside, 10)] == ["result"]
    assert gateway.texts()[-1] == "Sorry, my pen is broken."
    assert await bot.state() == "looked"


async def test_a_failing_receipt_is_set_aside_and_nobody_is_asked_to_excuse_what_they_did_not_ask_for(
    bot: Bot, gateway: Gateway, broken: None
) -> None:
    await bot.receipt("DELIVERED", "R1", gateway.token(0))
    await bot.wait(1)
    await bot.wait(10)
    assert [one.event.kind for one in await bot.store.read(inbox.aside, 10)] == ["receipt"]
    assert gateway.texts() == ["Dear diary"]


async def test_an_event_that_ends_the_process_each_time_is_not_tried_for_ever(bot: Bot, gateway: Gateway) -> None:
    await bot.engine.turn_lanes.stop()
    await bot.hears("act")
    for _ in range(3):  # a process takes the event up and is gone before it can say anything
        assert await bot.store.write(inbox.claim, ANNA, bot.clock()) is not None
    await bot.crash()
    await bot.engine.drain()
    (given_up,) = await bot.store.read(inbox.aside, 10)
    assert "process ended" in given_up.error
    assert gateway.texts() == ["Dear diary", "Sorry, my pen is broken."]


async def test_events_that_the_end_of_a_process_cut_off_are_handled_first_and_one_by_one(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    contacts = [f"+4916229431{number:02}" for number in range(20)]
    bot.engine.intake.wakes = lambda _: None
    for contact in contacts:
        await bot.hears("hello", contact)
        assert await bot.store.write(inbox.claim, contact, bot.clock()) is not None
    await bot.hears("hello", BERT)
    said: list[tuple[str, str]] = []
    write = bot.store.write

    async def note(work: Any, *args: Any, **kwargs: Any) -> Any:
        if work in (inbox.claim, inbox.finish):
            said.append((work.__name__, args[0] if work is inbox.claim else args[0].claim.event.contact))
        return await write(work, *args, **kwargs)

    monkeypatch.setattr(bot.store, "write", note)
    await bot.crash()
    await bot.engine.drain()
    turns = [(work, contact) for contact in contacts for work in ("claim", "finish")]
    assert said[: len(turns)] == turns
    assert ("finish", BERT) in said
    assert "event 2 of +4916…00 was being handled when the process ended, try 1 of 3" in caplog.text


async def test_an_event_that_failed_before_is_no_suspect_when_the_process_ends_between_its_tries(
    bot: Bot, broken: None
) -> None:
    await bot.told("act")
    assert await bot.store.read(inbox.interrupted) == []
    await bot.engine.turn_lanes.stop()
    bot.clock.now += 1
    await bot.store.write(inbox.claim, ANNA, bot.clock())
    assert [event.attempts for event in await bot.store.read(inbox.interrupted)] == [2]


async def test_a_flow_that_fails_at_its_first_message_apologises_with_the_words_of_the_default_flow(
    open_bot: OpenBot, gateway: Gateway, broken: None
) -> None:
    class Fragile(Flow[Note]):
        start = State(raise_it, initial=True)

    bot = await open_bot(Fragile)
    await bot.told("hello")
    await bot.wait(1)
    await bot.wait(10)
    assert gateway.texts() == [APOLOGY]
    assert await bot.rows("SELECT * FROM conversation") == []


# Another writer


async def test_a_turn_that_another_writer_was_faster_than_is_run_again_and_kept_once(
    bot: Bot, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflicts = 5

    def meddle(_: Turn[Note]) -> None:
        nonlocal conflicts
        conflicts -= 1
        if conflicts >= 0:
            with closing(sqlite3.connect(tmp_path / "bot0.db", isolation_level=None)) as other:
                other.execute("UPDATE conversation SET version = version + 1")

    monkeypatch.setattr(Trouble, "strikes", staticmethod(meddle))
    await bot.told("act")
    assert conflicts == -1
    assert gateway.texts() == ["Dear diary", "I say this first", "I wrote act"]
    assert (await bot.where()).version == 7
    assert await bot.store.read(inbox.aside, 10) == []
