"""The simulator and a whole bot, each behind a socket of its own, and a client whose requests a test can spoil."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from chatbot import config
from chatbot.engine.engine import Engine
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow
from chatbot.http import open_transport
from chatbot.simulator import Options, create_app
from chatbot.tyntec.client import Gateway
from chatbot.web import app as web
from chatbot.web import server

NUMBER = "+491622943176"
SECRET = "YXRsZWFzdC1hLWh1bmRyZWQtYW5kLTI4LWJpdHM"
SEND = "/messaging/im/v1/outbound/requests"

CONFIG = """
[gateway]
url = "{gateway}/messaging/im/v1"
username = "username"
password_env = "PASSWORD"
from = "MyCompany"
account = "customer_account"
rate = 100000
[webhook]
secret_env = "SECRET"
public_url = "{public}"
[store]
url = "sqlite:///bot.db"
"""


class Command:
    """`chatbot simulator` in a process of its own; ``said`` is what it says first, ``url`` where it listens."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatbot", "simulator", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = [self.process.stdout.readline().rstrip("\n") for _ in range(3)]
        if not self.said[0].startswith("gateway  "):
            self.stop()
            raise RuntimeError(self.said[0])
        self.url = self.said[0].removeprefix("gateway  ").removesuffix("/messaging/im/v1")

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.process.terminate()
        self.process.communicate(timeout=30)


@pytest.fixture(scope="session")
def start_simulator() -> Callable[..., AbstractContextManager[Command]]:
    """Starts the simulator by its command: ``with start_simulator("--option", "seen=yes") as command``."""

    @contextmanager
    def started(*options: str) -> Iterator[Command]:
        command = Command(*options)
        try:
            yield command
        finally:
            command.stop()

    return started


