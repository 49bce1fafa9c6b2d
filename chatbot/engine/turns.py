"""A contact's oldest event becomes a turn: routed, run through the machine, and kept whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable

from chatbot import codec
from chatbot.engine import faults
from chatbot.engine.decide import decide
from chatbot.engine.faults import Complaints
from chatbot.engine.outcomes import Outcomes
from chatbot.errors import Conflict, StoreError, Unstorable
from chatbot.flows.catalogue import Catalogue
from chatbot.messages import Message
from chatbot.phone import mask
from chatbot.store import inbox
from chatbot.store.protocol import Claim, NewOutgoing, Store, StoredEvent

log = logging.getLogger(__name__)

TRIES = 3
BACKOFF = (1.0, 10.0)
"""Seconds before the second and the third try of a turn that failed."""
REST = 2.0
"""Seconds before a turn is run again that a store in trouble could not keep."""


class Turns:
    """Handles events. ``sends`` is told of each contact that has new messages to be sent.

    ``outcomes`` take the end of a turn that was not kept, ``complaints`` the troubles of the store.
    """

    def __init__(
        self,
        store: Store,
        outcomes: Outcomes,
        complaints: Complaints,
        catalogue: Catalogue,
        clock: Callable[[], float],
        sends: Callable[[str], None],
    ) -> None:
        self.store = store
        self.outcomes = outcomes
        self.complaints = complaints
        self.catalogue = catalogue
        self.clock = clock
        self.sends = sends

    async def recover(self) -> None:
        """Handle the events that were being handled when the last process ended, one by one and before all others.

        One of them may have ended it, and would do so again: only that one is to be counted then.
        """
        for event in await self.store.read(inbox.interrupted):
            log.warning(
                "event %d of %s was being handled when the process ended, try %d of %d",
                event.id, mask(event.contact), event.attempts, TRIES,
            )  # fmt: skip
            await self.step(event.contact)

    async def step(self, contact: str) -> bool:
        """Handle the contact's oldest event. False when none is due. Raises StoreError when the store is in trouble."""
        await self.outcomes.catch_up()  # no event is claimed while it is not written down how its last try ended
        claim = await self.store.write(inbox.claim, contact, self.clock())
        if claim is None:
            return False
        try:
            await self._handle(claim)
        except Conflict as error:
            log.warning("another writer was faster for %s; the turn is run again", mask(contact))
            await self._release(claim.event, error, 0.0)
        except StoreError as error:
            self.complaints.make(error, "the store is in trouble")
            await self._release(claim.event, error, REST)
        return True

    async def _handle(self, claim: Claim) -> None:
        if claim.event.attempts > TRIES:
            await self._set_aside(claim, "the process ended each time this event was handled")
            return
        try:
            record = decide(self.catalogue, claim, self.clock())
        except (Exception, SystemExit) as error:
            await self._failed(claim, error)
            return
        try:
            await self.store.write(inbox.finish, record)
        except Unstorable as error:
            await self._failed(claim, error)
            return
        if record.outgoing:
            self.sends(claim.event.contact)

    async def _failed(self, claim: Claim, error: BaseException) -> None:
        event, text = claim.event, faults.in_full(error)
        log.error(
            "event %d of %s failed, try %d of %d",
            event.id, mask(event.contact), event.attempts, TRIES, exc_info=error,
        )  # fmt: skip
        if event.attempts < TRIES:
            until = self.clock() + BACKOFF[event.attempts - 1]
            await self.outcomes.write(inbox.postpone, event, until, text)
        else:
            await self._set_aside(claim, text)

    async def _release(self, event: StoredEvent, error: StoreError, rest: float) -> None:
        """Let an event be tried again: neither the flow nor a crash is to blame, so this was no try."""
        await self.outcomes.write(inbox.postpone, event, self.clock() + rest, faults.in_short(error), counted=False)

    async def _set_aside(self, claim: Claim, error: str) -> None:
        """Keep the event for a person, say the flow's apology, and let later messages go on."""
        event, here = claim.event, claim.conversation
        flow = (self.catalogue.of_stored(here.flow) if here else None) or self.catalogue.default
        state, visit = (here.state, here.visit) if here else ("", 0)
        words = flow.travelling(Message(flow.flow.apology), state)
        apology = NewOutgoing(codec.dumps(words), flow.name, state, visit)
        said = [apology] if event.kind != "receipt" else []  # nobody waits for what becomes of a receipt
        await self.store.write(inbox.set_aside, event, error, self.clock(), said)
        log.error("event %d of %s was set aside; mend the flow, then: chatbot retry", event.id, mask(event.contact))
        self.sends(event.contact)
