"""A contact's oldest event becomes a turn: routed, run through the machine, and kept whole or not at all."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chatbot import codec, events
from chatbot.engine.router import Route, Way, route
from chatbot.errors import Conflict
from chatbot.events import Delivery, Input, Result, Start, Timeout
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.turn import Received, Reply, Sent, Turn
from chatbot.messages import Inbound, Message
from chatbot.phone import mask
from chatbot.store import inbox
from chatbot.store.protocol import (
    Claim,
    Conversation,
    NewInvocation,
    NewOutgoing,
    NewTimer,
    Store,
    TurnRecord,
)

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

    async def step(self, contact: str) -> bool:
        """Handle the contact's oldest event. False when none is due."""
        claim = await self.store.write(inbox.claim, contact, self.clock())
        if claim is None:
            return False
        try:
            await self._handle(claim)
        except Conflict:
            log.warning("another writer was faster for %s; the turn is run again", mask(contact))
        return True

    async def _handle(self, claim: Claim) -> None:
        if claim.event.attempts > TRIES:
            await self._set_aside(claim, "the process ended each time this event was handled")
            return
        try:
            record = decide(self.catalogue, claim, self.clock())
        except (Exception, SystemExit):
            await self._failed(claim, traceback.format_exc())
            return
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
        flow = self.catalogue.flows.get(here.flow, self.catalogue.default) if here else self.catalogue.default
        apology = NewOutgoing(
            codec.dumps(Message(flow.flow.apology)), flow.name, here.state if here else "", here.visit if here else 0
        )
        said = [apology] if event.kind == "message" else []
        await self.store.write(inbox.set_aside, event, error, self.clock(), said)
        log.error("event %d of %s was set aside; mend the flow, then: chatbot retry", event.id, mask(event.contact))
        self.sends(event.contact)


@dataclass(frozen=True, slots=True)
class Suspended:
    """A conversation that another flow has interrupted."""

    flow: str
    state: str
    data: Any
    history: list[str]


def decide(catalogue: Catalogue, claim: Claim, now: float) -> TurnRecord:
    """Work out what an event does: no I/O, and the same for the same claim. Raises whatever the flow raises."""
    given = events.read(claim.event.kind, claim.event.payload)
    way = route(catalogue, claim.conversation, given)
    if way is None:
        return TurnRecord(claim, now, log=codec.dumps({"effect": "none"}))
    suspended = codec.loads(claim.conversation.suspended, list[Suspended]) if claim.conversation else []
    turn = _open(way, claim, given, now)
    if way.way is Way.HANDLE:
        if not way.flow.handle(turn, way.trigger) and way.trigger == "message":
            way.flow.ask_again(turn)
    else:
        suspended = (
            [*suspended, _suspend(claim.conversation)] if way.way is Way.INTERRUPT and claim.conversation else []
        )
        way.flow.start(turn)
    flow = way.flow
    while turn.entered and flow.states[turn.state].final and suspended:
        *suspended, last = suspended
        flow = catalogue.find(last.flow)
        turn = _return_to(flow, last, turn)
    return _record(flow, claim, turn, suspended, now)


def _open(way: Route, claim: Claim, given: Input, now: float) -> Turn[Any]:
    """Make the turn that the flow sees."""
    here = claim.conversation
    stays = here is not None and way.way is Way.HANDLE
    turn: Turn[Any] = Turn(
        contact=claim.event.contact,
        account=claim.event.account,
        flow=way.flow.name,
        state=here.state if here is not None else "",
        data=codec.loads(here.data, way.flow.flow.data_type) if here is not None and stays else way.flow.new_data(),
        now=datetime.fromtimestamp(now, UTC),
        visit=here.visit if here is not None else 0,
        history=list(here.history) if here is not None and stays else [],
    )
    if isinstance(given, Inbound):
        turn.text = given.text
        turn.message = Received(given, _replied_to(claim))
    elif isinstance(given, Delivery):
        turn.receipt = given
    elif isinstance(given, Timeout):
        turn.timer = given.name
    elif isinstance(given, Result):
        turn.result, turn.error = given.value, given.error
    elif isinstance(given, Start):
        turn.data = way.flow.new_data(given.data)
    return turn


def _replied_to(claim: Claim) -> Sent | None:
    sent = claim.replied_to
    return Sent(codec.loads(sent.body, Message), sent.flow, sent.state, sent.visit) if sent is not None else None


def _suspend(here: Conversation) -> Suspended:
    return Suspended(here.flow, here.state, codec.loads(here.data, dict[str, Any]), list(here.history))


def _return_to(flow: CompiledFlow, last: Suspended, ended: Turn[Any]) -> Turn[Any]:
    """Go back to the conversation that was interrupted: its state is entered again, its question asked again."""
    turn: Turn[Any] = Turn(
        contact=ended.contact,
        account=ended.account,
        flow=flow.name,
        state=last.state,
        data=flow.new_data(last.data),
        now=ended.now,
        visit=ended.visit,
        history=list(last.history),
        replies=ended.replies,
        trail=[*ended.trail, f"returns to {flow.name}.{last.state}"],
    )
    flow.resume(turn)
    return turn


def _record(flow: CompiledFlow, claim: Claim, turn: Turn[Any], suspended: list[Suspended], now: float) -> TurnRecord:
    """Write down everything that the turn does."""
    here, state = claim.conversation, flow.states[turn.state]
    return TurnRecord(
        claim=claim,
        at=now,
        conversation=Conversation(
            contact=claim.event.contact,
            account=claim.event.account,
            flow=flow.name,
            state=turn.state,
            data=codec.dumps(turn.data),
            fingerprint=flow.fingerprint,
            visit=turn.visit,
            history=tuple(turn.history),
            suspended=codec.dumps(suspended),
            final=state.final,
            version=here.version if here is not None else 0,
            updated_at=now,
        ),
        left=here.visit if here is not None and turn.entered else None,
        outgoing=[_outgoing(reply) for reply in turn.replies],
        timers=_timers(flow, turn) if turn.entered else (),
        invocations=_invocations(flow, turn) if turn.entered else (),
        before=here.state if here is not None else "",
        after=turn.state,
        row=turn.trail[-1] if turn.trail else "",
        log=codec.dumps({"trail": turn.trail}),
    )


def _outgoing(reply: Reply) -> NewOutgoing:
    return NewOutgoing(codec.dumps(reply.message), reply.flow, reply.state, reply.visit)


def _timers(flow: CompiledFlow, turn: Turn[Any]) -> list[NewTimer]:
    state = flow.states[turn.state]
    if state.timeout is None:
        return []
    return [NewTimer("timeout", state.timeout.total_seconds(), flow.name, state.name, turn.visit)]


def _invocations(flow: CompiledFlow, turn: Turn[Any]) -> list[NewInvocation]:
    state = flow.states[turn.state]
    if state.invoke is None:
        return []
    name = getattr(state.invoke, "__name__", "invoke")
    return [NewInvocation(name, codec.dumps(turn.data), flow.name, state.name, turn.visit, timeout=30.0, retries=2)]