Serving = Callable[[Starlette], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def serving() -> Serving:
    """Serve an app in a thread, on a port from the OS: ``with serving(app) as url``."""

    @contextmanager
    def served(app: Starlette) -> Iterator[str]:
        sock = server.bind("127.0.0.1", 0)
        sock.listen(128)
        made = server.server(app, log_level="critical")
        thread = threading.Thread(target=made.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            made.should_exit = True
            thread.join(10)

    return served


@dataclass
class Site:
    """A simulator on a real socket, by way of its REST interface and its levers."""

    url: str
    http: httpx.AsyncClient

    async def send(self, **parameters: Any) -> httpx.Response:
        """POST the manual's basic example, changed; None takes a parameter away."""
        body = {"from": "MyCompany", "to": NUMBER, "message": "This is an example.", **parameters}
        return await self.http.post(SEND, json={name: value for name, value in body.items() if value is not None})

    async def ask(self, request_id: str) -> dict[str, Any]:
        """Query the status of a message."""
        answer = await self.http.get(f"{SEND}/{request_id}/status")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def pull(self, lever: str, **given: Any) -> dict[str, Any]:
        """Pull a lever."""
        answer = await self.http.post(f"/_control/{lever}", json=given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def sends(self) -> list[dict[str, Any]]:
        """List the accepted messages."""
        return list((await self.http.get("/_control/sends")).json()["sends"])

    async def phone(self, number: str = NUMBER) -> list[dict[str, Any]]:
        """List what the phone shows."""
        return list((await self.http.get(f"/phone/{number}")).json()["messages"])


@pytest.fixture
async def open_site(serving: Serving) -> AsyncIterator[Callable[..., Site]]:
    """Serves a simulator with the given options, which delivers without delay."""
    async with AsyncExitStack() as stack:

        def open_one(**options: Any) -> Site:
            url = stack.enter_context(serving(create_app(Options(**{"delivery_delay": 0.0, "seed": 1, **options}))))
            http = httpx.AsyncClient(base_url=url, auth=("username", "password"), timeout=20, trust_env=False)
            stack.push_async_callback(http.aclose)
            return Site(url, http)

        yield open_one


Spoil = Callable[[httpx.Request], httpx.Request]


class Spoiled(httpx.AsyncBaseTransport):
    """The transport of production, and what a test does to each request before it goes out."""

    def __init__(self, spoil: Spoil) -> None:
        self._spoil = spoil
        self._transport = open_transport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.handle_async_request(self._spoil(request))

    async def aclose(self) -> None:
        await self._transport.aclose()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Gateway]]:
    """Makes a client of a gateway; ``spoil`` changes each request on its way, and ``settings`` are the client's."""
    opened: list[Gateway] = []

    def make(site: Site, spoil: Spoil = lambda request: request, **settings: Any) -> Gateway:
        chosen: dict[str, Any] = {
            "username": "username",
            "password": "password",
            "sender": "MyCompany",
            "channels": ("VIBER",),
            "sms_fallback": True,
            "purpose": "transaction",
            **settings,
        }
        opened.append(Gateway(transport=Spoiled(spoil), url=f"{site.url}/messaging/im/v1", **chosen))
        return opened[-1]

    yield make
    for gateway in opened:
        await gateway.close()


@dataclass
class Ear:
    """A bot that notes what is posted to it, and answers as ``answers`` says, 200 when there is none left."""

    url: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    heads: list[Any] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def play(self, server: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take everything that comes on one connection."""
        while True:
            exchange = await server.request(reader, writer)
            self.heads.append(exchange)
            self.posts.append({"path": exchange.head.split()[1], **json.loads(exchange.body)})
            await exchange.answer(self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def ear(serve: Any) -> AsyncIterator[Ear]:
    """An ear on a port of the system's choice."""
    made = Ear()
    async with serve(made.play) as listening:
        made.url = f"{listening.url}/inboundmessages"
        yield made


@dataclass
class Bot:
    """The whole service on a socket, and its file."""

    url: str
    callback_url: str
    engine: Engine
    file: Path
    site: Site

    async def rest(self) -> None:
        """Wait until the simulator has delivered everything and the bot has answered it."""
        while True:
            before = self.engine.turn_lanes.steps + self.engine.send_lanes.steps
            while not (await self.site.pull("settle"))["settled"]:
                pass
            await self.engine.turn_lanes.idle()
            await self.engine.send_lanes.idle()
            if before == self.engine.turn_lanes.steps + self.engine.send_lanes.steps:
                return

    def rows(self, sql: str) -> list[Any]:
        """Read what is committed; one column comes as plain values."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as stranger:
            return [row[0] if len(row) == 1 else row for row in stranger.execute(sql)]


@pytest.fixture
async def open_bot(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Serves the bot of one flow, before a simulator that is told where it is; ``spoil`` as in `connect`."""
    async with AsyncExitStack() as stack:

        async def open_one(flow: type[Flow[Any]], site: Site, spoil: Spoil | None = None) -> Bot:
            sock = server.bind("127.0.0.1", 0)
            sock.listen(128)
            url = f"http://127.0.0.1:{sock.getsockname()[1]}"
            file = tmp_path / "config.toml"
            file.write_text(CONFIG.format(gateway=site.url, public=url))
            settings = config.load(file, {"PASSWORD": "password", "SECRET": SECRET})
            app = web.create_app(settings, Catalogue([flow], flow.name), Spoiled(spoil) if spoil else None)
            await stack.enter_async_context(_serving(app, sock))
            callback_url = f"{url}/callbacks/{SECRET}"
            await site.pull("urls", callbackUrl=callback_url, inboundUrl=callback_url)
            return Bot(url, callback_url, app.state.engine, tmp_path / "bot.db", site)

        yield open_one


@asynccontextmanager
async def _serving(app: Starlette, sock: socket.socket) -> AsyncIterator[None]:
    """Run an app in this event loop, so that a test can wait for its engine."""
    made = server.server(app, log_level="critical")
    task = asyncio.create_task(made.serve(sockets=[sock]))
    while not made.started and not task.done():  # noqa: ASYNC110 -- uvicorn tells nobody
        await asyncio.sleep(0)
    try:
        yield
    finally:
        made.should_exit = True
        await task
