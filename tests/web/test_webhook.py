"""What arrives is on disk before it is answered, takes effect once, and nobody else gets in."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text
from chatbot.web import webhook

# What the fixtures of conftest.py give.
Gateway = Any
Service = Any
OpenService = Callable[..., Awaitable[Service]]

ANNA = "+491622943176"
SECRET = "YXRsZWFzdC1hLWh1bmRyZWQtYW5kLTI4LWJpdHM"
OLDER = "b2xkZXItYnV0LXN0aWxsLWxvbmctZW5vdWdoLW9r"
HERE = f"/callbacks/{SECRET}"
SAMPLE = (Path(__file__).parent.parent / "tyntec" / "samples" / "inbound.json").read_bytes()
NOTHING = {"event": 0, "turn": 0, "outbox": 0, "receipt": 0, "quarantine": 0}


class Greeter(Flow[NoData]):
    """Greets, and says what it hears."""

    ear = State("Hello", initial=True)
    ear.on(text, says=lambda turn: turn.text)


@pytest.fixture
async def service(open_service: OpenService) -> Service:
    return await open_service(Greeter)


def message(request_id: str, words: str = "hi", **changes: object) -> dict[str, object]:
    return {"from": ANNA, "to": "customer_account", "message": words, "requestId": request_id, **changes}


def receipt(request_id: str, state: str = "DELIVERED", to: str = ANNA) -> dict[str, object]:
    return {"requestId": request_id, "overallState": state, "to": to}


async def greeted(service: Service, gateway: Gateway) -> None:
    """Let the bot greet, and have the requestId of the greeting on disk."""
    assert await service.post(HERE, message("I1")) == 200
    await gateway.came(1)
    await service.app.state.engine.send_lanes.idle()
    assert service.rows("SELECT request_id, receipt FROM outbox") == [("R1", None)]


# Messages


async def test_the_manuals_own_sample_makes_one_turn_and_one_reply(service: Service, gateway: Gateway) -> None:
    with pytest.raises(ValueError, match=r"property name|trailing comma"):
        json.loads(SAMPLE)  # it is printed with a trailing comma
    assert await service.post(HERE, SAMPLE, headers={"content-type": "application/json"}) == 200
    await gateway.came(1)
    await service.close()
    assert [(post["to"], post["message"], post["from"]) for post in gateway.posts] == [(ANNA, "Hello", "MyCompany")]
    assert service.count() == {**NOTHING, "event": 1, "turn": 1, "outbox": 1}


async def test_a_message_that_is_retried_fifty_times_at_once_takes_effect_once(
    service: Service, gateway: Gateway
) -> None:
    statuses = await asyncio.gather(*(service.post(HERE, SAMPLE) for _ in range(50)))
    await gateway.came(1)
    statuses.append(await service.post(HERE, SAMPLE))
    await service.close()
    assert statuses == [200] * 51
    assert len(gateway.posts) == 1
    assert service.count() == {**NOTHING, "event": 1, "turn": 1, "outbox": 1}


async def test_200_is_answered_when_the_message_is_on_disk(service: Service) -> None:
    async def said(number: int) -> bool:
        assert await service.post(HERE, message(f"I{number}")) == 200
        return bool(service.rows(f"SELECT key FROM event WHERE key = 'I{number}'"))

    assert all([await said(number) for number in range(20)])
    assert all(await asyncio.gather(*(said(number) for number in range(20, 40))))


async def test_messages_of_one_contact_are_answered_in_the_order_of_their_acceptance(
    service: Service, gateway: Gateway
) -> None:
    words = [f"word {number}" for number in range(20)]
    for number, word in enumerate(["hi", *words]):
        assert await service.post(HERE, message(f"I{number}", word)) == 200
    await gateway.came(21)
    assert [post["message"] for post in gateway.posts] == ["Hello", *words]


async def test_a_message_that_comes_to_the_callback_url_of_a_receipt_is_a_message(
    service: Service, gateway: Gateway
) -> None:
    await greeted(service, gateway)
    assert await service.post(gateway.path(0), message("I2", "you there?")) == 200
    await gateway.came(2)
    assert gateway.posts[1]["message"] == "you there?"


# Secrets and tokens


@pytest.mark.parametrize("secret", ["wrong", SECRET[:-1], SECRET.lower(), f"{SECRET}%00", "%ff", "ä", OLDER])
async def test_a_wrong_secret_is_404_and_nothing_is_stored(service: Service, secret: str) -> None:
    assert await service.post(f"/callbacks/{secret}", SAMPLE) == 404
    token = service.app.state.engine.tokens.sign(1)
    assert await service.post(f"/callbacks/{secret}/{token}", receipt("R1")) == 404
    assert service.count() == NOTHING


async def test_no_secret_is_404_and_nobody_is_redirected(service: Service) -> None:
    for path in ("/callbacks", "/callbacks/", "/callbacks/wrong/", f"{HERE}/x/", f"{HERE}/x/y"):
        answer = await service.client.post(path, content=SAMPLE)
        assert (path, answer.status_code, answer.headers.get("location")) == (path, 404, None)
    assert service.count() == NOTHING


async def test_a_trailing_slash_changes_nothing(service: Service, gateway: Gateway) -> None:
    assert await service.post(f"{HERE}/", SAMPLE) == 200
    await gateway.came(1)


async def test_a_refused_callback_is_told_once_in_a_while_and_without_its_path(
    service: Service, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(webhook, "monotonic", lambda: now[0])

    async def refuse() -> list[str]:
        caplog.clear()
        for path in ("/callbacks/guessed", f"{HERE}/1-{'0' * 32}", "/callbacks/guessed/x"):
            assert await service.post(path, SAMPLE) == 404
        return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]

    told = "a callback with a wrong secret or token was refused: compare the address that tyntec has"
    assert await refuse() == [told]
    now[0] += webhook.TOLD_AGAIN_AFTER - 1
    assert await refuse() == []
    now[0] += 1
    assert await refuse() == [told]


async def test_two_secrets_live_side_by_side_while_one_replaces_the_other(
    open_service: OpenService, gateway: Gateway
) -> None:
    before = await open_service(Greeter, OLDER)
    assert await before.post(f"/callbacks/{OLDER}", message("I1")) == 200
    await gateway.came(1)
    await before.close()
    after = await open_service(Greeter, SECRET, OLDER)
    assert await after.post(f"/callbacks/{OLDER}", message("I2")) == 200
    assert await after.post(HERE, message("I3")) == 200
    assert await after.post(gateway.path(0), receipt("R1")) == 200
    await gateway.came(3)
    assert after.rows("SELECT receipt FROM outbox WHERE request_id = 'R1'") == ["DELIVERED"]
    assert gateway.path(2).startswith(f"{HERE}/")


async def test_the_token_of_a_message_lets_its_receipt_in(service: Service, gateway: Gateway) -> None:
    await greeted(service, gateway)
    assert await service.post(gateway.path(0), receipt("R1")) == 200
    assert service.rows("SELECT receipt FROM outbox") == ["DELIVERED"]


async def test_a_wrong_token_is_404_and_nothing_changes(service: Service, gateway: Gateway) -> None:
    await greeted(service, gateway)
    before = service.count()
    genuine = gateway.path(0)
    name, _, signature = genuine.rpartition("/")[2].partition("-")
    for token in (f"{name}-{'0' * 32}", f"2-{signature}", signature, f"{name}-", f"{name}-{signature}0", "x"):
        assert await service.post(f"{HERE}/{token}", receipt("R1")) == 404
        assert await service.post(f"{HERE}/{token}", message("I9")) == 404
    assert service.rows("SELECT receipt FROM outbox") == [None]
    assert service.count() == before


async def test_a_receipt_with_a_wrong_to_changes_nothing(service: Service, gateway: Gateway) -> None:
    await greeted(service, gateway)
    for path in (gateway.path(0), HERE):
        assert await service.post(path, receipt("R1", "UNDELIVERABLE", to="+491622943177")) == 200
    assert service.rows("SELECT receipt, status FROM outbox") == [(None, "accepted")]
    assert service.rows("SELECT count(*) FROM event WHERE kind = 'receipt'") == [0]
    assert await service.post(gateway.path(0), receipt("R1")) == 200
    assert service.rows("SELECT receipt FROM outbox") == ["DELIVERED"]


# What cannot be taken


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"hello": 1}', b"\xff\xfe", b'{"message": "x"}'])
async def test_what_cannot_be_read_is_set_aside_as_it_came_told_of_and_accepted(
    service: Service, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert await service.post(HERE, body) == 202
    assert service.rows("SELECT body FROM quarantine") == [body]
    [(kept, reason)] = service.rows("SELECT id, reason FROM quarantine")
    [told] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert told == f"a callback could not be read; chatbot retry lists it as quarantine {kept}: {reason}"
    assert service.count() == {**NOTHING, "quarantine": 1}


SCRAP = st.text(st.characters(codec=None), max_size=20)
VALUE = st.none() | st.booleans() | st.integers() | st.floats() | SCRAP | st.lists(SCRAP, max_size=2)
KEYS = ("from", "to", "message", "requestId", "originalRequestId", "sentDate", "ott", "overallState", "sendParts")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(KEYS) | SCRAP, VALUE, max_size=4))
async def test_whatever_comes_is_accepted_so_that_the_gateway_does_not_repeat_it_for_two_days(
    service: Service, changes: dict[str, Any]
) -> None:
    assert await service.post(HERE, {**message("I1"), **changes}) in (200, 202)


class Flood:
    """A body of 64 KB, which counts the KB that were read of it."""

    def __init__(self) -> None:
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.read < 64:
            self.read += 1
            yield b" " * 1024


@pytest.mark.parametrize("length", ["2049", "99999999999999999999", "-1", "many"])
async def test_a_body_that_says_it_is_too_large_is_413_and_not_read(service: Service, length: str) -> None:
    flood = Flood()
    assert await service.post(HERE, flood, headers={"content-length": length}) == 413
    assert flood.read == 0
    assert service.count() == NOTHING


async def test_a_body_that_turns_out_too_large_is_413_and_read_no_further(service: Service) -> None:
    flood = Flood()
    assert await service.post(HERE, flood) == 413
    assert flood.read <= 4
    assert service.count() == NOTHING


async def test_a_body_of_the_very_size_that_is_allowed_is_taken(service: Service) -> None:
    padding = "x" * (2048 - len(json.dumps(message("I1", ""))))
    assert await service.post(HERE, message("I1", padding)) == 200


async def test_a_body_that_does_not_come_is_408(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "BODY_DEADLINE", 0.01)

    async def stalling() -> AsyncIterator[bytes]:
        yield SAMPLE[:10]
        await asyncio.Event().wait()

    assert await service.post(HERE, stalling()) == 408
    assert service.count() == NOTHING


async def test_a_store_in_trouble_is_503_and_the_gateways_retry_is_taken(
    service: Service, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    for table in ("event", "quarantine"):
        service.run(f"CREATE TRIGGER {table}_full BEFORE INSERT ON {table} BEGIN SELECT raise(ABORT, 'full'); END")
    assert await service.post(HERE, SAMPLE) == 503
    assert await service.post(HERE, b"{") == 503
    assert "not stored" in " ".join(record.getMessage() for record in caplog.records if record.levelno == logging.ERROR)
    assert service.count() == NOTHING
    for table in ("event", "quarantine"):
        service.run(f"DROP TRIGGER {table}_full")
    assert await service.post(HERE, SAMPLE) == 200
    await gateway.came(1)


async def test_only_post_is_allowed(service: Service) -> None:
    token = service.app.state.engine.tokens.sign(1)
    for path in (HERE, f"{HERE}/{token}"):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert (await service.client.request(method, path)).status_code == 405
