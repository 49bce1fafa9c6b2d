"""What one event does, worked out without I/O: restore the conversation, route, run the machine, note the turn."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chatbot import codec, events
from chatbot.engine.router import Route, Way, route
from chatbot.events import Delivery, Input, Result, Start, Timeout
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.functions import name_of
from chatbot.flows.restore import Restored, Stored, restore, state_now
from chatbot.flows.returned import returned
from chatbot.flows.turn import Progress, Received, Reply, Sent, Turn
from chatbot.messages import Inbound, Message
from chatbot.phone import mask
from chatbot.store.protocol import Claim, Conversation, NewInvocation, NewOutgoing, NewTimer, TurnRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Suspended:
    """A conversation that another flow has interrupted, as it was stored."""

    flow: str
    state: str
    data: str
    progress: str
    fingerprint: str
    history: tuple[str, ...]


def decide(catalogue: Catalogue, claim: Claim, now: float) -> TurnRecord:
    """Work out what an event does: the same for the same claim. Raises whatever the flow raises."""
    given = events.read(claim.event.kind, claim.event.payload)
    here = claim.conversation
    suspended = codec.loads(here.suspended, list[Suspended]) if here is not None else []
    here = _today(catalogue, here)
    way = route(catalogue, here, given, claim.replied_to, [one.flow for one in suspended])
    if way is None:
        return TurnRecord(claim, now, log=codec.dumps({"effect": "none"}))
    turn = _turn(catalogue, claim, given, now)
    # A flow that begins anew is not returned to as well: two that call each other would pile up without end.
    others = [one for one in suspended if catalogue.of_stored(one.flow) is not way.flow]
    if way.way is Way.START:
        suspended = others
    elif way.way is Way.INTERRUPT and here is not None:
        suspended = [*others, _suspend(here)]
    elif way.way is Way.SWITCH and here is not None:
        back = next(one for one in suspended if one not in others)
        suspended = [*others, _suspend(here)]
        here = replace(here, **{name: getattr(back, name) for name in Suspended.__slots__})
    _run(catalogue, way, turn, given, here)
    flow = way.flow
    while turn.entered and flow.places[turn.state].final and suspended:
        *suspended, last = suspended
        if (found := catalogue.of_stored(last.flow)) is not None:
            flow = found
            _return_to(flow, turn, last)
    return _record(catalogue, flow, claim, turn, suspended, now)


def stored(here: Conversation | Suspended) -> Stored:
    """Give what `restore` needs of a conversation."""
    return Stored(here.state, here.data, here.progress, here.fingerprint, here.history)


def _today(catalogue: Catalogue, here: Conversation | None) -> Conversation | None:
    """Give ``here`` as today's flow has it: who is in a state that is final today has ended.

    What has ended already and has no place any more is nothing: news of it must not begin it anew.
    """
    flow = catalogue.of_stored(here.flow) if here is not None else None
    if here is None or flow is None or here.fingerprint == flow.fingerprint:
        return here
    back = restore(flow, stored(here))
    if back.landed:
        return None if here.final else here
    return replace(here, final=here.final or flow.places[back.state].final)


def _turn(catalogue: Catalogue, claim: Claim, given: Input, now: float) -> Turn[Any]:
    """Make the turn, with what the event brings and no conversation yet."""
    here = claim.conversation
    language = codec.loads(here.progress, Progress).language if here is not None else ""
    words = catalogue.words_of(claim.event.contact, language)
    turn: Turn[Any] = Turn(
        contact=claim.event.contact,
        account=claim.event.account,
        flow="",
        state="",
        data=None,
        now=datetime.fromtimestamp(now, UTC),
        words=words,
        zone=catalogue.zone_of(claim.event.contact),
        visit=here.visit if here is not None else 0,
        progress=Progress(language=language or words.language),
        delivered=claim.delivered,
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
    return turn


def _replied_to(claim: Claim) -> Sent | None:
    sent = claim.replied_to
    return Sent(codec.loads(sent.body, Message), sent.flow, sent.state, sent.visit) if sent is not None else None


def _run(catalogue: Catalogue, way: Route, turn: Turn[Any], given: Input, here: Conversation | None) -> None:
    """Let the flow handle the event."""
    turn.flow = way.flow.name
    if way.way in (Way.START, Way.INTERRUPT) or here is None:
        turn.data = way.flow.new_data(given.data if isinstance(given, Start) else None)
        way.flow.start(turn)
        return
    back = _bring(way.flow, turn, stored(here))
    came = here.fingerprint != way.flow.fingerprint and way.flow.places[back.state].ends
    if back.landed or came:  # nothing else would lead out of the end of an embedded flow
        way.flow.enter(turn, back.state)
        return
    if turn.message is not None and (sent := turn.message.replies_to) is not None:
        turn.message = replace(turn.message, replies_to=_sent_today(catalogue, way.flow, back, sent))
    if way.way is Way.SWITCH:  # what its visit had under way ended when it was interrupted, so a new one begins
        turn.visit, turn.entered = turn.visit + 1, True
    way.flow.handle(turn, _typed(way, turn))


def _typed(way: Route, turn: Turn[Any]) -> str:
    """Give the result of a slow call the type that its function returns, and tell what is fired: ``error`` if none."""
    function = way.flow.places[turn.state].state.invoke
    if way.trigger == "done" and function is not None:
        try:
            turn.result = returned(function, turn.result)
        except codec.CodecError as error:
            turn.result, turn.error = None, str(error)
            return "error"
    return way.trigger


def _bring(flow: CompiledFlow, turn: Turn[Any], here: Stored) -> Restored:
    """Bring a stored conversation into the turn, and note what it loses."""
    back = restore(flow, here)
    turn.flow, turn.state, turn.data, turn.history = flow.name, back.state, back.data, back.history
    back.progress.language = turn.language  # the contact may have chosen another since
    turn.progress = back.progress
    lost = [one.why for one in back.obstacles if one.why != back.landed]
    for line in ([f"lands in {back.state}: {back.landed}"] if back.landed else []) + lost:
        log.warning("%s in %s: %s", mask(turn.contact), flow.name, line)
        turn.trail.append(line)
    return back


def _sent_today(catalogue: Catalogue, flow: CompiledFlow, back: Restored, sent: Sent) -> Sent:
    """Name a message's sender as it is called today: an answer to this state's question must not be taken as late."""
    if catalogue.of_stored(sent.flow) is not flow:
        return sent
    return replace(sent, flow=flow.name, state=state_now(flow, sent.state, back) or sent.state)


def _suspend(here: Conversation) -> Suspended:
    return Suspended(here.flow, here.state, here.data, here.progress, here.fingerprint, here.history)


def _return_to(flow: CompiledFlow, turn: Turn[Any], last: Suspended) -> None:
    """Go back to the conversation that was interrupted: its state is entered again, its question asked again."""
    _bring(flow, turn, stored(last))
    turn.trail.append(f"returns to {flow.name}.{turn.state}")
    flow.enter(turn, turn.state)


def _record(
    catalogue: Catalogue, flow: CompiledFlow, claim: Claim, turn: Turn[Any], suspended: list[Suspended], now: float
) -> TurnRecord:
    """Write down everything that the turn does. Raises codec.CodecError for data that could not be restored."""
    here = claim.conversation
    written = Stored.of(flow, turn)
    over = here is not None and here.final and not turn.entered  # news of what has ended does not begin it anew
    return TurnRecord(
        claim=claim,
        at=now,
        conversation=Conversation(
            contact=claim.event.contact,
            account=claim.event.account,
            flow=flow.name,
            state=written.state,
            data=written.data,
            fingerprint=written.fingerprint,
            visit=turn.visit,
            history=written.history,
            progress=written.progress,
            suspended=codec.dumps(suspended),
            final=over or flow.places[turn.state].final,
            version=here.version if here is not None else 0,
            updated_at=now,
        ),
        left=here.visit if here is not None and turn.entered else None,
        outgoing=[_outgoing(catalogue, reply) for reply in turn.replies],
        timers=_timers(flow, turn) if turn.entered else (),
        invocations=_invocations(flow, turn) if turn.entered else (),
        before=here.state if here is not None else "",
        after=turn.state,
        row=turn.trail[-1] if turn.trail else "",
        log=codec.dumps({"trail": turn.trail}),
    )


def _outgoing(catalogue: Catalogue, reply: Reply) -> NewOutgoing:
    message = catalogue.find(reply.flow).travelling(reply.message, reply.state)
    return NewOutgoing(codec.dumps(message), reply.flow, reply.state, reply.visit)


def _timers(flow: CompiledFlow, turn: Turn[Any]) -> list[NewTimer]:
    """Give the timers of the visit that begins: the state's own, and those that its rows ask for."""
    place = flow.places[turn.state]
    where = (flow.name, turn.state, turn.visit)
    timers = [NewTimer("timeout", place.state.timeout.total_seconds(), *where)] if place.state.timeout else []
    clocks = {edge.row.trigger.label: edge.row.trigger.clock for edge in flow.edges if edge.source is place}
    for label, clock in clocks.items():
        if clock is None:
            continue
        timers += [NewTimer(label, delay.total_seconds(), *where) for delay in clock.delays]
        if clock.at is not None:
            here = turn.now.astimezone(turn.zone)
            moment = here.replace(hour=clock.at.hour, minute=clock.at.minute, second=0, microsecond=0)
            moment = moment if moment > here else moment + timedelta(days=1)
            timers.append(NewTimer(label, 0.0, *where, due=moment.timestamp()))
    return timers


def _invocations(flow: CompiledFlow, turn: Turn[Any]) -> list[NewInvocation]:
    """Give the slow call of the visit that begins, with the data that its state sees."""
    place = flow.places[turn.state]
    state = place.state
    if state.invoke is None:
        return []
    data = turn.progress.frames[place.prefix] if place.prefix else turn.data
    name, timeout = name_of(state.invoke), state.within.total_seconds()
    where = (flow.name, turn.state, turn.visit)
    return [NewInvocation(name, codec.dumps(data), *where, timeout, state.retries, flow.fingerprint)]
