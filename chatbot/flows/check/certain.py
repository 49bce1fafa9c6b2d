"""What surely happens in a state, whatever the guards of its rows say and whatever news comes or does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatbot import viber
from chatbot.flows.places import Edge
from chatbot.flows.triggers import Trigger

CHANNELS = (*viber.CHANNELS, "SMS")
"""What a receipt may name as the channel of a delivery."""
CLOCKS = ("timeout", "after", "every", "at")

Event = Callable[[Trigger], bool]
"""An event, told by the triggers that fit it."""


def end_of_call(kind: str) -> Event:
    """Give the end of a slow call: ``done`` or ``error``."""
    return lambda trigger: trigger.kind == kind and not trigger.values


def is_taken(edges: Sequence[Edge], event: Event) -> bool:
    """Tell whether a row without a guard takes ``event``."""
    return any(event(edge.row.trigger) and not edge.row.when for edge in edges)


def leads_on(edges: Sequence[Edge], event: Event) -> bool:
    """Tell whether ``event`` leaves the state or enters it anew, whichever of its rows takes it."""
    for edge in edges:
        if event(edge.row.trigger):
            if edge.to is None:
                return False  # it may be this row, and then all stays as it was
            if not edge.row.when:
                return True
    return False


def time_leads_on(edges: Sequence[Edge]) -> bool:
    """Tell whether a timer of the state surely leads on."""
    timers = {edge.row.trigger for edge in edges if edge.row.trigger.kind in CLOCKS and _is_set(edge)}
    return any(leads_on(edges, _timer(trigger.label)) for trigger in timers)


def delivery_leads_on(edges: Sequence[Edge]) -> bool:
    """Tell whether it leads on that a message is delivered, over any channel, and also that it is not."""
    waits = {edge.row.trigger for edge in edges if edge.row.trigger.kind == "undelivered"}
    missed = any(leads_on(edges, _timer(trigger.label)) for trigger in waits)
    return missed and all(leads_on(edges, _delivery(channel)) for channel in CHANNELS)


def call_leads_on(edges: Sequence[Edge]) -> bool:
    """Tell whether the slow call of the state leads on, however it ends."""
    invokes = any(edge.source.state.invoke is not None for edge in edges)
    return invokes and all(leads_on(edges, end_of_call(kind)) for kind in ("done", "error"))


def _is_set(edge: Edge) -> bool:
    return edge.row.trigger.kind != "timeout" or edge.source.state.timeout is not None


def _timer(label: str) -> Event:
    return lambda trigger: trigger.label == label


def _delivery(channel: str) -> Event:
    return lambda trigger: trigger.kind == "delivered" and (not trigger.values or channel in trigger.values)
