"""The loop that posts receipts and inbound messages to the bot, by real HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from chatbot.http import Request, Transport, open_transport
from chatbot.phone import mask
from chatbot.simulator.schedule import Callback, Outcome, Schedule
from chatbot.simulator.simulator import Simulator

log = logging.getLogger(__name__)
OpenTransport = Callable[[], Transport]
_AFTER_A_FAILURE = 1.0
"""Seconds until the next pass when one has failed and nobody wakes the loop before."""


class Callbacks:
    """Posts what the simulator's schedule has due, and sleeps until there is more or until it is woken."""

    def __init__(self, simulator: Simulator, open_door: OpenTransport | None = None) -> None:
        options = simulator.options
        self._simulator = simulator
        self._open = open_door or (
            lambda: open_transport(total=options.callback_timeout, connections=options.callback_connections)
        )
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(options.callback_connections)
        self._running = False
        self._early: dict[str, asyncio.Event] = {}

    def wake(self) -> None:
        """Look at the schedule again."""
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Post until cancelled. A reset of the simulator ends what is under way."""
        self._simulator.on_work = self.wake
        self._running = True
        try:
            while True:
                await self._run_until_reset(self._simulator.schedule)
        finally:
            self._running = False
            self._simulator.on_work = lambda: None

    async def _run_until_reset(self, schedule: Schedule) -> None:
        transport = self._open()
        try:
            while schedule is self._simulator.schedule:
                self._wake.clear()
                try:
                    wait = self._begin_what_is_due(transport, schedule)
                except Exception:
                    log.exception("a pass over the callbacks failed; they go on")
                    wait = _AFTER_A_FAILURE
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await transport.aclose()

    def _begin_what_is_due(self, transport: Transport, schedule: Schedule) -> float | None:
        """Begin to post what is due, and give the seconds until there is more: None for never."""
        for callback in self._simulator.due():
            task = asyncio.create_task(self._post(transport, schedule, callback))
            self._tasks.add(task)
            task.add_done_callback(self._finished)
        due = self._simulator.next_due()
        wait = None if due is None else due - self._simulator.clock()
        if not self._tasks and (wait is None or wait > 0) and not self._wake.is_set():
            self._idle.set()
        return wait

    async def settle(self, seconds: float = 5.0) -> bool:
        """Wait until nothing is due and nothing is under way. False when that took longer than ``seconds``."""
        if not self._running:
            return False
        self.wake()
        try:
            await asyncio.wait_for(self._idle.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def attempted(self, request_id: str, seconds: float = 5.0) -> None:
        """Wait until one callback about ``request_id`` was attempted, at most ``seconds``."""
        if not self._running:
            return
        event = self._early.setdefault(request_id, asyncio.Event())
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            log.warning("no callback about %s was attempted within %s s", request_id, seconds)
        finally:
            self._early.pop(request_id, None)

    async def _post(self, transport: Transport, schedule: Schedule, callback: Callback) -> None:
        async with self._slots:
            outcome = await post(transport, callback)
        if not outcome.accepted:
            log.info("%s of %s: the bot %s", callback.kind, mask(callback.number), outcome)
        if schedule is self._simulator.schedule:  # else the simulator was reset in this very moment
            self._simulator.record(callback, outcome)
        if callback.request_id in self._early:
            self._early[callback.request_id].set()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a callback could not be posted", exc_info=error)


async def post(transport: Transport, callback: Callback) -> Outcome:
    """POST one callback; credentials in its URL become Basic authorization. Any trouble is an Outcome."""
    headers = {"content-type": "application/json"}
    try:
        request = Request("POST", callback.url, headers=headers, content=callback.body)
        response = await transport.handle_async_request(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
    except Exception as error:  # a hostile URL or bot must not stop the loop
        return Outcome(error=type(error).__name__)
    return Outcome(status=response.status_code)
