"""Which flow takes an event, and how. A pure function of the conversation and the event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from chatbot.events import Delivery, Input, Result, Start, Timeout
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.compile import CompiledFlow
from chatbot.messages import Inbound
from chatbot.store.protocol import Conversation, SentMessage


class Way(Enum):
    """What is done with an event.

    START a flow; INTERRUPT the live one with another; SWITCH to one that was interrupted; HANDLE it in the live one.
    """

    START = "start"
    INTERRUPT = "interrupt"
    SWITCH = "switch"
    HANDLE = "handle"


@dataclass(frozen=True, slots=True)
class Route:
    """The flow that takes the event, how, and the machine's trigger if it is handed over."""

    way: Way
    flow: CompiledFlow
    trigger: str = ""


def route(
    catalogue: Catalogue,
    conversation: Conversation | None,
    given: Input,
    replied_to: SentMessage | None = None,
    suspended: Sequence[str] = (),
) -> Route | None:
    """Decide what becomes of ``given``; None when it has no effect, as news of a state that was left long ago.

    ``suspended`` names the flows that were interrupted.
    """
    here = catalogue.of_stored(conversation.flow) if conversation is not None else None
    live = here if conversation is not None and not conversation.final else None
    if isinstance(given, Inbound):
        return _route_message(catalogue, live, given, replied_to, suspended)
    if isinstance(given, Start):
        wanted = catalogue.of_stored(given.flow) or catalogue.find(given.flow)
        return Route(Way.START if live in (None, wanted) else Way.INTERRUPT, wanted)
    if here is None or conversation is None or given.visit != conversation.visit:
        return None
    if catalogue.of_stored(given.flow) is not here:  # a visit is of one state alone, whatever that is called today
        return None
    return Route(Way.HANDLE, here, _trigger(given))


def _route_message(
    catalogue: Catalogue,
    live: CompiledFlow | None,
    given: Inbound,
    replied_to: SentMessage | None,
    suspended: Sequence[str],
) -> Route:
    called = catalogue.by_keyword(given.text)
    if live is None:
        return Route(Way.START, called or catalogue.default)
    if called is not None and called is not live and called.flow.interrupts:
        return Route(Way.INTERRUPT, called)
    answered = catalogue.of_stored(replied_to.flow) if replied_to is not None else None
    if answered not in (None, live) and answered in map(catalogue.of_stored, suspended):
        return Route(Way.SWITCH, answered, "message")
    return Route(Way.HANDLE, live, "message")


def _trigger(given: Delivery | Timeout | Result) -> str:
    if isinstance(given, Timeout):
        return "timeout"
    if isinstance(given, Result):
        return "done" if given.ok else "error"
    return "failed" if given.status.is_failure else given.status.value.lower()
