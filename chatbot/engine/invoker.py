"""Slow calls: run outside the turn, their end stored as an event."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chatbot import codec
from chatbot.engine import faults
from chatbot.engine.outcomes import Outcomes
from chatbot.events import Result
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.functions import takes_key
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
    """How one try ended: with ``result``, the JSON of a `Result`, or with ``error`` in words.

    ``cause`` is what was raised, if that is why; the error is ``lasting`` if no other try mends it.
    """

    result: str = ""
    error: str = ""
    cause: BaseException | None = None
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
        self._suspects: deque[int] = deque()
        self._suspect: asyncio.Task[None] | None = None

    async def recover(self) -> None:
        """Have the calls made again that were under way when the last process ended, beside the others but one by one.

        One of them may have ended it, and would do so again: only that one is to be counted then.
        """
        self._suspects.extend(await self.store.read(invocations.interrupted))

    async def tick(self) -> int:
        """Start the calls that are due. Gives how many were started."""
        suspects = await self._start_suspect()
        if len(self._running) >= WIDTH:
            return suspects
        due = await self.store.write(invocations.claim, self.clock(), WIDTH - len(self._running))
        for call in due:
            self._start(call)
        return suspects + len(due)

    async def idle(self) -> None:
        """Wait until no call runs."""
        while self._running:
            await asyncio.wait(self._running)

    async def stop(self, within: float) -> None:
        """Let go of the calls under way: they are made again at the next start, and this was no try.

        One that does not let go within ``within`` seconds is left behind, and was one.
        """
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=within)

    def _start(self, call: Invocation) -> asyncio.Task[None]:
        task = asyncio.create_task(self._run(call))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _start_suspect(self) -> int:
        """Start the next of the calls that were cut off, unless one of them is under way. Gives how many, 0 or 1."""
        if self._suspect is not None and not self._suspect.done():
            return 0
        while self._suspects:
            call = await self.store.write(invocations.claim_again, self._suspects[0])
            self._suspects.popleft()
            if call is not None:
                log.warning(
                    "%s for %s (call %d) was under way when the process ended; this is try %d",
                    call.function, mask(call.contact), call.id, call.attempts,
                )  # fmt: skip
                self._suspect = self._start(call)
                return 1
        return 0

    async def _run(self, call: Invocation) -> None:
        try:
            ended = await self._try(call) if call.attempts <= max(call.retries + 1, BEGUN) else _NEVER
        except asyncio.CancelledError:  # it is let go of in good order, so this was no try
            await self.outcomes.write(invocations.postpone, call, self.clock(), "let go of", counted=False)
            raise
        if ended.error:
            said = "failed" if ended.cause else ended.error
            log.warning(
                "%s for %s, try %d: %s", call.function, mask(call.contact), call.attempts, said, exc_info=ended.cause
            )
        if ended.error and not ended.lasting and call.attempts <= call.retries:
            until = self.clock() + BACKOFF * 2 ** (call.attempts - 1)
            await self.outcomes.write(invocations.postpone, call, until, ended.error)
            return
        result = ended.result or _told(call, error=ended.error)
        await self.outcomes.write(invocations.finish, call, result, self.clock())
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
            if isinstance(error, TimeoutError) and limit.expired():
                return Ended(error=f"timed out after {call.timeout:g} s")
            return Ended(error=faults.in_short(error), cause=error, lasting=isinstance(error, Permanent))

    async def _call(self, call: Invocation) -> str:
        """Make the call and give what the flow is told. Raises Permanent for a result that is not of its type."""
        function, data = self._today(call)
        if (stand_in := self.stand_ins(call.function)) is not None:
            result = await stand_in(data)
        else:
            result = await (function(data, key_of(call)) if takes_key(function) else function(data))
        try:
            value = codec.loads(codec.dumps(result), object)
            told = _told(call, value)
        except codec.CodecError as error:
            raise Permanent(f"{call.function} gave what {error}") from error
        try:
            returned(function, value)
        except codec.CodecError as error:
            raise Permanent(str(error)) from error
        return told

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


def _told(call: Invocation, value: object = None, error: str = "") -> str:
    """Write down what the flow is told. Raises codec.CodecError when ``value`` nests too deep for it."""
    return codec.dumps(Result(call.flow, call.state, call.visit, call.id, not error, value, error))


def key_of(call: Invocation) -> str:
    """Give the idempotency key of a call: the same at each of its tries, and after a crash; no other call has it."""
    parts = f"{call.contact}\0{call.account}\0{call.flow}\0{call.state}\0{call.visit}\0{call.id}"
    return hashlib.sha256(parts.encode()).hexdigest()[:32]
