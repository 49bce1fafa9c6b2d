"""When the network fails: unreachable if nothing was written, ambiguous if perhaps, and nothing is doubled."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from chatbot.errors import Ambiguous, Busy, Refused, Rejected, SendError, Unreachable
from chatbot.messages import Message
from chatbot.tyntec.client import Gateway

# What the fixtures of conftest.py give.
Serve = Any
Server = Any
Connect = Callable[..., Gateway]

TO = "+491622943176"


async def failure(gateway: Gateway) -> SendError:
    with pytest.raises(SendError) as caught:
        await gateway.send(Message("Hi"), TO, None)
    return caught.value


def after_reading(raw: bytes, *, then_wait: bool = False) -> Any:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (await server.request(reader, writer)).write(raw)
        if then_wait:
            await asyncio.Event().wait()

    return play


async def test_a_gateway_that_does_not_listen_is_unreachable(connect: Connect) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = await failure(connect(f"http://127.0.0.1:{port}"))
    assert type(error) is Unreachable
    assert str(error).startswith(f"no connection to the gateway at http://127.0.0.1:{port}: ")
    assert "refused" in str(error)
    assert str(error).endswith("check gateway.url")


@pytest.mark.parametrize(
    ("raw", "wait"),
    [
        pytest.param(b"", False, id="closed"),
        pytest.param(b"", True, id="no answer in time"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", False, id="half a head"),
        pytest.param(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"requestId"', False, id="half a body"),
        pytest.param(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"requestId"', True, id="half a body in time"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 300_000, True, id="endless body"),
        pytest.param(b"garbage", False, id="garbage"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: \xff\r\nContent-Length: 0\r\n\r\n", False, id="a header of no alphabet"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000, False, id="a huge header"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", False, id="not yet"),
        pytest.param(b"HTTP/1.1 099 -\r\nContent-Length: 0\r\n\r\n", False, id="no status"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", False, id="no gzip"),
    ],
)
async def test_a_send_that_was_written_and_not_answered_is_ambiguous_and_written_once(
    raw: bytes, wait: bool, serve: Serve, connect: Connect
) -> None:
    async with serve(after_reading(raw, then_wait=wait)) as server:
        error = await failure(connect(server.url, timeout=0.3 if wait else 20.0))
        assert type(error) is Ambiguous
        assert server.url in str(error) or "200: " in str(error)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"", b"H", id="status"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n", id="chunks"),
    ],
)
async def test_an_answer_that_trickles_for_ever_is_given_up_when_the_time_of_the_whole_is_over(
    head: bytes, piece: bytes, serve: Serve, connect: Connect
) -> None:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = await server.request(reader, writer)
        await exchange.write(head)
        while True:
            await exchange.write(piece)
            await asyncio.sleep(0.02)

    async with serve(play) as server, asyncio.timeout(30):
        assert type(await failure(connect(server.url, timeout=0.2))) is Ambiguous


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Rejected), (403, Refused), (404, Refused), (429, Busy), (503, Busy), (502, Ambiguous)]
)
async def test_the_status_alone_counts_when_a_complaint_is_too_long_to_be_read(
    status: int, kind: type, serve: Serve, connect: Connect
) -> None:
    raw = b"HTTP/1.1 %d -\r\nContent-Length: 900000\r\n\r\n" % status + b"x" * 300_000
    async with serve(after_reading(raw)) as server:
        assert type(await failure(connect(server.url))) is kind


async def test_a_kept_connection_that_dies_with_the_next_send_is_ambiguous_and_not_doubled(
    serve: Serve, connect: Connect
) -> None:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (await server.request(reader, writer)).answer(200, b'{"requestId": "1"}')
        await server.request(reader, writer)

    async with serve(play) as server:
        gateway = connect(server.url)
        assert await gateway.send(Message("first"), TO, None) == "1"
        assert type(await failure(gateway)) is Ambiguous
        assert (server.connections, len(server.requests)) == (1, 2)
        assert await gateway.send(Message("third"), TO, None) == "1"


async def test_a_status_query_that_gets_no_answer_may_be_asked_again(serve: Serve, connect: Connect) -> None:
    async with serve(after_reading(b"")) as server:
        with pytest.raises(Busy) as caught:
            await connect(server.url).status("12-75")
        assert caught.value.retryable


async def test_a_cancelled_send_lets_go_of_its_connection_when_its_time_is_up(serve: Serve, connect: Connect) -> None:
    arrived, closed = asyncio.Event(), asyncio.Event()

    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader, writer)
        arrived.set()
        await reader.read()
        closed.set()

    async with serve(play) as server:
        sending = asyncio.create_task(connect(server.url, timeout=0.3).send(Message("Hi"), TO, None))
        await arrived.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.wait_for(closed.wait(), 10)
