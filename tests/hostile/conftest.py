"""A real server behind a real socket, and raw connections to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ..durability.process import ACCOUNT, BACKOFF, HERE, PASSWORD, PATCHES, SECRET, ForkServer, forking
from ..durability.service import Service, serving

ANNA = "+491622943176"
DEADLINE = 1.5
"""Seconds until a slow client is cut off here; 15 in life."""
QUICK = {
    "chatbot.web.server:BoundedHttp.deadline": DEADLINE,
    "chatbot.web.webhook:BODY_DEADLINE": DEADLINE - 0.3,
}


@dataclass
class Connection:
    """One raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        """Write, as far as the server takes it."""
        try:
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()
        except ConnectionError:
            pass

    async def status(self) -> int | None:
        """Read one answer and give its status; None when the connection was closed instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            await self.reader.readexactly(int(length or 0))
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
        return int(head.split()[1])

    async def drop(self) -> None:
        """Close it, whatever is still to be written."""
        self.writer.transport.abort()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def end(self) -> bytes:
        """Read until the server closes the connection; give what came."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""


@dataclass
class Target:
    """The server under attack, and what it may say."""

    service: Service
    stack: AsyncExitStack = field(repr=False)

    @property
    def path(self) -> str:
        """Where callbacks are taken."""
        return f"/callbacks/{SECRET}"

    async def connect(self, **options: Any) -> Connection:
        """Open a connection, closed at the end of the test."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.service.site.port, **options)
        connection = Connection(reader, writer)
        self.stack.push_async_callback(connection.drop)
        return connection

    async def post(self, body: bytes, *headers: str, path: str = "") -> int | None:
        """POST ``body`` on a connection of its own."""
        connection = await self.connect()
        await connection.send(self.request(body, *headers, path=path))
        status = await connection.status()
        await connection.drop()
        return status

    def request(self, body: bytes, *headers: str, path: str = "") -> bytes:
        """Write a POST of ``body``."""
        lines = [f"POST {path or self.path} HTTP/1.1", "Host: bot", f"Content-Length: {len(body)}", *headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def message(self, request_id: str, words: object = "hi", **changes: object) -> bytes:
        """Write the gateway's JSON of a message."""
        given = {"from": ANNA, "to": ACCOUNT, "message": words, "requestId": request_id, **changes}
        return json.dumps(given).encode()

    def count(self, table: str) -> int:
        """Count what is stored."""
        return int(self.service.rows(f"SELECT count(*) FROM {table}")[0])

    def forget_peak(self) -> int:
        """Begin to watch the server's memory; give what it has now, in bytes."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.peak()

    def peak(self) -> int:
        """Give the most memory that the server has had since, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self.service.process is not None
        return self.service.process.pid


@pytest.fixture(scope="session")
def fork() -> Iterator[ForkServer]:
    """Starts servers fast."""
    with forking() as server:
        yield server


Attack = Callable[..., Awaitable[Target]]


@pytest.fixture
async def open_target(fork: ForkServer, tmp_path: Path) -> AsyncIterator[Attack]:
    """Starts a server of a bot that says what it hears."""
    async with AsyncExitStack() as stack:

        async def opened(*options: str, settings: dict[str, str] | None = None, **patches: Any) -> Target:
            bots = {"fragile": HERE / "bots" / "fragile.py"}
            all_patches = {**PATCHES, **BACKOFF, **QUICK, **patches}
            site: dict[str, Any] = {"patches": all_patches, "options": options, "settings": settings or {}}
            service = await stack.enter_async_context(serving(fork, tmp_path, bots, **site))
            await service.start()
            return Target(service, stack)

        yield opened


@pytest.fixture
async def target(open_target: Attack) -> AsyncIterator[Target]:
    """A server that must be well after the attack, and must have said nothing that it should not."""
    made = await open_target()
    yield made
    assert await made.post(made.message("last", "still there?")) == 200
    await made.service.quiet()
    assert made.service.gateway.texts()[-1] in ("still there?", "Hello")
    await made.service.stop()
    said = made.service.said()
    for word in ("Traceback", SECRET, PASSWORD, ANNA.removeprefix("+")):
        assert word not in said, said
