"""The outbound door over real sockets: it says truthfully what may have been written, and writes nothing twice."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from typing import Any

import httpx
import pytest

from chatbot import http

# What the fixtures of conftest.py give.
Serve = Any
Server = Any
Open = Callable[..., http.Transport]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Open transports that are closed after the test."""
    transports: list[http.Transport] = []

    def make(**settings: Any) -> http.Transport:
        transports.append(http.open_transport(**settings))
        return transports[-1]

    yield make
    for transport in transports:
        await transport.aclose()


async def post(transport: http.Transport, url: str, body: bytes = b"{}") -> tuple[int, bytes]:
    async with asyncio.timeout(30):  # what hangs is a failure and not a hanging test
        response = await transport.handle_async_request(http.Request("POST", url, content=body))
        try:
            return response.status_code, await response.aread()
        finally:
            await response.aclose()


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_refused_connection_is_not_connected(opened: Open) -> None:
    with pytest.raises(http.NOT_CONNECTED):
        await post(opened(), f"http://127.0.0.1:{free_port()}/")


async def test_a_name_without_an_address_is_not_connected(opened: Open) -> None:
    with pytest.raises(http.NOT_CONNECTED):
        await post(opened(connect=2.0), "http://no-such-host.invalid/")


async def test_a_connection_that_is_not_made_in_time_is_not_connected(opened: Open) -> None:
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for caller in waiting:  # who fill the queue, so that the next one is left without an answer
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
        with pytest.raises(http.NOT_CONNECTED):
            await post(opened(connect=0.2), f"http://127.0.0.1:{listening.getsockname()[1]}/")
        for caller in waiting:
            caller.close()


async def test_a_url_of_another_kind_is_not_connected(opened: Open) -> None:
    with pytest.raises(http.NOT_CONNECTED):
        await post(opened(), "ftp://127.0.0.1/")


