"""Whatever is POSTed to the webhook is answered as promised, costs little memory, and harms nobody."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

Target = Any

ANNA = "+491622943176"
MEGABYTE = 2**20
MARGIN = 24 * MEGABYTE
"""How much more memory the server may take under attack."""

MESSAGE: dict[str, object] = {"from": ANNA, "to": "customer_account", "message": "hi", "requestId": "I1"}


def changed(**changes: object) -> bytes:
    return json.dumps({**MESSAGE, **changes}).encode()


def raw(value: bytes, key: str = "message") -> bytes:
    """Put ``value`` into the JSON of a message as it is."""
    return json.dumps({**MESSAGE, key: "?"}).encode().replace(b'"?"', value)


READABLE = {
    "NUL": changed(message="a\0b"),
    "ANSI": changed(message="\x1b[31mred\x1b[0m"),
    "CRLF": changed(message="a\r\nSet-Cookie: x"),
    "markup": changed(message="<script>alert(1)</script>"),
    "a formula": changed(message='=HYPERLINK("http://x")'),
    "a BOM": b"\xef\xbb\xbf" + changed(),
    "UTF-16": changed().decode().encode("utf-16"),
    "a key twice": changed().replace(b"{", b'{"message": "first", ', 1),
    "unknown keys": changed(other={"deep": [1]}, __proto__=1),
    "a number for a word": changed(message=7, requestId=8),
    "a bidirectional override": changed(message="\u202egnp.exe"),
    "names that climb": changed(requestId="../../../etc/passwd", to="../.."),
    "a trailing comma": changed()[:-1] + b",}",
}
UNREADABLE = {
    "nothing": b"",
    "no JSON": b"hello",
    "half of it": changed()[:-10],
    "NaN": raw(b"NaN", "sentDate"),
    "infinity": raw(b"Infinity"),
    "a number of 5,000 digits": raw(b"9" * 5000),
    "an exponent without end": raw(b"1e999999999"),
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "deep and whole": raw(b"[" * 5000 + b"]" * 5000),
    "a lone surrogate": raw(b'"\\ud800"'),
    "broken UTF-8": raw(b'"\xff\xfe"'),
    "a list for a word": changed(message=["hi"]),
    "an object for a word": changed(message={"$gt": ""}),
    "true for a word": changed(message=True),
    "a list": b"[]",
    "a string": b'"hi"',
    "null": b"null",
    "no requestId": json.dumps({key: value for key, value in MESSAGE.items() if key != "requestId"}).encode(),
    "requestId null": changed(requestId=None),
    "requestId empty": changed(requestId=" "),
    "requestId of 10,000 characters": changed(requestId="x" * 10_000),
    "requestId with a line break": changed(requestId="a\r\nb"),
    "no number": changed(**{"from": "anna"}),
    "a number of other digits": changed(**{"from": "+٤٩١٦٢٢٩٤٣١٧٦"}),
    "a form": b"from=%2B491622943176&message=hi&requestId=I1",
    "XML": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
    "zeros": bytes(1000),
}


@pytest.mark.parametrize("name", READABLE)
async def test_what_is_odd_and_can_be_read_is_a_message_like_any_other(target: Target, name: str) -> None:
    assert await target.post(READABLE[name]) == 200
    assert (target.count("event WHERE kind = 'message'"), target.count("quarantine")) == (1, 0)


async def test_what_cannot_be_read_is_accepted_and_kept_as_it_came(target: Target) -> None:
    for number, (name, body) in enumerate(UNREADABLE.items(), 1):
        assert (name, await target.post(body)) == (name, 202)
        assert target.service.rows("SELECT body FROM quarantine ORDER BY id")[-1] == body
        assert (target.count("event"), target.count("quarantine")) == (0, number)


async def test_a_packed_body_is_not_unpacked(target: Target) -> None:
    bomb = gzip.compress(bytes(100 * MEGABYTE))
    before = target.forget_peak()
    assert await target.post(bomb, "Content-Encoding: gzip") == 202
    assert await target.post(gzip.compress(changed()), "Content-Encoding: gzip") == 202
    assert target.peak() - before < MARGIN


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "\x01"])
async def test_the_content_type_matters_to_nobody(target: Target, kind: str) -> None:
    assert await target.post(changed(), f"Content-Type: {kind}") in (200, 400)


async def test_a_body_of_100_megabytes_is_refused_before_it_is_read(target: Target) -> None:
    before = target.forget_peak()
    connection = await target.connect()
    head = f"POST {target.path} HTTP/1.1\r\nHost: bot\r\nContent-Length: {100 * MEGABYTE}\r\n\r\n"
    await connection.send(head.encode(), b" " * 1000)
    assert await connection.status() == 413
    assert await connection.end() == b""
    assert target.peak() - before < MARGIN
    assert target.count("quarantine") == 0


async def test_a_body_without_a_length_is_read_up_to_the_limit(target: Target) -> None:
    before = target.forget_peak()
    connection = await target.connect()
    head = f"POST {target.path} HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n" % MEGABYTE + bytes(MEGABYTE) + b"\r\n"
    await connection.send(head.encode(), *[chunk] * 100)
    assert await connection.status() in (413, None)  # a client that goes on writing may find the connection reset
    assert target.peak() - before < MARGIN
    assert target.count("quarantine") == 0


async def test_hundred_megabytes_for_a_wrong_secret_are_not_read_either(target: Target) -> None:
    before = target.forget_peak()
    connection = await target.connect()
    head = f"POST /callbacks/wrong HTTP/1.1\r\nHost: bot\r\nContent-Length: {100 * MEGABYTE}\r\n\r\n"
    await connection.send(head.encode(), *[bytes(MEGABYTE)] * 100)
    assert await connection.status() in (404, None)
    assert target.peak() - before < MARGIN


@pytest.mark.parametrize("secret", ["wrong", "", "%00", "..", "..%2f..", "%ff%fe", "a" * 5000, "ä", "*", "{secret}"])
async def test_a_wrong_secret_is_404_and_leaves_nothing(target: Target, secret: str) -> None:
    assert await target.post(changed(), path=f"/callbacks/{secret}") in (404, 400)
    assert await target.post(changed(), path=f"/callbacks/{secret}/1-{'0' * 32}") in (404, 400)
    assert (target.count("event"), target.count("quarantine")) == (0, 0)


@pytest.mark.parametrize(
    "secret", [lambda path: path[:-1], lambda path: path + "A", lambda path: path.upper(), lambda path: path + "%00"]
)
async def test_a_secret_that_is_nearly_right_is_wrong(target: Target, secret: Any) -> None:
    assert await target.post(changed(), path=secret(target.path)) == 404
    assert target.count("event") == 0
