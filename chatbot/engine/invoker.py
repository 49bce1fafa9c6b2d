"""Slow calls: run outside the turn, their end stored as an event."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import logging
from collections.abc import Callable
from typing import Any

from chatbot import codec
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.state import Slow
from chatbot.phone import mask
from chatbot.store import invocations
from chatbot.store.protocol import Invocation, Store

log = logging.getLogger(__name__)

WIDTH = 64
BACKOFF = 2.0


class Permanent(Exception):
    """Raised by a slow call whose failure no second try can mend: ``error`` fires at once."""


class Invoker:
    """Runs what states ask for with ``invoke``. ``wakes`` is told of each contact that has a result.

    ``stand_ins`` are called instead of the functions of those names: tests give them.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        clock: Callable[[], float],
        wakes: Callable[[str], None],
        stand_ins: Callable[[str], Slow | None] = lambda _: None,
    ) -> None:
        self.store = store
        self.catalogue = catalogue
        self.stand_ins = stand_ins
        self.clock = clock
        self.wakes = wakes
        self._running: set[asyncio.Task[None]] = set()

    async def tick(self) -> int:
        """Start the calls that are due. Gives how many were started."""
        if len(self._running) >= WIDTH:
            return 0
        due = await self.store.write(invocations.claim, self.clock(), WIDTH - len(self._running))
        for invocation in due:
            task = asyncio.create_task(self._run(invocation))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(due)

    async def idle(self) -> None:
        """Wait until no call runs."""
        while self._running:
            await asyncio.wait(self._running)

    async def stop(self) -> None:
        """Let go of the calls under way: they are made again at the next start."""
        for task in self._running:
            task.cancel()
        await self.idle()

    async def _run(self, call: Invocation) -> None:
        try:
            value = await asyncio.wait_for(self._call(call), call.timeout)
            written = codec.dumps(value)
        except Exception as error:
            text = (
                f"timed out after {call.timeout:g} s"
                if isinstance(error, TimeoutError)
                else f"{type(error).__name__}: {error}"
            )
            log.warning("%s for %s, try %d: %s", call.function, mask(call.contact), call.attempts, text)
            if call.attempts <= call.retries and not isinstance(error, Permanent):
                until = self.clock() + BACKOFF * 2 ** (call.attempts - 1)
                await self.store.write(invocations.postpone, call.id, until, text)
                return
            await self.store.write(invocations.finish, call, False, "null", text, self.clock())
        else:
            await self.store.write(invocations.finish, call, True, written, "", self.clock())
        self.wakes(call.contact)

    async def _call(self, call: Invocation) -> object:
        flow = self.catalogue.of_stored(call.flow)
        place = flow.places.get(call.state) if flow is not None else None
        if place is None or place.state.invoke is None:
            raise Permanent(f"state {call.flow}.{call.state} invokes nothing any more")
        data: Any = codec.loads(call.data, place.flow.data_type)
        if (stand_in := self.stand_ins(call.function)) is not None:
            return await stand_in(data)
        function = place.state.invoke
        takes_key = len(inspect.signature(function).parameters) > 1
        return await (function(data, key_of(call)) if takes_key else function(data))


def key_of(call: Invocation) -> str:
    """Give the idempotency key of a call: the same at each of its tries, and after a crash; no other call has it."""
    parts = f"{call.contact}\0{call.account}\0{call.flow}\0{call.state}\0{call.visit}\0{call.id}"
    return hashlib.sha256(parts.encode()).hexdigest()[:32]
