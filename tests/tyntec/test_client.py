"""The client against a gateway over real sockets: what is asked, and what each answer means."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import subprocess
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from chatbot.errors import Ambiguous, Busy, Refused, Rejected, SendError
from chatbot.messages import Message, ReceiptState
from chatbot.tyntec.client import ANSWER_LIMIT, Gateway

# What the fixtures of conftest.py give.
Serve = Any
Server = Any
Sample = Callable[[str], bytes]
Connect = Callable[..., Gateway]

TO = "+491622943176"
ID = "12-75cfafba-8799-4f2b-8505-ece6af6abf01"
CREDENTIALS = base64.b64encode("account:p4ss:wörd".encode()).decode()
TOO_LONG = b'{"requestId": "1", "more": "' + b"x" * ANSWER_LIMIT + b'"}'
ACTIVE = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x202E, 0xFEFF, 0xFFFE, 0x10FFFF]))
"""Every control character, and others that steer a terminal, a shell or a parser."""
CALLBACK = "https://bot.example.org/callbacks/s/t"


def answering(status: int, body: bytes = b"", *headers: str) -> Any:
    async def play(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await (await server.request(reader, writer)).answer(status, body, *headers)

    return play


async def failure(serve: Serve, connect: Connect, status: int, body: bytes = b"", *headers: str) -> SendError:
    """Send once to a gateway that answers so, and give the error."""
    async with serve(answering(status, body, *headers)) as server:
        with pytest.raises(SendError) as caught:
            await connect(server.url).send(Message("Hi"), TO, CALLBACK)
        assert len(server.requests) == 1
        return caught.value


async def test_a_send_is_the_manuals_request_and_gives_its_request_id(
    serve: Serve, connect: Connect, sample: Sample
) -> None:
    async with serve(answering(200, sample("accepted"))) as server:
        gateway = connect(server.url)
        assert await gateway.send(Message("Grüße 🚚"), TO, CALLBACK) == ID
        assert await gateway.send(Message("again"), TO, None) == ID
        first, second = server.requests
    assert first.head.startswith("POST /messaging/im/v1/outbound/requests HTTP/1.1")
    assert first.header("Content-Type") == "application/json"
    assert first.header("Accept") == "application/json"
    assert (
        base64.b64decode((first.header("Authorization") or "").removeprefix("Basic ")).decode() == "account:p4ss:wörd"
    )
    assert json.loads(first.body) == {
        "from": "MyCompany",
        "to": TO,
        "message": "Grüße 🚚",
        "imChannels": "VIBER",
        "deliverOnlyViaIM": False,
        "callbackUrl": CALLBACK,
        "messagePurpose": "transaction",
    }
    assert "callbackUrl" not in json.loads(second.body)
    assert server.connections == 1


@pytest.mark.parametrize("status", [200, 201, 202, 299])
async def test_any_2xx_that_carries_a_request_id_is_accepted(status: int, serve: Serve, connect: Connect) -> None:
    async with serve(answering(status, b'{"requestId": 7, "errorText": "a warning"}')) as server:
        assert await connect(server.url).send(Message("Hi"), TO, None) == "7"


async def test_a_message_that_viber_forbids_is_rejected_and_not_sent(serve: Serve, connect: Connect) -> None:
    async with serve(answering(200)) as server:
        with pytest.raises(Rejected, match=r"not sent: text\+image"):
            await connect(server.url).send(Message("Look", image="https://example.org/i"), TO, None)
        assert server.connections == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"OK", b"{}", b'{"requestId": ""}', b'{"requestId": "1"', b"\xff", b"[" * 50_000, TOO_LONG],
)
async def test_a_success_that_cannot_be_read_is_ambiguous(body: bytes, serve: Serve, connect: Connect) -> None:
    assert isinstance(await failure(serve, connect, 200, body), Ambiguous)


async def test_the_manuals_sample_of_a_rejection_is_no_success_though_it_carries_an_id(
    serve: Serve, connect: Connect, sample: Sample
) -> None:
    assert isinstance(await failure(serve, connect, 400, sample("rejected")), Rejected)


async def test_the_words_and_the_headers_of_an_answer_reach_its_error(serve: Serve, connect: Connect) -> None:
    error = await failure(serve, connect, 429, b'{"responseText": "Slow down."}', "Retry-After: 7")
    assert isinstance(error, Busy)
    assert error.retry_after == 7.0
    assert str(error) == "429: Slow down."
    error = await failure(serve, connect, 308, b"", "Location: https://elsewhere.example.org/")
    assert "a redirect to https://elsewhere.example.org/," in str(error)


async def test_a_date_in_retry_after_counts_from_the_clock(serve: Serve, connect: Connect) -> None:
    error = await failure(serve, connect, 503, b"", "Retry-After: Fri, 29 Jan 2016 11:30:14 GMT")
    assert isinstance(error, Busy)
    assert error.retry_after == 60.0


async def test_a_status_query_gives_the_receipt(serve: Serve, connect: Connect, sample: Sample) -> None:
    async with serve(answering(200, sample("receipt_sms"))) as server:
        receipt = await connect(server.url).status(ID)
        assert (receipt.state, receipt.channel, len(receipt.parts)) == (ReceiptState.DELIVERED, "SMS", 2)
        assert server.requests[0].head.startswith(f"GET /messaging/im/v1/outbound/requests/{ID}/status HTTP/1.1")
        assert server.requests[0].header("Authorization")


async def test_a_hostile_request_id_stays_one_segment_of_the_path(serve: Serve, connect: Connect) -> None:
    hostile = "../x?y#z/é A: b"
    async with serve(answering(200, json.dumps({"requestId": hostile, "overallState": "SEEN"}).encode())) as server:
        assert (await connect(server.url).status(hostile)).state is ReceiptState.SEEN
        line = server.requests[0].head.splitlines()[0]
        assert line == "GET /messaging/im/v1/outbound/requests/..%2Fx%3Fy%23z%2F%C3%A9%20A%3A%20b/status HTTP/1.1"


@pytest.mark.parametrize("impossible", [".", "..", "12\r\nA: b", "12\0", "12\udcff"])
async def test_an_id_that_no_gateway_gives_is_not_asked_for(impossible: str, serve: Serve, connect: Connect) -> None:
    async with serve(answering(200)) as server:
        with pytest.raises(Rejected, match="no message has the id"):
            await connect(server.url).status(impossible)
        assert server.connections == 0


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"responseText": "RequestId is missing."}', Rejected),
        (401, b"", Refused),
        (403, b"", Refused),
        (404, b'{"responseText": "The requested URI was not found."}', Rejected),
        (429, b"", Busy),
        (500, b"", Busy),
        (502, b"", Busy),
        (504, b"", Busy),
        (200, b"", Busy),
        (200, b'{"requestId": "another", "overallState": "SEEN"}', Busy),
        (200, b'{"requestId": "1", "message": "Hi", "from": "+491622943176", "to": "a"}', Busy),
        (302, b"", Refused),
    ],
)
async def test_a_failed_status_query_is_never_ambiguous(
    status: int, body: bytes, kind: type, serve: Serve, connect: Connect
) -> None:
    async with serve(answering(status, body)) as server:
        with pytest.raises(SendError) as caught:
            await connect(server.url).status(ID)
        assert type(caught.value) is kind
        assert re.match(r"\d{3}: \w|the receipt ", str(caught.value))


async def test_a_query_that_was_not_answered_may_be_asked_again(serve: Serve, connect: Connect) -> None:
    async with serve(answering(502)) as server:
        with pytest.raises(Busy) as caught:
            await connect(server.url).status(ID)
    assert str(caught.value) == "502: a server in between had no sound answer from the gateway; ask again later"


async def test_no_log_error_or_repr_holds_the_credentials(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = await failure(serve, connect, 403, b'{"responseText": "Username/password wrong or missing."}')
    gateway = connect("http://127.0.0.1:1")
    with pytest.raises(SendError) as unreachable:
        await gateway.send(Message("Hi"), TO, None)
    secret = base64.b64encode("account:p4ss:wörd".encode()).decode()
    shown = " ".join(
        [caplog.text, repr(gateway), repr(error), repr(unreachable.value), repr(unreachable.value.__cause__)]
    )
    assert secret not in shown
    assert "p4ss" not in shown
    assert TO not in shown


async def test_the_curl_command_sends_the_same_request_from_a_shell(
    serve: Serve, connect: Connect, sample: Sample
) -> None:
    async with serve(answering(200, sample("accepted"))) as server:
        gateway = connect(server.url, username="o'brien $HOME")
        message = Message('It\'s "$HOME" `id` \\ 🚚 !!' + ACTIVE)
        command = gateway.curl(message, TO, CALLBACK)
        assert "p4ss" not in command
        environ = {"TYNTEC_PASSWORD": "p4ss:wörd", "PATH": "/usr/local/bin:/usr/bin:/bin"}
        await asyncio.to_thread(subprocess.run, ["sh", "-c", command], env=environ, check=True, capture_output=True)
        await gateway.send(message, TO, CALLBACK)
        by_curl, by_us = server.requests
    assert by_curl.body == by_us.body
    assert json.loads(by_us.body)["message"] == message.text
    assert by_curl.head.splitlines()[0] == by_us.head.splitlines()[0]
    for name in ("Authorization", "Content-Type"):
        assert by_curl.header(name) == by_us.header(name)


class Body(httpx.AsyncByteStream):
    """An answer's body that tells whether it was closed, and breaks off after its chunks if told so."""

    def __init__(self, *chunks: bytes, breaks: bool = False) -> None:
        self.chunks = chunks
        self.breaks = breaks
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk
        if self.breaks:
            raise httpx.ReadError("connection reset")

    async def aclose(self) -> None:
        self.closed = True


