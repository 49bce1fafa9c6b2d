"""Runs an ASGI application under uvicorn, with settings that fit a webhook and limits that uvicorn does not set."""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
from typing import Any

import uvicorn
from uvicorn import Server as Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

GRACE = 10
"""Seconds that requests under way get at the end; with the engine's own stop it stays under the promised 30."""
DEADLINE = 15.0
"""Seconds from the first byte (or from the connection, for the first request) until a request is complete."""
KEEP_ALIVE = 10
"""Seconds that a connection stays open without a request."""
CONNECTIONS = 2000
"""How many connections are open at a time, where the system lets this process have twice as many files."""
HEADERS = 100
HEAD_BYTES = 32_768
_AT_ONCE = struct.pack("ii", 1, 0)  # linger for no second


class State(ServerState):
    """What the connections of one server share: how many may be, and all of them in the order of their last answer."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.by_age: dict[BoundedHttp, None] = {}


class BoundedHttp(HttpToolsProtocol):
    """Cuts off clients that never finish or never read, and refuses heads over HEADERS lines or HEAD_BYTES with 431.

    Pipelined requests are read no faster than they are answered. A connection too many is let in for the one whose
    client has kept us waiting longest.
    """

    deadline = DEADLINE
    server_state: State

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room, and begin to wait for the first request."""
        if len(self.server_state.by_age) >= self.server_state.most:
            self._make_room()
        self._is_youngest()
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._answering: RequestResponseCycle | None = None
        self._head_bytes = 0
        self._unheard_bytes = 0
        self._heard = False
        self._refused = False
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting, and write no more."""
        self.server_state.by_age.pop(self, None)
        self._stop_waiting()
        self._is_read()
        if self._answering is not None:  # uvicorn tells only the last one in the pipeline
            self._answering.disconnected = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless the request was refused. They begin a request, also if they are but a line break."""
        if self._refused:
            return
        if self._answering is None or self._answering.response_complete:
            self._wait()
        self._heard = False
        super().data_received(data)
        if not self._heard:  # the parser keeps them, as of a header whose end does not come
            self._unheard_bytes += len(data)
            self._refuse_if_large()

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request."""
        super().on_message_begin()
        self._heard = True
        self._head_bytes = self._unheard_bytes = 0
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
        self._heard = True
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._heard = True
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole: nothing more to wait for."""
        self._heard = True
        self._stop_waiting()
        if not self._refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on to the next request; uvicorn would read on although others wait, and fill the memory."""
        super().on_response_complete()
        self._is_youngest()
        if self.pipeline:
            self.flow.pause_reading()

    def pause_writing(self) -> None:
        """Begin to wait for a client that does not read."""
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(self.deadline, self._cut)

    def resume_writing(self) -> None:
        """It reads."""
        super().resume_writing()
        self._is_read()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _count(self, size: int) -> None:
        self._heard = True
        self._head_bytes += size
        self._refuse_if_large()

    def _refuse_if_large(self) -> None:
        small = max(self._head_bytes, self._unheard_bytes) <= HEAD_BYTES and len(self.headers or ()) <= HEADERS
        if self._refused or small:
            return
        self._refused = True
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        self.transport.close()

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.deadline, self._cut)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _make_room(self) -> None:
        """Cut off the one whose client has kept us waiting longest; nobody, when it is we who keep all waiting."""
        slowest = next((one for one in self.server_state.by_age if one._waits_for_its_client()), None)
        if slowest is not None:
            del self.server_state.by_age[slowest]
            slowest._cut()

    def _waits_for_its_client(self) -> bool:
        if self.flow.write_paused:
            return True
        cycle = self._answering
        return not self.pipeline and (cycle is None or cycle.response_complete or cycle.more_body)

    def _is_youngest(self) -> None:
        self.server_state.by_age.pop(self, None)
        self.server_state.by_age[self] = None

    def _cut(self) -> None:
        # Without this the kernel goes on for minutes to offer what the client does not read.
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
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

    There is no access log: the path of a callback holds its secret. Forwarded headers are not trusted. Raises this
    process's limit of open files as far as CONNECTIONS need it.
    """
    files = allow_files(2 * CONNECTIONS)
    most, coming = min(CONNECTIONS, files // 2), min(1024, files // 4)
    made = uvicorn.Server(
        uvicorn.Config(
            app,
            http=BoundedHttp,
            access_log=False,
            log_config=None,
            log_level=log_level,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=most + coming,
            backlog=coming,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
            ws="none",
        )
    )
    made.server_state = State(most)
    return made


def allow_files(wanted: int) -> int:
    """Raise the soft limit of open files to ``wanted`` as far as the hard one lets us; give what may be opened now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted:
        soft = wanted if hard == unlimited else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == unlimited else soft
