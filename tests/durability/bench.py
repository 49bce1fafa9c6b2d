"""A bot inside the test's own process, whose clock is the test's: for jumps of time and floods."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatbot.engine.engine import Engine
from chatbot.engine.tokens import Tokens
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow
from chatbot.http import open_transport
from chatbot.store.sqlite import SqliteStore
from chatbot.tyntec.client import Gateway as Client

from .gateway import Gateway
from .process import ACCOUNT

START = 1_700_000_000.0


@dataclass
class Bot:
    """Make it with `open`. ``now`` is the time; it stands until the test moves it."""

    store: SqliteStore
    gateway: Gateway
    catalogue: Catalogue
    now: float = START
    rate: float = 0.0
    engine: Engine = field(init=False)

    @classmethod
    async def open(cls, folder: Path, gateway: Gateway, *flows: type[Flow[Any]], rate: float = 0.0) -> Bot:
        """Open the store in ``folder`` and drive it before ``gateway``, which listens, with ``rate`` sends a second."""
        store = await SqliteStore.open(folder / "bot.db")
        bot = cls(store, gateway, Catalogue(flows, flows[0].name), rate=rate)
        await bot.restart()
        return bot

    async def restart(self) -> None:
        """Begin with a new engine on the same store, as after a crash."""
        client = Client(
            transport=open_transport(total=5.0), url=self.gateway.url, username=ACCOUNT, password="p4ssword",
            sender="MyCompany", channels=("VIBER",), sms_fallback=True, purpose="transaction", clock=lambda: self.now,
        )  # fmt: skip
        tokens = Tokens(["secret"])
        self.engine = Engine(
            self.store, self.catalogue, client, tokens,
            callback_url=lambda outbox_id: f"http://127.0.0.1/callbacks/secret/{tokens.sign(outbox_id)}",
            rate=self.rate, clock=lambda: self.now,
        )  # fmt: skip
        await self.engine.recover()

    async def hears(self, contact: str, words: str, request_id: str) -> None:
        """Take one message; what it sets going goes on by itself."""
        body = {"from": contact, "to": ACCOUNT, "message": words, "requestId": request_id}
        await self.engine.intake.receive(json.dumps(body).encode())

    async def told(self, contact: str, words: str, request_id: str) -> None:
        """Take one message and do all that is due."""
        await self.hears(contact, words, request_id)
        await self.engine.drain()

    async def wait(self, seconds: float) -> None:
        """Move the clock, back if need be, and do all that is due then."""
        self.now += seconds
        await self.engine.drain()

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """Look into the store."""
        return [dict(row) for row in await self.store.read(lambda tx: tx.rows(sql))]

    async def close(self) -> None:
        """Stop, and let go of everything."""
        await self.engine.stop()
        await self.engine.gateway.close()
        await self.store.close()
