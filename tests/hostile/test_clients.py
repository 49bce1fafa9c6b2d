"""Clients that never finish, ask for everything at once or speak no HTTP are cut off, and others are served."""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
import sys
from typing import Any

import pytest

from chatbot.web.server import CONNECTIONS

Target = Any
Connection = Any

MEGABYTE = 2**20
MARGIN = 24 * MEGABYTE
LATE = 60.0
"""Seconds after which a client is not cut off at all: the deadline here is a second and a half."""
NEVER = 3600.0
MANY = 40


async def cut_off(connection: Connection) -> bytes:
    """Wait until the server closes; fail when it does not."""
    return bytes(await asyncio.wait_for(connection.end(), LATE))


# Slow


async def begin_slowly(target: Target, clients: int) -> list[Connection]:
    """Connect so many clients, each of which has begun something that it will not finish."""
    head = f"POST {target.path} HTTP/1.1\r\nHost: bot\r\n".encode()
    begun = [
        b"",
        b"P",
        head,
        head + b"X-Slow: ",
        head + b"Content-Length: 1000\r\n\r\n{",
        head + b"Content-Length: 9\r\n",
    ]
    slow = [await target.connect() for _ in range(clients)]
    for number, connection in enumerate(slow):
        await connection.send(begun[number % len(begun)])
    return slow


async def test_500_clients_that_never_finish_hold_up_nobody(open_target: Any) -> None:
    patience = {"chatbot.web.server:BoundedHttp.deadline": NEVER, "chatbot.web.webhook:BODY_DEADLINE": NEVER}
    target = await open_target(**patience)
    slow = await begin_slowly(target, 500)
    for number in range(10):
        assert await target.post(target.message(f"I{number}", f"word {number}")) == 200
    assert not any(connection.reader.at_eof() for connection in slow)


async def test_500_clients_that_never_finish_are_cut_off(target: Target) -> None:
    before = target.forget_peak()
    answers = await asyncio.gather(*map(cut_off, await begin_slowly(target, 500)))
    assert {answer[:12] for answer in answers} <= {b"", b"HTTP/1.1 408"}
    assert target.peak() - before < 2 * MARGIN
    assert target.count("quarantine") == 0


