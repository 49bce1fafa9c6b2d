"""A bot on a real store, before a gateway behind a real socket that answers as a test says. Time is the test's."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

from chatbot.engine.engine import Engine
from chatbot.engine.outcomes import Outcomes
from chatbot.engine.tokens import Tokens
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow
from chatbot.http import open_transport
from chatbot.store import conversations, outbox
from chatbot.store.protocol import Conversation, OutboxRow
from chatbot.store.sqlite import SqliteStore
from chatbot.tyntec.client import Gateway as Client

ACCOUNT = "customer_account"
ANNA = "+491622943176"
CALLBACKS = "https://bot.example.org/callbacks/"

Answer = Callable[[asyncio.StreamWriter, str], Awaitable[None]]


@dataclass
class Clock:
    """The time of a test, in seconds since 1970; it stands until the test moves it."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Gateway:
    """Takes sends on a port of the system's choice and accepts the nth as ``R<n>``, unless told otherwise."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self._report: dict[str, Any] = {}
        self._answers: deque[Answer] = deque()
        self._came = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    async def open(self) -> None:
        """Listen; before, every connection is refused."""
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Break off every connection."""
        if self._listening is not None:
            self._listening.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def texts(self, contact: str | None = ANNA) -> list[str]:
        """Give the texts that were POSTed for ``contact`` (None: for all), in order, refused ones too."""
        return [post["message"] for post in self.posts if contact in (None, post["to"])]

    def token(self, post: int) -> str:
        """Give the token in the callback URL of one POST, the first being 0."""
        return str(self.posts[post]["callbackUrl"]).removeprefix(CALLBACKS)

    async def came(self, posts: int) -> None:
        """Wait until so many POSTs have come."""
        async with self._came:
            await asyncio.wait_for(self._came.wait_for(lambda: len(self.posts) >= posts), 60)

    def answers(self, status: int, text: str = "", *headers: str, times: int = 1) -> None:
        """Answer the next POST that has no answer yet, or so many, with ``status`` and the words ``text``."""

        async def answer(writer: asyncio.StreamWriter, _: str) -> None:
            await _write(writer, status, json.dumps({"responseText": text}).encode(), *headers)

        self._answers.extend([answer] * times)

    def babbles(self) -> None:
        """Answer with 200 and what is no JSON."""

        async def answer(writer: asyncio.StreamWriter, _: str) -> None:
            await _write(writer, 200, b"<html>It works!</html>")

        self._answers.append(answer)

    def breaks_off(self) -> None:
        """Read the next POST, and reset the connection."""

        async def answer(writer: asyncio.StreamWriter, _: str) -> None:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.close()

        self._answers.append(answer)

    def accepts(self, before: Callable[[str], Awaitable[object]] | None = None) -> None:
        """Accept the next POST, after awaiting ``before`` with the requestId that it will get."""

        async def answer(writer: asyncio.StreamWriter, request_id: str) -> None:
            if before is not None:
                await before(request_id)
            await _accept(writer, request_id)

        self._answers.append(answer)

    def reports(self, state: str, **more: Any) -> None:
        """Answer whoever asks for the status of a message with ``state``."""
        self._report = {"overallState": state, "to": ANNA, **more}

    def hesitates(self, status: int = 200) -> asyncio.Event:
        """Accept the next POST, or refuse it with ``status``, when the event that this gives is set."""
        go_on = asyncio.Event()

        async def answer(writer: asyncio.StreamWriter, request_id: str) -> None:
            await go_on.wait()
            await (_accept(writer, request_id) if status == 200 else _write(writer, status, b"{}"))

        self._answers.append(answer)
        return go_on

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                if head.startswith("GET"):
                    self.asked.append(head.split()[1].split("/")[-2])
                    body = {"requestId": self.asked[-1], **self._report}
                    await _write(writer, 200, json.dumps(body).encode())
                    continue
                length = int(head.lower().partition("content-length:")[2].partition("\r\n")[0])
                self.posts.append(json.loads(await reader.readexactly(length)))
                number = len(self.posts)
                answer = self._answers.popleft() if self._answers else _accept
                async with self._came:
                    self._came.notify_all()
                await answer(writer, f"R{number}")
        writer.close()


async def _accept(writer: asyncio.StreamWriter, request_id: str) -> None:
    await _write(writer, 200, json.dumps({"requestId": request_id, "errorText": ""}).encode())


