"""A simulator without HTTP, one behind httpx's ASGI transport, and a real one with a real bot behind sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatbot.simulator import Options, create_app
from chatbot.simulator.gateway import Gateway
from chatbot.simulator.phones import Phones
from chatbot.simulator.simulator import MovableClock

ServeApp = Callable[[Starlette], str]


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands until ``ahead`` is moved."""
    return MovableClock(lambda: 1_600_000_000.0)


@pytest.fixture
def open_gateway(clock: MovableClock) -> Callable[..., Gateway]:
    """Makes a gateway's core with the given options, delivering without delay."""

    def open_one(**options: Any) -> Gateway:
        chosen = Options(**{"delivery_delay": 0.0, "seed": 1, **options})
        return Gateway(chosen, clock, Random(1), Phones(chosen, lambda _number, _bubble: None))

    return open_one


@pytest.fixture
async def open_client(clock: MovableClock) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """Makes an HTTP client of a simulator in this process, with credentials; no callbacks are posted."""
    async with AsyncExitStack() as stack:

        def open_one(**options: Any) -> httpx.AsyncClient:
            app = create_app(Options(**{"delivery_delay": 0.0, "seed": 1, **options}), clock)
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", auth=("username", "password"), timeout=60
            )
            stack.push_async_callback(client.aclose)
            return client

        yield open_one


@pytest.fixture
def serve_app() -> Iterator[ServeApp]:
    """Serves an app on a port from the OS, in a thread; gives its URL."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def serve_one(app: Starlette) -> str:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.005)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve_one
    for server, thread in running:
        server.should_exit = True
        thread.join(60)


class Bot:
    """A bot that notes what is posted to it and answers as ``answers`` says, 200 when there is none left."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.released = asyncio.Event()
        self.app = Starlette(routes=[Route("/callbacks/{rest:path}", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        """Note what is posted. ``…/held`` is answered only after ``…/release`` was called."""
        if request.url.path.endswith("/release"):
            self.released.set()
            return Response()
        self.posts.append({"path": request.url.path, **json.loads(await request.body())})
        self.headers.append(dict(request.headers))
        if request.url.path.endswith("/held"):
            await self.released.wait()
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    @property
    def receipts(self) -> list[dict[str, Any]]:
        return [post for post in self.posts if "overallState" in post]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [post for post in self.posts if "message" in post]


@pytest.fixture
def bot(serve_app: ServeApp) -> Bot:
    """A real bot on a real socket."""
    made = Bot()
    made.url = serve_app(made.app) + "/callbacks/secret"
    return made


class Site:
    """A simulator on a real socket, by way of its own levers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.AsyncClient(base_url=url, auth=("username", "password"), timeout=60)

    async def send(self, **parameters: Any) -> httpx.Response:
        body = {"from": "MyCompany", "to": "+491622943176", "message": "Hello World!", **parameters}
        return await self.client.post("/messaging/im/v1/outbound/requests", json=body)

    async def pull(self, lever: str, **given: Any) -> dict[str, Any]:
        answer = await self.client.post(f"/_control/{lever}", json=given)
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        return read

    async def state(self) -> dict[str, Any]:
        read: dict[str, Any] = (await self.client.get("/_control/state")).json()
        return read


@pytest.fixture
async def open_site(serve_app: ServeApp, bot: Bot) -> AsyncIterator[Callable[..., Site]]:
    """Serves a simulator whose callbacks go to ``bot``."""
    async with AsyncExitStack() as stack:

        def open_one(**options: Any) -> Site:
            chosen = Options(**{"delivery_delay": 0.0, "seed": 1, "callback_url": bot.url, **options})
            site = Site(serve_app(create_app(chosen)))
            stack.push_async_callback(site.client.aclose)
            return site

        yield open_one
        await asyncio.sleep(0)
