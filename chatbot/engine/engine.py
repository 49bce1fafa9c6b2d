"""All parts of the engine, wired together, and the look into the store that keeps them going."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from chatbot.engine.intake import Intake
from chatbot.engine.invoker import Invoker
from chatbot.engine.lanes import Lanes
from chatbot.engine.sender import EVIDENCE, Sender
from chatbot.engine.tokens import Tokens
from chatbot.engine.turns import Turns
from chatbot.errors import StoreError
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.state import Slow
from chatbot.store import inbox, invocations, outbox, timers
from chatbot.store.protocol import Store
from chatbot.tyntec.client import Gateway

log = logging.getLogger(__name__)

TICK = 0.2
"""Seconds between two looks for what has become due."""
BATCH = 200
"""How many contacts or timers one look takes up, so that a flood of overdue ones does not drown the inbox."""


class Engine:
    """Drives every conversation of one process.

    ``start`` runs it in the background; tests and replay call ``drain`` instead. ``resend_ambiguous`` prefers doubles
    to gaps (``gateway.on_ambiguous``). ``rate`` is sends a second, 0 for no limit.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        gateway: Gateway,
        tokens: Tokens,
        *,
        callback_url: Callable[[int], str | None],
        rate: float = 0.0,
        resend_ambiguous: bool = False,
        clock: Callable[[], float] = time.time,
        stand_ins: Callable[[str], Slow | None] = lambda _: None,
        turn_lanes: int = 64,
        send_lanes: int = 64,
    ) -> None:
        self.store = store
        self.catalogue = catalogue
        self.clock = clock
        self.tokens = tokens
        self.gateway = gateway
        self._resend = resend_ambiguous
        self.turns = Turns(store, catalogue, clock, self._has_messages)
        self.turn_lanes = Lanes(self.turns.step, width=turn_lanes)
        self.sender = Sender(store, gateway, clock, rate=rate, callback_url=callback_url, wakes=self.turn_lanes.wake)
        self.send_lanes = Lanes(self.sender.step, width=send_lanes)
        self.invoker = Invoker(store, catalogue, clock, self.turn_lanes.wake, stand_ins)
        self.intake = Intake(store, tokens, clock, self.turn_lanes.wake)
        self._stopping = asyncio.Event()
        self._background: asyncio.Task[None] | None = None

    def _has_messages(self, contact: str) -> None:
        self.send_lanes.wake(contact)

    async def recover(self) -> None:
        """Take up what an earlier process left: a POST under way then is ambiguous now."""
        left = await self.store.write(outbox.recover, self.clock() + EVIDENCE)
        if left:
            log.warning("%d messages were being sent when the last process ended; waiting for news of them", left)
        await self.store.write(invocations.recover)

    async def start(self) -> None:
        """Recover and run in the background until `stop`."""
        await self.recover()
        self._background = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take up nothing more, finish turns and POSTs under way, and return."""
        self._stopping.set()
        if self._background is not None:
            await self._background
        await self.turn_lanes.stop()
        self.sender.stop()
        await self.send_lanes.stop()
        await self.invoker.stop()

    async def drain(self) -> None:
        """Do everything that is due by now, and return when nothing more is."""
        while True:
            before = self.turn_lanes.steps + self.send_lanes.steps
            started = await self.tick()
            await self.turn_lanes.idle()
            await self.invoker.idle()
            await self.turn_lanes.idle()
            await self.send_lanes.idle()
            if not started and before == self.turn_lanes.steps + self.send_lanes.steps:
                return

    async def next_due(self) -> float | None:
        """Give the time at which something becomes due, or None."""
        found = [
            await self.store.read(ask)
            for ask in (inbox.next_due, outbox.next_due, timers.next_due, invocations.next_due)
        ]
        return min((due for due in found if due is not None), default=None)

    async def tick(self) -> int:
        """Look once for what has become due and wake its lanes. Gives how many timers and calls were set going."""
        now = self.clock()
        await self.sender.catch_up()
        started = await self.invoker.tick()
        for contact in await self.store.write(outbox.settle, now, self._resend):
            self.send_lanes.wake(contact)
        if self.turn_lanes.backlog < BATCH:
            fired = await self.store.write(timers.fire, now, BATCH)
            started += len(fired)
            for contact in await self.store.read(inbox.waiting, now, BATCH):
                self.turn_lanes.wake(contact)
        if self.send_lanes.backlog < BATCH:
            for contact in await self.store.read(outbox.waiting, now, BATCH):
                self.send_lanes.wake(contact)
        return started

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.tick()
            except StoreError as error:
                log.error("the store is in trouble: %s", error)
            except Exception:
                log.exception("the engine's look into the store failed")
            try:
                await asyncio.wait_for(self._stopping.wait(), TICK)
            except TimeoutError:
                continue
