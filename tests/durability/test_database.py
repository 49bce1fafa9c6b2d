"""One transaction is all or nothing, also when one of its tables refuses and when somebody else writes beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chatbot.flows.durations import minutes
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text
from chatbot.store.protocol import Tx

from .bench import Bot
from .gateway import Gateway

ANNA = "+491622943176"


async def look_up(_: NoData) -> str:
    return "found"


class Clerk(Flow[NoData]):
    """Says something, sets a timer and asks for a slow call, all in one turn."""

    ear = State("Hello", initial=True)
    busy = State("One moment.", invoke=look_up, timeout=minutes(5))
    ear.on(text, to=busy)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    gateway = Gateway()
    await gateway.open()
    made = await Bot.open(tmp_path, gateway, Clerk)
    await made.told(ANNA, "hi", "I0")
    yield made
    await made.close()
    await gateway.close()


async def everything(bot: Bot) -> dict[str, list[dict[str, Any]]]:
    tables = ("conversation", "outbox", "timer", "invocation", "turn")
    return {table: await bot.rows(f"SELECT * FROM {table} ORDER BY rowid") for table in tables}


@pytest.mark.parametrize(
    ("table", "write"),
    [
        ("conversation", "UPDATE"),
        ("outbox", "INSERT"),
        ("timer", "INSERT"),
        ("invocation", "INSERT"),
        ("turn", "INSERT"),
        ("event", "UPDATE OF status"),
    ],
)
async def test_a_turn_of_which_one_part_cannot_be_stored_leaves_no_trace_and_is_made_whole_later(
    bot: Bot, table: str, write: str
) -> None:
    before = await everything(bot)
    refuse = f"CREATE TRIGGER no BEFORE {write} ON {table} BEGIN SELECT raise(ABORT, 'no'); END"
    await bot.store.write(lambda tx: tx.run(refuse))
    await bot.told(ANNA, "go", "I1")
    assert await everything(bot) == before
    assert bot.gateway.texts() == ["Hello"]
    await bot.store.write(lambda tx: tx.run("DROP TRIGGER no"))
    await bot.wait(1)  # that was one try of three
    assert bot.gateway.texts() == ["Hello", "One moment."]
    assert [row["state"] for row in await bot.rows("SELECT state FROM timer")] == ["busy"]
    assert [row["after"] for row in await bot.rows("SELECT after FROM turn ORDER BY id")][:2] == ["ear", "busy"]


async def test_nobody_else_can_write_between_what_a_transaction_reads_and_what_it_writes(
    bot: Bot, tmp_path: Path
) -> None:
    with closing(
        sqlite3.connect(tmp_path / "bot.db", timeout=0, isolation_level=None, check_same_thread=False)
    ) as other:

        def read_then_write(tx: Tx) -> int:
            tx.rows("SELECT * FROM conversation")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("UPDATE conversation SET updated_at = 0")
            return tx.run("UPDATE conversation SET updated_at = 1")

        assert await bot.store.write(read_then_write) == 1
    assert [row["updated_at"] for row in await bot.rows("SELECT updated_at FROM conversation")] == [1]