async def _write(writer: asyncio.StreamWriter, status: int, body: bytes, *headers: str) -> None:
    lines = [f"HTTP/1.1 {status} -", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()


@dataclass
class Bot:
    """A bot, and the contacts who talk to it through the gateway's own JSON."""

    store: SqliteStore
    gateway: Gateway
    clock: Clock
    make: Callable[[Catalogue], Engine]
    catalogue: Catalogue
    engine: Engine = field(init=False)
    _messages: int = 0

    def __post_init__(self) -> None:
        self.engine = self.make(self.catalogue)

    async def hears(self, text: str, contact: str = ANNA, **changes: object) -> None:
        """Take one message from ``contact``; what it sets going goes on by itself."""
        self._messages += 1
        body = {"from": contact, "to": ACCOUNT, "message": text, "requestId": f"I{self._messages}", **changes}
        await self.engine.intake.receive(json.dumps(body).encode())

    async def told(self, text: str, contact: str = ANNA, **changes: object) -> None:
        """Take one message from ``contact``, and do all that is due."""
        await self.hears(text, contact, **changes)
        await self.engine.drain()

    async def receipt(self, state: str, request_id: str, token: str | None = None, **changes: object) -> None:
        """Take a receipt, and do all that is due. Without ``token`` it came to the account's own URL."""
        outbox_id = None if token is None else self.engine.tokens.read(token)
        body = {"requestId": request_id, "overallState": state, "to": ANNA, **changes}
        await self.engine.intake.receive(json.dumps(body).encode(), outbox_id)
        await self.engine.drain()

    async def wait(self, seconds: float) -> None:
        """Let time pass, and do all that is due then."""
        self.clock.now += seconds
        await self.engine.drain()

    async def crash(self) -> None:
        """End this engine as a kill does, and take up the same store with a new one."""
        self.engine.invoker.outcomes = create_autospec(Outcomes, instance=True)  # it has no time to write anything
        going = [*self.engine.turn_lanes._running.values(), *self.engine.send_lanes._running.values()]
        for task in (*going, *self.engine.invoker._running):
            task.cancel()
        await asyncio.gather(*going, *self.engine.invoker._running, return_exceptions=True)
        self.engine = self.make(self.catalogue)
        await self.engine.recover()

    async def deploy(self, *flows: type[Flow[Any]]) -> None:
        """End this engine, and take up the same store with other flows."""
        self.catalogue = Catalogue(flows, flows[0].name)
        await self.crash()

    async def where(self, contact: str = ANNA) -> Conversation:
        """Give where the contact is."""
        here = await self.store.read(conversations.one, contact, ACCOUNT)
        assert here is not None
        return here

    async def state(self, contact: str = ANNA) -> str:
        """Give the name of the state that the contact is in."""
        return (await self.where(contact)).state

    async def sent(self, contact: str = ANNA) -> list[OutboxRow]:
        """Give the outbox of the contact."""
        return await self.store.read(outbox.rows, contact)

    async def statuses(self, contact: str = ANNA) -> list[str]:
        """Give what became of each message to the contact."""
        return [row.status for row in await self.sent(contact)]

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """Look into the store."""
        return [dict(row) for row in await self.store.read(lambda tx: tx.rows(sql))]

    async def run(self, sql: str) -> None:
        """Change the store from outside."""
        await self.store.write(lambda tx: tx.run(sql))


@pytest.fixture
def clock() -> Clock:
    """Where the time of a test stands."""
    return Clock()


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """A gateway that listens."""
    made = Gateway()
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def open_bot(tmp_path: Path, clock: Clock, gateway: Gateway) -> AsyncIterator[Callable[..., Awaitable[Bot]]]:
    """Makes a bot of the given flows, the first of them its default; ``settings`` are the engine's."""
    bots: list[Bot] = []

    async def open_one(*flows: type[Flow[Any]], **settings: Any) -> Bot:
        store = await SqliteStore.open(tmp_path / f"bot{len(bots)}.db")
        client = Client(
            transport=open_transport(),
            url=f"http://127.0.0.1:{gateway.port}",
            username="account",
            password="p4ssword",
            sender="MyCompany",
            channels=("VIBER",),
            sms_fallback=True,
            purpose="transaction",
            clock=clock,
        )
        tokens = Tokens(["secret"])

        def make(catalogue: Catalogue) -> Engine:
            told = {"callback_url": lambda outbox_id: CALLBACKS + tokens.sign(outbox_id), "clock": clock, **settings}
            return Engine(store, catalogue, client, tokens, **told)

        bots.append(Bot(store, gateway, clock, make, Catalogue(flows, flows[0].name)))
        return bots[-1]

    yield open_one
    for bot in bots:
        await bot.engine.stop(within=1)
        await bot.engine.gateway.close()
        await bot.store.close()


@pytest.fixture(autouse=True)
def discreet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happens, no log line holds a whole phone number or the gateway's password."""
    caplog.set_level(logging.INFO, "chatbot")
    yield
    said = "\n".join(record.getMessage() for when in ("setup", "call") for record in caplog.get_records(when))
    assert ANNA.removeprefix("+") not in said
    assert "p4ssword" not in said
