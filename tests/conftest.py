"""A server over real sockets that plays whatever a test writes for it."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

# How fast this machine is, and what else it does, is nobody's promise.
settings.register_profile("chatbot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chatbot")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@dataclass
class Exchange:
    """One request as the server read it, and the way to answer it."""

    head: str
    body: bytes
    writer: asyncio.StreamWriter

    def header(self, name: str) -> str | None:
        """Give the value of a header, whatever its case."""
        for line in self.head.split("\r\n")[1:]:
            found, _, value = line.partition(":")
            if found.lower() == name.lower():
                return value.strip()
        return None

    async def answer(self, status: int, body: bytes = b"", *headers: str) -> None:
        """Write a whole answer."""
        lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}", *headers]
        await self.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def write(self, raw: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(raw)
        await self.writer.drain()


@dataclass
class Server:
    """Counts connections and whole requests, and leaves each connection to ``play``."""

    play: Callable[[Server, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
    port: int = 0
    connections: int = 0
    requests: list[Exchange] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where this server listens."""
        return f"http://127.0.0.1:{self.port}"

    async def request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange:
        """Read one whole request and count it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        exchange = Exchange(head, b"", writer)
        exchange.body = await reader.readexactly(int(exchange.header("Content-Length") or 0))
        self.requests.append(exchange)
        return exchange

    def reset(self, writer: asyncio.StreamWriter) -> None:
        """Make the closing of this connection a reset."""
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Play one connection and close it."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await self.play(self, reader, writer)
        writer.close()


Play = Callable[[Server, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[[Play], AbstractAsyncContextManager[Server]]


@pytest.fixture
def serve() -> Serve:
    """Open a server on a port of the system's choice: ``async with serve(play) as server``."""

    @asynccontextmanager
    async def opened(play: Play) -> AsyncIterator[Server]:
        server = Server(play)
        listening = await asyncio.start_server(server.connected, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            listening.close()
            for task in server.tasks:
                task.cancel()
            await asyncio.gather(*server.tasks, return_exceptions=True)

    return opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the sweeps that a person runs hours instead of the minutes that every other test has."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(7200))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI has installed everything, a skip means that something was not tested: it fails."""
    report = yield
    return report if hasattr(report, "wasxfail") else _without_skips(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file, which `pytest.importorskip` skips."""
    report = yield
    return _without_skips(report)


def _without_skips(report: Report) -> Report:
    if report.outcome == "skipped" and os.environ.get("CHATBOT_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CHATBOT_NO_SKIPS allows none: {report.longrepr}"
    return report