def over(respond: Callable[[httpx.Request], httpx.Response]) -> Gateway:
    return Gateway(
        transport=httpx.MockTransport(respond),
        url="https://rest.tyntec.com/messaging/im/v1/",
        username="account",
        password="p4ss",
        sender="MyCompany",
        channels=("VIBER",),
        sms_fallback=True,
        purpose="transaction",
    )


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, Body(b"{}"), Refused),
        (403, Body(b"{", breaks=True), Refused),
        (429, Body(b"{", breaks=True), Busy),
        (400, Body(b"{", breaks=True), Rejected),
        (200, Body(b'{"requestId": "1"}', breaks=True), Ambiguous),
        (400, Body(TOO_LONG, b"never read", breaks=True), Rejected),
    ],
)
async def test_a_body_is_closed_and_the_status_counts_even_when_it_breaks_off(
    status: int, body: Body, kind: type
) -> None:
    with pytest.raises(SendError) as caught:
        await over(lambda _: httpx.Response(status, stream=body)).send(Message("Hi"), TO, None)
    assert type(caught.value) is kind
    assert body.closed


async def test_any_httpx_transport_will_do() -> None:
    gateway = over(lambda _: httpx.Response(200, json={"requestId": "1"}))
    assert await gateway.send(Message("Hi"), TO, None) == "1"
    await gateway.close()
