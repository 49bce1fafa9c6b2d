"""A bot as a service: its folder, its gateway and its server process, and the people who write to it."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .gateway import Gateway
from .process import ACCOUNT, SECRET, ForkServer, Point, Process, Site, again, post, ready

PATIENCE = 120.0
STOP_WITHIN = 30.0
"""What SIGTERM promises."""

_UNHANDLED = "SELECT (SELECT count(*) FROM event WHERE status = 'waiting') + (SELECT count(*) FROM invocation)"
_UNSENT = """
    + (SELECT count(*) FROM outbox WHERE status IN ('waiting', 'sending', 'ambiguous'))
    + (SELECT count(*) FROM timer WHERE delay < 10)
"""


@dataclass
class Service:
    """Make it with `serving`. ``process`` is the server that runs or ran last."""

    fork: ForkServer
    site: Site
    gateway: Gateway
    process: Process | None = None
    started: list[Process] = field(default_factory=list)

    async def start(self, point: Point | None = None) -> Process:
        """Start a server and wait until it answers, unless it is to end at ``point``."""
        self.process = process = await self.fork.start(self.site, point)
        self.started.append(process)
        if point is None:
            assert await ready(self.site, process), f"the server did not start\n{self.said()}"
        return process

    async def stop(self) -> None:
        """Send SIGTERM and wait for the end, which must come in time and be none that says that something is wrong."""
        assert self.process is not None
        self.process.signal(signal.SIGTERM)
        await asyncio.wait([self.process.ended], timeout=STOP_WITHIN)
        assert self.process.status in (0, signal.SIGTERM, signal.SIGKILL), f"{self.process.status}\n{self.said()}"
        await self.process.close()

    async def kill(self) -> None:
        """Send SIGKILL."""
        assert self.process is not None
        self.process.signal(signal.SIGKILL)
        await self.process.close()

    @asynccontextmanager
    async def kept_up(self) -> AsyncIterator[list[int | None]]:
        """Start a server again whenever one ends, as a supervisor does; gives the statuses of those that have ended."""
        ends: list[int | None] = []

        async def keep_up() -> None:
            while self.process is not None:
                await asyncio.wait([self.process.ended])
                ends.append(self.process.status)
                self.process = await self.fork.start(self.site)
                self.started.append(self.process)

        keeping = asyncio.create_task(keep_up())
        try:
            yield ends
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def say(self, contact: str, words: str, request_id: str, **changes: object) -> int | None:
        """Have a contact write, once; give the status, None when there was no answer."""
        body = {"from": contact, "to": ACCOUNT, "message": words, "requestId": request_id, **changes}
        return await post(self.site.port, f"/callbacks/{SECRET}", json.dumps(body).encode())

    async def tell(self, contact: str, words: str, request_id: str) -> None:
        """Have a contact write, again and again until it was acknowledged, as the gateway does."""

        async def taken() -> bool:
            return await self.say(contact, words, request_id) in (200, 201, 202)

        await again(taken)

    async def quiet(self) -> None:
        """Wait until nothing waits for anything but people."""
        await until(lambda: self._counts_none(_UNHANDLED + _UNSENT), self)

    async def handled(self) -> None:
        """Wait until every event and every slow call has come to its end."""
        await until(lambda: self._counts_none(_UNHANDLED), self)

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Read what is committed, as a stranger; one column comes as plain values."""
        with closing(sqlite3.connect(f"file:{self.site.file}?mode=ro", uri=True, timeout=0.1)) as stranger:
            return [row[0] if len(row) == 1 else row for row in stranger.execute(sql, values)]

    def said(self) -> str:
        """Give what all servers have logged."""
        return self.site.log.read_text() if self.site.log.exists() else ""

    def _counts_none(self, sql: str) -> bool:
        try:
            return bool(self.rows(sql) == [0])
        except sqlite3.OperationalError:  # just being made, or recovered
            return False


async def until(holds: Callable[[], bool], service: Service, within: float = PATIENCE) -> None:
    """Look again and again until ``holds()``; fail with the log when it does not come about."""

    async def look() -> bool:
        return holds()

    try:
        async with asyncio.timeout(within):
            await again(look)
    except TimeoutError:
        raise AssertionError(f"in vain for {within:g} s: {holds}\n{service.said()}") from None


@asynccontextmanager
async def serving(
    fork: ForkServer, folder: Path, bots: Mapping[str, Path], gateway: Gateway | None = None, **site: Any
) -> AsyncIterator[Service]:
    """Lay out a bot in ``folder`` before ``gateway`` (one that accepts everything, if none is given)."""
    gateway = gateway or Gateway()
    await gateway.open()
    service = Service(fork, Site.make(folder, bots, gateway.url, **site), gateway)
    gateway.deliver = lambda path, body: post(service.site.port, path, body)
    try:
        yield service
    finally:
        await asyncio.gather(*(process.close() for process in service.started))
        await gateway.close()
        service.site.close()
