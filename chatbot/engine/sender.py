"""The outbox goes out: in order per contact, at the agreed rate, and never twice by our doing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from chatbot import codec
from chatbot.errors import Ambiguous, Busy, Refused, Rejected, SendError, Unreachable
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
        self._rate = rate
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until one more send is allowed."""
        if self._rate <= 0:
            return
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + 1 / self._rate, now - 1)
        if self._next > now:
            await asyncio.sleep(self._next - now)


class Sender:
    """Sends a contact's messages.

    ``callback_url`` makes the URL for the receipts of one outbox row, or None when the account has one of its own.
    ``wakes`` is told of each contact that has a new event.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        clock: Callable[[], float],
        *,
        rate: float,
        callback_url: Callable[[int], str | None],
        wakes: Callable[[str], None],
    ) -> None:
        self.store = store
        self.gateway = gateway
        self.clock = clock
        self.rate = Rate(rate)
        self.callback_url = callback_url
        self.wakes = wakes
        self.paused = ""
        self._paused_until = 0.0
        self._unreachable = 0

    async def step(self, contact: str) -> bool:
        """Send the contact's next message. False when none is due or sending is paused."""
        if self.clock() < self._paused_until:
            return False
        await self.rate.turn()
        if self.paused:
            self._paused_until = self.clock() + PAUSE  # one message at a time tries whether the way is free again
        out = await self.store.write(outbox.claim, contact, self.clock())
        if out is None:
            return False
        try:
            message = codec.loads(out.body, Message)
            request_id = await self.gateway.send(message, out.contact, self.callback_url(out.id))
        except SendError as error:
            await self._not_accepted(out, error)
        except Exception as error:
            # Whatever it was, the request may have been written: the row must not stay "sending".
            log.exception("message %d to %s", out.id, mask(out.contact))
            await self._not_accepted(out, Ambiguous(f"{type(error).__name__}: {error}"))
        else:
            self._resume()
            self._unreachable = 0
            if await self.store.write(outbox.accepted, out.id, request_id, self.clock()):
                self.wakes(contact)
        return True

    async def _not_accepted(self, out: Outgoing, error: SendError) -> None:
        now, text = self.clock(), str(error)
        if error.loggable:
            log.error("message %d to %s: %s", out.id, mask(out.contact), text)
        if isinstance(error, Ambiguous):
            await self.store.write(outbox.ambiguous, out.id, now + EVIDENCE, text)
        elif isinstance(error, Refused):
            self._pause(text)
            await self.store.write(outbox.postpone, out.id, self._paused_until, text, counted=False)
        elif isinstance(error, Unreachable):
            self._unreachable += 1
            await self.store.write(outbox.postpone, out.id, now + _backoff(self._unreachable), text, counted=False)
        elif isinstance(error, Busy) and out.attempts < BUSY_TRIES:
            wait = max(error.retry_after or 0.0, _backoff(out.attempts))
            await self.store.write(outbox.postpone, out.id, now + wait, text)
        else:
            await self.store.write(outbox.failed, out.id, text, now)
            self.wakes(out.contact)
        if isinstance(error, Busy | Rejected):
            self._resume()
        if not isinstance(error, Unreachable):
            self._unreachable = 0

    def _pause(self, text: str) -> None:
        if not self.paused:
            log.critical("sending pauses, nothing is dropped: %s", text)
        self.paused = text
        self._paused_until = self.clock() + PAUSE

    def _resume(self) -> None:
        if self.paused:
            log.warning("sending goes on")
        self.paused, self._paused_until = "", 0.0


def _backoff(failures: int) -> float:
    """Give the seconds to wait after that many failures: 1, 2, 4, ... 60."""
    return min(2.0 ** min(failures - 1, 10), LONGEST_WAIT)
