"""One lane a contact: its steps run one after the other, while other contacts' lanes run beside it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from chatbot.engine.faults import Complaints
from chatbot.errors import StoreError
from chatbot.phone import mask


class Lanes:
    """Runs ``step(contact)`` again and again until it gives False, for at most ``width`` contacts at a time.

    A lane whose step raises stops for now; ``complaints`` are told why.

    Nothing here is durable: a lane that is forgotten is woken again by the engine's look into the store.
    """

    def __init__(self, step: Callable[[str], Awaitable[bool]], complaints: Complaints, *, width: int) -> None:
        self._step = step
        self._complaints = complaints
        self._width = width
        self._queue: deque[str] = deque()
        self._queued: set[str] = set()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._stopped = False
        self.steps = 0

    @property
    def backlog(self) -> int:
        """How many contacts wait for a lane."""
        return len(self._queue)

    def wake(self, contact: str) -> None:
        """Say that there may be something to do for ``contact``."""
        if self._stopped:
            return
        if contact in self._running:
            self._again.add(contact)
        elif len(self._running) < self._width:
            self._running[contact] = asyncio.create_task(self._run(contact))
        elif contact not in self._queued:
            self._queued.add(contact)
            self._queue.append(contact)

    async def idle(self) -> None:
        """Wait until no lane runs."""
        while self._running:
            await asyncio.wait(self._running.values())

    async def stop(self, within: float | None = None) -> None:
        """Start nothing more, and wait for the steps under way; those that take ``within`` seconds are cut off."""
        self._stopped = True
        self._queue.clear()
        self._queued.clear()
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=within)
            for task in late:
                task.cancel()
        await self.idle()

    async def _run(self, contact: str) -> None:
        try:
            while not self._stopped:
                self._again.discard(contact)
                if await self._step(contact):
                    self.steps += 1
                elif contact not in self._again:
                    break
        except StoreError as error:
            self._complaints.make(error, "the store is in trouble")
        except Exception as error:
            self._complaints.make(error, "the lane of %s stops for now", mask(contact))
        finally:
            del self._running[contact]
            self._again.discard(contact)
            self._next()

    def _next(self) -> None:
        while self._queue and len(self._running) < self._width and not self._stopped:
            contact = self._queue.popleft()
            self._queued.discard(contact)
            self.wake(contact)
