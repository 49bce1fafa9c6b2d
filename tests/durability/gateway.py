"""The gateway as a script plays it: counts every POST, answers as told, and delivers receipts until they are taken."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from .process import again

Deliver = Callable[[str, bytes], Awaitable[int | None]]
"""POSTs a body to a path of the bot and gives the status, or None when there was no answer."""

UNANSWERED = ("reset", "garbage")
"""The answers that accept a message and do not say so."""


@dataclass
class Post:
    """One POST to the gateway. ``accepted`` is the requestId that it got, also when the answer never arrived."""

    contact: str
    text: str
    path: str
    answer: str
    accepted: str = ""


@dataclass
class Gateway:
    """Accepts everything, but for what ``faults`` says of the next POSTs with a text; accepted ones get ``receipts``.

    The answers are ``ok``; ``early`` (receipts first); ``wait`` (until ``go_on`` is set); a status as ``503``;
    ``reset`` and ``garbage``, which accept the message and do not say so. ``always`` is the answer to everything.
    """

    faults: Mapping[str, Iterable[str]] = field(default_factory=dict)
    receipts: Mapping[str, Iterable[str]] = field(default_factory=dict)
    by_default: tuple[str, ...] = ()
    deliver: Deliver | None = None
    posts: list[Post] = field(default_factory=list)
    url: str = ""
    always: str = ""
    words: str = "Unexpected error, please retry."

    def __post_init__(self) -> None:
        self._coming = {text: deque(answers) for text, answers in self.faults.items()}
        self._tasks: set[asyncio.Task[None]] = set()
        self._couriers: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        self._port = 0
        self.go_on = asyncio.Event()

    async def open(self) -> None:
        """Listen on a port of the system's choice, the same after `close`."""
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", self._port, backlog=1024)
        self._port = self._listening.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def close(self) -> None:
        """Break off everything."""
        if self._listening is not None:
            self._listening.close()
        for task in (*self._tasks, *self._couriers):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._couriers, return_exceptions=True)

    def faults_of(self, text: str, *answers: str) -> None:
        """Answer the next POSTs with ``text`` so, after those for which that is settled."""
        self._coming.setdefault(text, deque()).extend(answers)

    def texts(self, contact: str | None = None) -> list[str]:
        """Give the texts that were POSTed (to ``contact``), in order."""
        return [post.text for post in self.posts if contact in (None, post.contact)]

    async def settled(self) -> None:
        """Wait until every receipt was taken."""
        while self._couriers:
            await asyncio.wait(self._couriers)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.partition("content-length:")[2].partition("\r\n")[0])
                await self._answer(json.loads(await reader.readexactly(length)), writer)
        writer.close()

    async def _answer(self, given: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        coming = self._coming.get(given["message"])
        answer = self.always or (coming.popleft() if coming else "ok")
        post = Post(given["to"], given["message"], urlsplit(given["callbackUrl"]).path, answer)
        self.posts.append(post)
        if not answer.isdecimal():
            post.accepted = f"R{len(self.posts)}"
            courier = asyncio.create_task(self._send_receipts(post))
            self._couriers.add(courier)
            courier.add_done_callback(self._couriers.discard)
            if answer == "early":
                await courier
        if answer == "wait":
            await self.go_on.wait()
        if answer == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.close()
        elif answer == "garbage":
            await _write(writer, 200, b"<html>It works!</html>")
        elif answer.isdecimal():
            await _write(writer, int(answer), json.dumps({"responseText": self.words}).encode())
        else:
            await _write(writer, 200, json.dumps({"requestId": post.accepted, "errorText": ""}).encode())

    async def _send_receipts(self, post: Post) -> None:
        for state in self.receipts.get(post.text, self.by_default):
            body = json.dumps({"requestId": post.accepted, "overallState": state, "to": post.contact}).encode()
            await again(partial(self._delivered, post.path, body))

    async def _delivered(self, path: str, body: bytes) -> bool:
        assert self.deliver is not None
        return await self.deliver(path, body) in (200, 202)


async def _write(writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
    head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
