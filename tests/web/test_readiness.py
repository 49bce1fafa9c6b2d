"""Whether the bot is alive and ready: told to everybody, so it says little and costs next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.web import readiness

# What the fixtures of conftest.py give.
Gateway = Any
Service = Any
OpenService = Callable[..., Awaitable[Service]]

HERE = "/callbacks/YXRsZWFzdC1hLWh1bmRyZWQtYW5kLTI4LWJpdHM"
MESSAGE = {"from": "+491622943176", "to": "customer_account", "message": "hi", "requestId": "I1"}


class Greeter(Flow[NoData]):
    """Greets."""

    ear = State("Hello", initial=True, final=True)


@pytest.fixture
async def service(open_service: OpenService) -> Service:
    return await open_service(Greeter)


@pytest.fixture
def looks(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every look into the store."""
    made: list[object] = []
    read = service.app.state.engine.store.read

    async def watched(work: Any, *args: Any) -> object:
        if work.__module__ == readiness.__name__:
            made.append(work)
        return await read(work, *args)

    monkeypatch.setattr(service.app.state.engine.store, "read", watched)
    return made


async def ready(service: Service) -> tuple[int, object]:
    answer = await service.client.get("/readyz")
    return answer.status_code, answer.json()


async def test_a_service_that_can_read_its_store_is_alive_and_ready(service: Service) -> None:
    assert (await service.client.get("/healthz")).status_code == 200
    assert await ready(service) == (200, {"ready": True, "sending": "yes"})


async def test_a_service_whose_store_is_gone_is_alive_and_not_ready_and_says_nothing_of_its_file(
    service: Service,
) -> None:
    await service.app.state.engine.store.close()
    assert (await service.client.get("/healthz")).status_code == 200
    assert await ready(service) == (503, {"ready": False})
    assert await service.post(HERE, MESSAGE) == 503


async def test_a_pause_of_the_sender_is_told_without_the_gateways_words_and_messages_are_taken_all_the_same(
    service: Service, gateway: Gateway
) -> None:
    gateway.status = 403
    assert await service.post(HERE, MESSAGE) == 200
    await gateway.came(1)
    await service.app.state.engine.send_lanes.idle()
    assert "403" in service.app.state.engine.sender.paused
    assert await ready(service) == (200, {"ready": True, "sending": "paused"})
    assert await service.post(HERE, {**MESSAGE, "requestId": "I2"}) == 200
    assert service.rows("SELECT DISTINCT status FROM outbox") == ["waiting"]


async def test_however_many_ask_and_however_often_one_look_into_the_store_answers_them(
    service: Service, looks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "FRESH", 3600.0)
    for _ in range(5):
        await asyncio.gather(*(ready(service) for _ in range(50)))
    assert len(looks) == 1


async def test_a_look_that_is_not_fresh_any_more_is_taken_again(
    service: Service, looks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "FRESH", 0.0)
    for _ in range(3):
        assert await ready(service) == (200, {"ready": True, "sending": "yes"})
    assert len(looks) == 3
    await service.app.state.engine.store.close()
    assert await ready(service) == (503, {"ready": False})
