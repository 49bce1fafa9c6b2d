"""The loop that posts receipts and inbound messages to the bot, by real HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from chatbot.http import Request, Transport, open_transport
from chatbot.phone import mask
from chatbot.simulator.schedule import Callback, Outcome, Schedule
from chatbot.simulator.simulator import Simulator

log = logging.getLogger(__name__)
OpenTransport = Callable[[], Transport]


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
        """Post until cancelled."""
        self._simulator.on_work = self.wake
        self._running = True
        transport = self._open()
        try:
            while True:
                self._wake.clear()
                for callback in self._simulator.due():
                    task = asyncio.create_task(self._post(transport, self._simulator.schedule, callback))
                    self._tasks.add(task)
                    task.add_done_callback(self._finished)
                await self._sleep()
        except Exception:
            log.exception("no more callbacks are posted")
            raise
        finally:
            self._running = False
            self._simulator.on_work = lambda: None
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await transport.aclose()

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

    async def _sleep(self) -> None:
        due = self._simulator.next_due()
        wait = None if due is None else due - self._simulator.clock()
        if not self._tasks and (wait is None or wait > 0) and not self._wake.is_set():
            self._idle.set()
        try:
            await asyncio.wait_for(self._wake.wait(), wait)
        except TimeoutError:
            return

    async def _post(self, transport: Transport, schedule: Schedule, callback: Callback) -> None:
        async with self._slots:
            outcome = await post(transport, callback)
        if not outcome.accepted:
            log.info("%s of %s: the bot %s", callback.kind, mask(callback.number), outcome)
        if schedule is self._simulator.schedule:  # else the simulator was reset meanwhile
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
