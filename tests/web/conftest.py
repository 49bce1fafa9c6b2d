"""The whole web service on a file of its own, before a gateway behind a real socket that accepts everything."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from chatbot import config
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow
from chatbot.web.app import create_app

ANNA = "+491622943176"
SECRET = "YXRsZWFzdC1hLWh1bmRyZWQtYW5kLTI4LWJpdHM"
OLDER = "b2xkZXItYnV0LXN0aWxsLWxvbmctZW5vdWdoLW9r"
BASE = "https://bot.example.org"

CONFIG = """
[gateway]
url = "http://127.0.0.1:{port}"
username = "customer_account"
password_env = "PASSWORD"
from = "MyCompany"
rate = 1000
[webhook]
secret_env = "SECRET"
previous_secret_env = "OLDER"
public_url = "{base}"
max_bytes = 2048
[store]
url = "sqlite:///bot.db"
"""


class Gateway:
    """Accepts the nth send as ``R<n>`` and keeps what was sent."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.status = 200
        self.port = 0
        self._came = asyncio.Condition()

    async def play(self, server: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer everything that comes on one connection."""
        while True:
            exchange = await server.request(reader, writer)
            self.posts.append(json.loads(exchange.body))
            body = {"requestId": f"R{len(self.posts)}", "errorText": ""}
            await exchange.answer(self.status, json.dumps(body).encode(), "Content-Type: application/json")
            async with self._came:
                self._came.notify_all()

    async def came(self, posts: int) -> None:
        """Wait until so many sends have come and were answered."""
        async with self._came:
            await asyncio.wait_for(self._came.wait_for(lambda: len(self.posts) >= posts), 60)

    def path(self, post: int) -> str:
        """Give the path of the callback URL of one send, the first being 0."""
        return str(urlsplit(self.posts[post]["callbackUrl"]).path)


@dataclass
class Service:
    """One running service: its application, a client of its web side, and its file as a stranger reads it."""

    app: Starlette
    client: httpx.AsyncClient
    file: Path
    close: Callable[[], Any] = field(repr=False)

    def rows(self, sql: str) -> list[Any]:
        """Read what is committed, through a connection that cannot write; one column comes as plain values."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as stranger:
            return [row[0] if len(row) == 1 else row for row in stranger.execute(sql)]

    def count(self) -> dict[str, int]:
        """Count everything that a callback could have changed."""
        tables = ("event", "turn", "outbox", "receipt", "quarantine")
        return {table: self.rows(f"SELECT count(*) FROM {table}")[0] for table in tables}

    def run(self, sql: str) -> None:
        """Change the file from outside."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as stranger:
            stranger.execute(sql)

    async def post(self, path: str, body: Any = b"", **more: Any) -> int:
        """POST ``body`` (bytes as they are, anything else as JSON) and give the status."""
        content = body if isinstance(body, bytes) or hasattr(body, "__aiter__") else json.dumps(body).encode()
        return (await self.client.post(path, content=content, **more)).status_code


@pytest.fixture
async def gateway(serve: Any) -> AsyncIterator[Gateway]:
    """A gateway on a port of the system's choice."""
    made = Gateway()
    async with serve(made.play) as server:
        made.port = server.port
        yield made


@pytest.fixture
async def open_service(tmp_path: Path, gateway: Gateway) -> AsyncIterator[Callable[..., Any]]:
    """Starts the service with ``flow`` and the given secrets, always on the same file."""
    async with AsyncExitStack() as every:

        async def open_one(flow: type[Flow[Any]], secret: str = SECRET, older: str = "") -> Service:
            file = tmp_path / "config.toml"
            file.write_text(CONFIG.format(port=gateway.port, base=BASE))
            environ = {"PASSWORD": "p4ssword", "SECRET": secret, "OLDER": older}
            app = create_app(config.load(file, environ), Catalogue([flow], flow.name))
            stack = await every.enter_async_context(AsyncExitStack())
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE))
            return Service(app, client, tmp_path / "bot.db", stack.aclose)

        yield open_one


@pytest.fixture(autouse=True)
def discreet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happens, no log line holds a whole phone number, a password or a secret of the callback URL."""
    caplog.set_level(logging.INFO, "chatbot")
    yield
    said = "\n".join(record.getMessage() for when in ("setup", "call") for record in caplog.get_records(when))
    for secret in (ANNA.removeprefix("+"), "p4ssword", SECRET, OLDER):
        assert secret not in said
