"""A contact's oldest event becomes a turn: routed, run through the machine, and kept whole or not at all."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from chatbot import codec
from chatbot.engine.decide import decide
from chatbot.engine.watchdog import Watchdog
from chatbot.errors import Conflict, StoreError
from chatbot.flows.catalogue import Catalogue
from chatbot.messages import Message
from chatbot.phone import mask
from chatbot.store import inbox
from chatbot.store.protocol import Claim, NewOutgoing, Store

log = logging.getLogger(__name__)

TRIES = 3
BACKOFF = (1.0, 10.0)
"""Seconds before the second and the third try of a turn that failed."""


class Turns:
    """Handles events. ``sends`` is told of each contact that has new messages to be sent."""

    def __init__(
        self, store: Store, catalogue: Catalogue, clock: Callable[[], float], sends: Callable[[str], None]
    ) -> None:
        self.store = store
        self.catalogue = catalogue
        self.clock = clock
        self.sends = sends
        self.watchdog = Watchdog()

    async def step(self, contact: str) -> bool:
        """Handle the contact's oldest event. False when none is due."""
        claim = await self.store.write(inbox.claim, contact, self.clock())
        if claim is None:
            return False
        try:
            await self._handle(claim)
        except StoreError as error:
            await self.store.write(inbox.release, claim.event)
            if not isinstance(error, Conflict):
                raise
            log.warning("another writer was faster for %s; the turn is run again", mask(contact))
        return True

    async def _handle(self, claim: Claim) -> None:
        if claim.event.attempts > TRIES:
            await self._set_aside(claim, "the process ended each time this event was handled")
            return
        try:
            self.watchdog.begin(f"event {claim.event.id}")
            record = decide(self.catalogue, claim, self.clock())
        except (Exception, SystemExit):
            await self._failed(claim, traceback.format_exc())
            return
        finally:
            self.watchdog.done()
        await self.store.write(inbox.finish, record)
        if record.outgoing:
            self.sends(claim.event.contact)

    async def _failed(self, claim: Claim, error: str) -> None:
        event = claim.event
        log.error(
            "event %d of %s failed, try %d of %d\n%s", event.id, mask(event.contact), event.attempts, TRIES, error
        )
        if event.attempts < TRIES:
            await self.store.write(inbox.postpone, event.id, self.clock() + BACKOFF[event.attempts - 1], error)
        else:
            await self._set_aside(claim, error)

    async def _set_aside(self, claim: Claim, error: str) -> None:
        """Keep the event for a person, say the flow's apology, and let later messages go on."""
        event, here = claim.event, claim.conversation
        flow = (self.catalogue.of_stored(here.flow) if here else None) or self.catalogue.default
        state, visit = (here.state, here.visit) if here else ("", 0)
        words = flow.travelling(Message(flow.flow.apology), state)
        apology = NewOutgoing(codec.dumps(words), flow.name, state, visit)
        said = [apology] if event.kind == "message" else []
        await self.store.write(inbox.set_aside, event, error, self.clock(), said)
        log.error("event %d of %s was set aside; mend the flow, then: chatbot retry", event.id, mask(event.contact))
        self.sends(event.contact)