async def test_a_failed_tls_handshake_is_not_connected(opened: Open) -> None:
    without_certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=without_certificate)
    async with server:
        with pytest.raises(http.NOT_CONNECTED):
            await post(opened(), f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


async def test_a_tls_handshake_that_is_not_answered_is_not_connected(opened: Open, serve: Serve) -> None:
    async with serve(silent) as server:
        with pytest.raises(http.NOT_CONNECTED):
            await post(opened(connect=0.2), server.url.replace("http:", "https:"))
        assert server.connections == 1


async def silent(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def close_at_once(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return


async def reset_at_once(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    server.reset(writer)


async def close_after_reading(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await server.request(reader, writer)


async def reset_after_reading(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await server.request(reader, writer)
    server.reset(writer)


async def never_answer(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await server.request(reader, writer)
    await asyncio.Event().wait()


def say(raw: bytes, *, then_wait: bool = False) -> Any:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (await server.request(reader, writer)).write(raw)
        if then_wait:
            await asyncio.Event().wait()

    return play


HALF_A_HEAD = b"HTTP/1.1 200 OK\r\nContent-Le"
HALF_A_BODY = b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"requestId"'
MUCH_OF_A_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 1_000_000


@pytest.mark.parametrize(
    ("play", "total"),
    [
        pytest.param(close_at_once, 20.0, id="closed before reading"),
        pytest.param(close_after_reading, 20.0, id="closed after reading"),
        pytest.param(reset_after_reading, 20.0, id="reset after reading"),
        pytest.param(never_answer, 0.3, id="no answer in time"),
        pytest.param(say(HALF_A_HEAD), 20.0, id="half a head"),
        pytest.param(say(HALF_A_BODY), 20.0, id="half a body"),
        pytest.param(say(MUCH_OF_A_BODY), 20.0, id="much of a body"),
        pytest.param(say(HALF_A_HEAD, then_wait=True), 0.3, id="half a head in time"),
        pytest.param(say(HALF_A_BODY, then_wait=True), 0.3, id="half a body in time"),
        pytest.param(say(MUCH_OF_A_BODY, then_wait=True), 0.3, id="much of a body in time"),
        pytest.param(say(b"\0\1garbage\r\n\r\n"), 20.0, id="garbage"),
        pytest.param(say(b"SSH-2.0-OpenSSH\r\n"), 20.0, id="another protocol"),
        pytest.param(
            say(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), 20.0, id="not gzip"
        ),
        pytest.param(say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 20.0, id="not a chunk"),
    ],
)
async def test_what_fails_after_connecting_may_have_been_written_and_is_written_once(
    play: Any, total: float, opened: Open, serve: Serve
) -> None:
    async with serve(play) as server:
        with pytest.raises(http.RequestError) as caught:
            await post(opened(connect=total, total=total), server.url)
        assert not isinstance(caught.value, http.NOT_CONNECTED)
        assert server.connections == 1
        assert len(server.requests) <= 1


async def test_a_connection_that_is_reset_at_once_is_tried_once(opened: Open, serve: Serve) -> None:
    async with serve(reset_at_once) as server:
        with pytest.raises(http.RequestError):  # the reset may still meet the connecting, or already the writing
            await post(opened(), server.url)
        assert server.connections == 1


async def test_a_transport_that_was_closed_says_so_as_a_request_error(opened: Open, serve: Serve) -> None:
    async with serve(never_answer) as server:
        transport = opened()
        await transport.aclose()
        with pytest.raises(http.RequestError):
            await post(transport, server.url)


async def test_waiting_for_a_free_connection_is_not_connected(opened: Open, serve: Serve) -> None:
    taken, released = asyncio.Event(), asyncio.Event()

    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await server.request(reader, writer)
        taken.set()
        await released.wait()
        await request.answer(200, b"ok")

    async with serve(play) as server:
        transport = opened(connect=0.2, connections=1)
        first = asyncio.create_task(post(transport, server.url))
        async with asyncio.timeout(30):
            await taken.wait()
        for _ in range(2):
            with pytest.raises(http.NOT_CONNECTED):
                await post(transport, server.url)
        released.set()
        assert await first == (200, b"ok")
        assert len(server.requests) == 1


async def test_a_connection_is_kept_and_used_again(opened: Open, serve: Serve) -> None:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await (await server.request(reader, writer)).answer(200, b"ok")

    async with serve(play) as server:
        transport = opened()
        assert [await post(transport, server.url) for _ in range(3)] == [(200, b"ok")] * 3
        assert (server.connections, len(server.requests)) == (1, 3)


async def test_a_kept_connection_that_dies_with_the_next_request_is_not_tried_again(opened: Open, serve: Serve) -> None:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (await server.request(reader, writer)).answer(200)
        await server.request(reader, writer)

    async with serve(play) as server:
        transport = opened()
        await post(transport, server.url, b"first")
        with pytest.raises(httpx.ReadError):
            await post(transport, server.url, b"second")
        await post(transport, server.url, b"third")
        assert [request.body for request in server.requests] == [b"first", b"second", b"third"]
        assert server.connections == 2


async def test_connections_that_the_server_closes_between_requests_double_and_hide_nothing(
    opened: Open, serve: Serve
) -> None:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await server.request(reader, writer)
        while int(request.body) % 4:  # every fourth is left unanswered, every seventh answer is the connection's last
            await request.answer(200)
            if int(request.body) % 7 == 0:
                return
            request = await server.request(reader, writer)

    async with serve(play) as server:
        transport = opened()
        outcomes: dict[bytes, str] = {}

        async def lane(start: int) -> None:
            for number in range(start, start + 100):
                body = b"%d" % number
                try:
                    await post(transport, server.url, body)
                    outcomes[body] = "answered"
                except http.NOT_CONNECTED:
                    outcomes[body] = "not written"
                except http.RequestError:
                    outcomes[body] = "unknown"

        await asyncio.gather(*[lane(start) for start in range(0, 800, 100)])
        seen = Counter(request.body for request in server.requests)
        assert max(seen.values()) == 1
        assert all(seen[body] == 1 for body, outcome in outcomes.items() if outcome == "answered")
        assert all(seen[body] == 0 for body, outcome in outcomes.items() if outcome == "not written")
        assert Counter(outcomes.values())["answered"] > 100


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int, opened: Open, serve: Serve) -> None:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await (await server.request(reader, writer)).answer(status, b"", "Location: /elsewhere")

    async with serve(play) as server:
        assert (await post(opened(), server.url))[0] == status
        assert len(server.requests) == 1


async def test_no_proxy_of_the_environment_is_used(opened: Open, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (await server.request(reader, writer)).answer(200, b"direct")

    async with serve(close_at_once) as proxy, serve(play) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv(name.lower(), proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert await post(opened(), server.url) == (200, b"direct")
        assert proxy.connections == 0
