"""The outbox goes out: in order per contact, at the agreed rate, and never twice by our doing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from chatbot import codec
from chatbot.engine import faults
from chatbot.engine.outcomes import Outcomes
from chatbot.errors import Ambiguous, Busy, Refused, SendError, Unreachable
from chatbot.messages import Message
from chatbot.phone import mask
from chatbot.store import outbox
from chatbot.store.protocol import Outgoing, Store
from chatbot.tyntec.client import Gateway

log = logging.getLogger(__name__)

EVIDENCE = 30.0
"""Seconds that an unanswered POST waits for a receipt or a reply before it counts as unknown."""
BUSY_TRIES = 10
LONGEST_WAIT = 60.0
PAUSE = 60.0
"""Seconds between two looks whether a gateway that refuses our credentials has changed its mind."""


class Rate:
    """Lets ``rate`` sends a second through, in bursts of at most one second's worth; 0 means no limit."""

    def __init__(self, rate: float) -> None:
        self._pace = 1 / rate if rate > 0 else 0.0
        self._next = 0.0
        self._closed = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many sends wait for their turn."""
        now = asyncio.get_running_loop().time()
        return max(0, round((self._next - now) / self._pace)) if self._pace else 0

    async def turn(self) -> bool:
        """Wait until one more send is allowed. False when that was cut short by `close`."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + self._pace, now - 1)
        if self._pace and self._next > now:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), self._next - now)
        return not self._closed.is_set()

    def give_back(self) -> None:
        """Leave a turn that was not used to somebody else."""
        self._next -= self._pace

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed.set()


class Sender:
    """Sends a contact's messages.

    ``outcomes`` take what became of them. ``callback_url`` makes the URL for the receipts of one outbox row, or None
    when the account has one of its own. ``wakes`` is told of each contact that has a new event.
    """

    def __init__(
        self,
        store: Store,
        outcomes: Outcomes,
        gateway: Gateway,
        clock: Callable[[], float],
        *,
        rate: float,
        callback_url: Callable[[int], str | None],
        wakes: Callable[[str], None],
    ) -> None:
        self.store = store
        self.outcomes = outcomes
        self.gateway = gateway
        self.clock = clock
        self.rate = Rate(rate)
        self.callback_url = callback_url
        self.wakes = wakes
        self.paused = ""
        self._paused_until = 0.0
        self._unreachable = 0
        self._unreachable_until = 0.0
        self._outage = ""
        self._outage_until = 0.0

    @property
    def waits_for(self) -> str:
        """Why messages wait, in words: credentials that are refused, a gateway that is away or busy. "" if none do."""
        return self.paused or self._outage

    async def step(self, contact: str) -> bool:
        """Send the contact's next message. False when none is due, or sending is paused or stopped."""
        if self.clock() < self._paused_until or not await self.rate.turn():
            return False
        out = await self._claim(contact)
        if out is None:
            self.rate.give_back()
            return False
        try:
            message = codec.loads(out.body, Message)
            request_id = await self.gateway.send(message, out.contact, self.callback_url(out.id))
        except SendError as error:
            await self._not_accepted(out, error)
        except Exception as error:
            # Whatever it was, the request may have been written: the row must not stay "sending".
            log.exception("message %d to %s", out.id, mask(out.contact))
            await self._not_accepted(out, Ambiguous(faults.in_short(error)))
        else:
            self._learn(None)
            if await self.outcomes.write(outbox.accepted, out.id, request_id, self.clock()):
                self.wakes(contact)
        return True

    def end_waits(self) -> None:
        """Try again now whatever waits for all messages: a gateway that was not there, or that refuses credentials."""
        self._paused_until = self._unreachable_until = self._outage_until = 0.0

    def stop(self) -> None:
        """Take up no message more; a POST under way goes on."""
        self.rate.close()

    async def _claim(self, contact: str) -> Outgoing | None:
        """Take the contact's next message. In a pause, one at a time tries whether the way is free again."""
        until, out = self._paused_until, None
        if self.clock() < until:  # the pause began while this contact waited for its turn
            return None
        if self.paused:
            self._paused_until = self.clock() + PAUSE
        try:
            out = await self.store.write(outbox.claim, contact, self.clock())
        finally:
            if out is None:
                self._paused_until = until
        return out

    async def _not_accepted(self, out: Outgoing, error: SendError) -> None:
        now, text = self.clock(), str(error)
        tired = isinstance(error, Busy) and out.attempts >= BUSY_TRIES
        if error.loggable or tired:
            tries = f"given up after {out.attempts} tries: " if tired else ""
            log.error("message %d to %s: %s%s", out.id, mask(out.contact), tries, text)
        again = self._learn(error, out.attempts)
        if isinstance(error, Ambiguous):
            await self.outcomes.write(outbox.ambiguous, out.id, now + EVIDENCE, text)
        elif isinstance(error, Refused | Unreachable | Busy) and not tired:
            await self.outcomes.write(outbox.postpone, out.id, again, text, counted=isinstance(error, Busy))
        else:
            await self.outcomes.write(outbox.failed, out.id, text, now)
            self.wakes(out.contact)

    def _learn(self, error: SendError | None, attempts: int = 0) -> float:
        """Draw from one answer what holds for all messages, and give the time at which this one may be tried again."""
        now = self.clock()
        if isinstance(error, Refused):
            if not self.paused:
                log.critical("sending pauses, nothing is dropped: %s", error)
            self.paused, self._paused_until, self._outage = str(error), now + PAUSE, ""
            return self._paused_until
        if isinstance(error, Unreachable):
            if now >= self._unreachable_until:  # however many messages meet it, it is one outage
                self._unreachable += 1
                self._unreachable_until = now + _backoff(self._unreachable)
            return self._wait(error, self._unreachable_until)
        self._unreachable, self._unreachable_until = 0, 0.0
        if isinstance(error, Ambiguous):
            return now
        paused, self.paused, self._paused_until = self.paused, "", 0.0
        if isinstance(error, Busy):
            return self._wait(error, now + max(error.retry_after or 0.0, _backoff(attempts)))
        if paused or (self._outage and now >= self._outage_until):  # before that, it was under way when it began
            log.warning("sending goes on")
            self._outage = ""
        return now

    def _wait(self, error: SendError, until: float) -> float:
        """Note that the gateway is away or busy ``until`` then, and say so when that is news."""
        if not self._outage:
            log.warning("messages wait: %s", error)
        self._outage, self._outage_until = str(error), until
        return until


def _backoff(failures: int) -> float:
    """Give the seconds to wait after that many failures: 1, 2, 4, ... 60."""
    return min(2.0 ** min(failures - 1, 10), LONGEST_WAIT)
