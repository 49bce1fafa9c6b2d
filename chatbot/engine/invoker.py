"""Slow calls: run outside the turn, their end stored as an event."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chatbot import codec
from chatbot.engine.outcomes import Outcomes
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.restore import Nowhere, place_of_call
from chatbot.flows.returned import returned
from chatbot.flows.state import Slow
from chatbot.phone import mask
from chatbot.store import invocations
from chatbot.store.protocol import Invocation, Store

log = logging.getLogger(__name__)

WIDTH = 64
BACKOFF = 2.0
BEGUN = 3
"""How often a call is begun that is never heard to end, whatever its retries: the process may have ended it."""


class Permanent(Exception):
    """Raised by a slow call whose failure no second try can mend: ``error`` fires at once."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one try ended: with ``value`` (JSON), or with ``error`` in words, which is ``lasting`` if no try mends it."""

    value: str = "null"
    error: str = ""
    lasting: bool = False


_NEVER = Ended(error="the process ended each time it ran", lasting=True)


class Invoker:
    """Runs what states ask for with ``invoke``. ``outcomes`` take the results, ``wakes`` is told whose they are.

    ``stand_ins`` are called instead of the functions of those names: tests give them.
    """

    def __init__(
        self,
        store: Store,
        outcomes: Outcomes,
        catalogue: Catalogue,
        clock: Callable[[], float],
        wakes: Callable[[str], None],
        stand_ins: Callable[[str], Slow | None] = lambda _: None,
    ) -> None:
        self.store = store
        self.outcomes = outcomes
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

    async def stop(self, within: float) -> None:
        """Let go of the calls under way: they are made again at the next start. One may resist ``within`` seconds."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=within)

    async def _run(self, call: Invocation) -> None:
        ended = await self._try(call) if call.attempts <= max(call.retries + 1, BEGUN) else _NEVER
        if ended.error:
            log.warning("%s for %s, try %d: %s", call.function, mask(call.contact), call.attempts, ended.error)
        if ended.error and not ended.lasting and call.attempts <= call.retries:
            until = self.clock() + BACKOFF * 2 ** (call.attempts - 1)
            await self.outcomes.write(invocations.postpone, call.id, until, ended.error)
            return
        ok = not ended.error
        await self.outcomes.write(invocations.finish, call, ok, ended.value, ended.error, self.clock())
        self.wakes(call.contact)

    async def _try(self, call: Invocation) -> Ended:
        try:
            async with asyncio.timeout(call.timeout) as limit:
                return Ended(await self._call(call))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # it is we who let go of it, not the call that gave up
                raise
            return Ended(error="it was cancelled")
        except (Exception, SystemExit) as error:
            late = isinstance(error, TimeoutError) and limit.expired()
            text = f"timed out after {call.timeout:g} s" if late else f"{type(error).__name__}: {error}"
            return Ended(error=text, lasting=isinstance(error, Permanent))

    async def _call(self, call: Invocation) -> str:
        """Make the call and give its result as JSON. Raises Permanent for one that is not of the function's type."""
        function, data = self._today(call)
        if (stand_in := self.stand_ins(call.function)) is not None:
            result = await stand_in(data)
        else:
            takes_key = len(inspect.signature(function).parameters) > 1
            result = await (function(data, key_of(call)) if takes_key else function(data))
        try:
            value = codec.dumps(result)
        except codec.CodecError as error:
            raise Permanent(f"{call.function} gave what {error}") from error
        try:
            returned(function, codec.loads(value, object))
        except codec.CodecError as error:
            raise Permanent(str(error)) from error
        return value

    def _today(self, call: Invocation) -> tuple[Slow, Any]:
        """Give the function that the call is of, and the data for it, as today's flow has them. Raises Permanent."""
        flow = self.catalogue.of_stored(call.flow)
        if flow is None:
            raise Permanent(f"there is no flow {call.flow} any more")
        try:
            place, data = place_of_call(flow, call.state, call.data, call.fingerprint)
        except Nowhere as nowhere:
            raise Permanent(str(nowhere)) from nowhere
        if place.state.invoke is None:
            raise Permanent(f"state {flow.name}.{place.name} invokes nothing any more")
        return place.state.invoke, data


def key_of(call: Invocation) -> str:
    """Give the idempotency key of a call: the same at each of its tries, and after a crash; no other call has it."""
    parts = f"{call.contact}\0{call.account}\0{call.flow}\0{call.state}\0{call.visit}\0{call.id}"
    return hashlib.sha256(parts.encode()).hexdigest()[:32]
