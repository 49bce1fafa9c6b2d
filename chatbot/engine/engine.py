"""All parts of the engine, wired together, and the look into the store that keeps them going."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from chatbot.engine.faults import Complaints
from chatbot.engine.intake import Intake
from chatbot.engine.invoker import Invoker
from chatbot.engine.lanes import Lanes
from chatbot.engine.outcomes import Outcomes
from chatbot.engine.poller import Poller
from chatbot.engine.retention import STEP_EVERY, Retention
from chatbot.engine.sender import EVIDENCE, Sender
from chatbot.engine.tokens import Tokens
from chatbot.engine.turns import Turns
from chatbot.engine.watchdog import Watchdog
from chatbot.errors import StoreError
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.state import Slow
from chatbot.store import inbox, invocations, outbox, timers, waits
from chatbot.store.protocol import Store
from chatbot.tyntec.client import Gateway

log = logging.getLogger(__name__)

TICK = 0.2
"""Seconds between two looks for what has become due."""
POLL = 10.0
"""Seconds between two looks for messages without news."""
BATCH = 200
"""How many contacts or timers one look takes up, so that a flood of overdue ones does not drown the inbox."""

LET_GO_WITHIN = 2.0
"""Seconds that a slow call under way gets at the end to notice that nobody waits for it."""
STOP_WITHIN = 15.0
"""Seconds that POSTs under way get at the end."""
STOP_AT_LAST = 18.0
"""Seconds after which whatever holds up the end is cut off; with the web server's 10 that is under the promised 30."""


class Engine:
    """Drives every conversation of one process.

    ``start`` runs it in the background; tests and replay call ``drain`` instead. ``resend_ambiguous`` prefers doubles
    to gaps (``gateway.on_ambiguous``). ``rate`` is sends a second, 0 for no limit. ``keep_days`` as in
    ``[store]``.
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
        keep_days: float = 90.0,
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
        self._ahead = max(1, min(BATCH, round(rate or BATCH)))  # a second's worth
        self.complaints = Complaints()
        self.outcomes = Outcomes(store, self.complaints)
        self.turns = Turns(store, self.outcomes, self.complaints, catalogue, clock, self._has_messages)
        self.turn_lanes = Lanes(self.turns.step, self.complaints, width=turn_lanes)
        self.sender = Sender(
            store, self.outcomes, gateway, clock, rate=rate, callback_url=callback_url, wakes=self.turn_lanes.wake
        )
        self.send_lanes = Lanes(self.sender.step, self.complaints, width=send_lanes)
        self.invoker = Invoker(store, self.outcomes, catalogue, clock, self.turn_lanes.wake, stand_ins)
        self.intake = Intake(store, tokens, clock, self.turn_lanes.wake)
        self._stopping = asyncio.Event()
        self.poller = Poller(store, gateway, self.intake, clock)
        self.retention = Retention(store, clock, keep_days)
        self.watchdog = Watchdog()
        self._background: list[asyncio.Task[None]] = []
        self._looked_at = 0.0
        self._recovering = False

    def _has_messages(self, contact: str) -> None:
        if not self._recovering:  # a look finds them later
            self.send_lanes.wake(contact)

    async def recover(self) -> None:
        """Take up what an earlier process left: a POST under way then is ambiguous now.

        What it was handling when it ended is handled first, and with nothing beside it: no other event and no POST.
        """
        left = await self.store.write(outbox.recover, self.clock() + EVIDENCE)
        if left:
            log.warning("%d messages were being sent when the last process ended; waiting for news of them", left)
        await self.store.write(waits.shorten, self.clock())
        self._recovering = True
        await self.turns.recover()
        self._recovering = False
        await self.invoker.recover()

    async def start(self) -> None:
        """Recover and run in the background until `stop`."""
        self.watchdog.start()
        try:
            await self.recover()
        except BaseException:
            self.watchdog.stop()
            raise
        self._background = [
            asyncio.create_task(self._again_and_again(self.tick, TICK)),
            asyncio.create_task(self._again_and_again(self.poller.tick, POLL)),
            asyncio.create_task(self._again_and_again(self.retention.tick, STEP_EVERY)),
        ]

    async def stop(self, within: float = STOP_WITHIN) -> None:
        """Take up nothing more, finish turns and POSTs under way, and return.

        A POST that is not answered ``within`` seconds is let go: it is ambiguous at the next start.
        """
        self._stopping.set()
        self.watchdog.end_within(STOP_AT_LAST)
        try:
            for polling in self._background[1:]:
                polling.cancel()  # a slow gateway must not hold up the end, and asking again doubles nothing
            await asyncio.gather(*self._background, return_exceptions=True)
            await self.turn_lanes.stop()
            await self.invoker.stop(LET_GO_WITHIN)
            self.sender.stop()
            await self.send_lanes.stop(within)
            await self.outcomes.catch_up()
        except StoreError as error:
            self.complaints.make(error, "not everything that ended is written down")
        finally:
            self.watchdog.stop()

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
        await self.outcomes.catch_up()
        if now < self._looked_at:  # the clock was set back: nobody is to wait until it is that late again
            await self.store.write(waits.shorten, now)
            self.sender.end_waits()
        self._looked_at = now
        started = await self.invoker.tick()
        for contact in await self.store.write(outbox.settle, now, self._resend):
            self.send_lanes.wake(contact)
        # What timers have to say must not stand before those who wait for an answer.
        if (room := self._room() - self.turn_lanes.backlog) > 0:
            started += len(await self.store.write(timers.fire, now, room))
        if self.turn_lanes.backlog < BATCH:
            for contact in await self.store.read(inbox.waiting, now, BATCH):
                self.turn_lanes.wake(contact)
        if self._room() > 0:
            for contact in await self.store.read(outbox.waiting, now, self._ahead):
                self.send_lanes.wake(contact)
        return started

    def _room(self) -> int:
        """Give how many more contacts may have something sent, so that who writes now waits a second and not more."""
        return self._ahead - self.sender.rate.waiting - self.send_lanes.backlog

    async def _again_and_again(self, look: Callable[[], Awaitable[int]], every: float) -> None:
        while not self._stopping.is_set():
            try:
                await look()
            except StoreError as error:
                self.complaints.make(error, "the store is in trouble")
            except Exception as error:
                self.complaints.make(error, "a look into the store failed")
            try:
                await asyncio.wait_for(self._stopping.wait(), every)
            except TimeoutError:
                continue