@pytest.mark.parametrize(
    "begun", [b"", b"POST / HTTP/1.1\r\nX-Slow: ", b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n"]
)
async def test_a_byte_now_and_then_does_not_put_the_deadline_off(target: Target, begun: bytes) -> None:
    connection = await target.connect()
    begun = begun.replace(b"/", target.path.encode(), 1)
    await connection.send(begun)

    async def trickle() -> None:
        while True:
            await connection.send(b"x" if begun else b"\n")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    await cut_off(connection)
    trickling.cancel()


async def test_a_client_that_goes_quiet_in_its_second_request_is_cut_off(target: Target) -> None:
    for rest in (b"P", b"\r\n", f"POST {target.path} HTTP/1.1\r\n".encode()):
        connection = await target.connect()
        await connection.send(
            target.request(target.message("I1")),
        )
        assert await connection.status() == 200
        await connection.send(rest)
        await cut_off(connection)


# Large


async def test_fifty_thousand_headers_are_refused(target: Target) -> None:
    before = target.forget_peak()
    connection = await target.connect()
    lines = [b"X-%d: y\r\n" % number for number in range(50_000)]
    await connection.send(
        f"POST {target.path} HTTP/1.1\r\n".encode(), *[b"".join(lines[n : n + 500]) for n in range(0, 50_000, 500)]
    )
    assert await connection.status() in (431, None)
    assert target.peak() - before < MARGIN


@pytest.mark.parametrize(
    "begun", [b"POST /callbacks/", b"POST / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nX: y\r\n "]
)
async def test_a_head_without_end_is_refused_before_it_fills_the_memory(target: Target, begun: bytes) -> None:
    before = target.forget_peak()
    connection = await target.connect()
    await connection.send(begun, *[b"x" * MEGABYTE] * 100)
    assert await connection.status() in (431, 400, 414, None)
    assert target.peak() - before < MARGIN


async def test_endless_trailers_and_chunk_extensions_are_cut_off(target: Target) -> None:
    before = target.forget_peak()
    head = f"POST {target.path} HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    for begun, endless in ((b"0\r\n", b"X: y\r\n"), (b"0\r\nX: ", b"x"), (b"1;", b"x")):
        connection = await target.connect()
        await connection.send(head + begun, *[endless * MEGABYTE] * 50)
        assert await connection.status() in (431, 413, 400, 408, None)
    assert target.peak() - before < MARGIN


# Many at once


async def test_pipelined_requests_are_each_answered_in_order(target: Target) -> None:
    connection = await target.connect()
    wrong = target.request(b"{}", path="/callbacks/wrong")
    requests = [target.request(target.message(f"I{number}", f"word {number}")) + wrong for number in range(100)]
    await connection.send(b"".join(requests))
    assert [await connection.status() for _ in range(200)] == [200, 404] * 100
    await target.service.quiet()
    assert target.service.gateway.texts() == ["Hello", *(f"word {number}" for number in range(1, 100))]


async def test_a_client_that_asks_on_and_on_and_reads_no_answer_costs_no_memory(target: Target) -> None:
    before = target.forget_peak()
    connection = await target.connect(limit=1024)  # beyond that it stops reading
    connection.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    request = target.request(b"{}", path="/callbacks/wrong")

    async def ask() -> None:
        await connection.send(*[request * 1000] * 500)

    asking = asyncio.create_task(ask())
    for number in range(20):
        assert await target.post(target.message(f"I{number}")) == 200
    await asking  # until the server cuts the connection
    assert target.peak() - before < MARGIN


IDLE, SILENT, SLOW = b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n", b"", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"


@pytest.mark.parametrize("begun", [IDLE, SILENT, SLOW], ids=["idle", "silent", "slow"])
async def test_of_too_many_connections_the_ones_that_keep_us_waiting_longest_make_room(
    open_target: Any, begun: bytes
) -> None:
    patience = {"chatbot.web.server:BoundedHttp.deadline": NEVER, "chatbot.web.webhook:BODY_DEADLINE": NEVER}
    bound = {"chatbot.web.server:CONNECTIONS": MANY, "chatbot.web.server:KEEP_ALIVE": NEVER}
    target = await open_target(**patience, **bound)
    waiting = []
    for _ in range(MANY + 10):
        waiting.append(await target.connect())
        await waiting[-1].send(begun.replace(b"/ ", target.path.encode() + b" "))
        if begun is IDLE:
            assert await waiting[-1].status() == 200
    for number in range(5):
        assert await target.post(target.message(f"I{number}")) == 200
    await asyncio.gather(*map(cut_off, waiting[:11]))  # ten were too many, and then another came
    assert not any(connection.reader.at_eof() for connection in waiting[16:])


async def test_a_connection_without_a_request_is_closed_after_a_while(open_target: Any) -> None:
    target = await open_target(
        **{"chatbot.web.server:KEEP_ALIVE": 0.1, "chatbot.web.server:BoundedHttp.deadline": NEVER}
    )
    connection = await target.connect()
    await connection.send(IDLE)
    assert await connection.status() == 200
    assert await cut_off(connection) == b""


async def test_a_server_may_open_more_files_than_it_takes_connections(target: Target) -> None:
    soft, hard = resource.prlimit(target.pid, resource.RLIMIT_NOFILE)
    assert soft == hard or soft >= 2 * CONNECTIONS


@pytest.mark.parametrize(
    ("soft", "hard", "allowed"), [(256, 8192, 4000), (256, 1024, 1024), (5000, 8192, 5000), (256, 256, 256)]
)
def test_the_limit_of_open_files_is_raised_as_far_as_it_is_allowed(soft: int, hard: int, allowed: int) -> None:
    script = f"""
import resource
from chatbot.web import server
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
made = server.server(None).config
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], made.limit_concurrency)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
    now, most_open = map(int, said.split())
    assert now == allowed
    assert most_open < now


async def test_two_lengths_or_a_length_and_chunks_are_no_way_to_hide_a_request(target: Target) -> None:
    hidden = target.request(target.message("hidden"))
    for headers in (
        f"Content-Length: {len(hidden)}\r\nContent-Length: 0",
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Content-Length: +5",
        "Content-Length: 0x10",
        "Content-Length : 5",
    ):
        connection = await target.connect()
        await connection.send(
            f"POST /callbacks/wrong HTTP/1.1\r\nHost: bot\r\n{headers}\r\n\r\n0\r\n\r\n".encode() + hidden
        )
        assert await connection.status() in (400, 404, 413, None)
        await connection.end()
    assert target.count("event WHERE key = 'hidden'") == 0


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"\0" * 1000,
        b"SSH-2.0-x\r\n",
        b"POST /callbacks/x HTTP/9.9\r\n\r\n",
        b"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /callbacks/x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: \r\nX-\xff: \xff\r\nConnection: close\r\n\r\n",
    ],
)
async def test_what_is_no_request_of_ours_is_never_500(target: Target, noise: bytes) -> None:
    connection = await target.connect()
    await connection.send(noise)
    answer = await cut_off(connection)
    assert answer == b"" or answer.split()[1] in (b"200", b"400", b"404", b"405", b"408", b"501", b"505"), answer
