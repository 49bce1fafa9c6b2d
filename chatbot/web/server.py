"""Runs an ASGI application under uvicorn, with settings that fit a webhook and limits that uvicorn does not set."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn import Server as Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

GRACE = 10
"""Seconds that requests under way get at the end; with the engine's own stop it stays under the promised 30."""
DEADLINE = 15.0
"""Seconds from the first byte (or from the connection, for the first request) until a request is complete."""
HEADERS = 100
HEAD_BYTES = 32_768


class BoundedHttp(HttpToolsProtocol):
    """Cuts off clients that never finish, and refuses heads over HEADERS lines or HEAD_BYTES with 431."""

    deadline = DEADLINE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._refused = False
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless the request was refused."""
        if not self._refused:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request."""
        super().on_message_begin()
        self._head_bytes = 0
        self._wait()

    def on_url(self, url: bytes) -> None:
        """Take a part of the path."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or refuse the request for having too many."""
        if not self._refused:
            super().on_header(name, value)
            self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Hand the request over, unless it was refused."""
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole: nothing more to wait for."""
        self._stop_waiting()
        if not self._refused:
            super().on_message_complete()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES or len(self.headers) > HEADERS:
            self._refused = True
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            self.transport.close()

    def _wait(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(self.deadline, self._cut)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self) -> None:
        self.transport.abort()


def bind(host: str, port: int) -> socket.socket:
    """Take a TCP port; 0 takes any free one. Raises OSError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    sock.set_inheritable(True)
    return sock


def server(app: Any, *, log_level: str = "warning") -> uvicorn.Server:
    """Make a server for ``app``. Run it with ``server.run(sockets=[...])`` or await ``server.serve(...)``.

    There is no access log: the path of a callback holds its secret. Forwarded headers are not trusted.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=BoundedHttp,
            access_log=False,
            log_level=log_level,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=2000,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE,
            ws="none",
        )
    )
