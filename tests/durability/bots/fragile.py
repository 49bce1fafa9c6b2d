"""A bot whose actions and slow calls end or hang the process, each in its own way."""

import asyncio
import os
import re
import time

from chatbot import Flow, State, Turn, done, error, text
from chatbot.flows.flow import NoData


def end_the_process(_: Turn[NoData]) -> None:
    os._exit(3)


def hang(_: Turn[NoData]) -> None:
    time.sleep(3600)


def backtrack(_: Turn[NoData]) -> None:
    """Take longer than anybody lives, and let no other thread run meanwhile."""
    re.fullmatch(r"(a+)+", "a" * 50 + "!")


def echo(turn: Turn[NoData]) -> str:
    if turn.text.startswith("fail"):
        raise ValueError(f"{turn.contact} has written {turn.text}")
    return turn.text


async def look(_: NoData) -> str:
    await asyncio.sleep(0)
    return "found"


async def leave(_: NoData) -> str:
    os._exit(3)


async def block(_: NoData) -> str:
    time.sleep(3600)  # noqa: ASYNC251
    return "late"


async def linger(_: NoData) -> str:
    try:
        await asyncio.Event().wait()
    finally:
        time.sleep(3600)  # noqa: ASYNC251
    return "late"


async def stay(_: NoData) -> str:
    await asyncio.to_thread(time.sleep, 3600)
    return "late"


class Fragile(Flow[NoData], apology="Sorry."):
    """Says what it hears."""

    ear = State("Hello", initial=True)
    looking = State("One moment.", invoke=look)
    leaving = State("One moment.", invoke=leave)
    blocking = State("One moment.", invoke=block)
    lingering = State("One moment.", invoke=linger)
    staying = State("One moment.", invoke=stay)
    found = State("Found.", final=True)
    lost = State("Not found.", final=True)

    ear.on(text("exit"), do=end_the_process)
    ear.on(text("hang"), do=hang)
    ear.on(text("backtrack"), do=backtrack)
    for word, busy in (
        ("look", looking),
        ("leave", leaving),
        ("block", blocking),
        ("linger", lingering),
        ("stay", staying),
    ):
        ear.on(text(word), to=busy)
        busy.on(done, to=found)
        busy.on(error, to=lost)
    ear.on(text, says=echo)
