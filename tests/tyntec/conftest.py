"""The manual's own samples, and a gateway over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from chatbot.http import open_transport
from chatbot.tyntec.client import Gateway

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """Read a sample body of the manual, kept letter by letter."""
    return lambda name: (SAMPLES / f"{name}.json").read_bytes()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Gateway]]:
    """Make a client of the gateway at a URL, over the transport of production; ``timeout`` in seconds."""
    opened: list[Gateway] = []

    def make(url: str, *, timeout: float = 20.0, **changes: Any) -> Gateway:
        settings: dict[str, Any] = {
            "url": f"{url}/messaging/im/v1",
            "username": "account",
            "password": "p4ss:wörd",
            "sender": "MyCompany",
            "channels": ("VIBER",),
            "sms_fallback": True,
            "purpose": "transaction",
            "clock": lambda: 1_454_066_954.0,
        }
        opened.append(Gateway(transport=open_transport(connect=timeout, total=timeout), **settings | changes))
        return opened[-1]

    yield make
    for gateway in opened:
        await gateway.close()
