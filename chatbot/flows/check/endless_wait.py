"""A state that is left only by what may never come: news of a message, or an event whose guards do not hold."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.certain import call_leads_on, delivery_leads_on, end_of_call, is_taken, time_leads_on
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge, Place

TOLD = ("message", "unmatched")
"""What a contact can do, and do again until a guard holds."""


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state that a contact cannot leave, and that neither time, a delivery nor a call surely leaves.

    Guards that hold for each case between them are not known to do so: the last of such rows stands without one.
    """
    for place in flow.places.values():
        edges = edges_of(flow, place)
        leaving = [edge for edge in edges if edge.to not in (None, place)]
        if place.final or place.ends or not leaving or _is_deaf(place, edges):  # other rules tell of these
            continue
        if any(edge.row.trigger.event in TOLD for edge in leaving) or _surely_ends(edges, leaving):
            continue
        labels = dict.fromkeys(edge.row.label for edge in leaving)
        yield Finding(
            place.state.at,
            "endless-wait",
            f"{place.name} is left only by {', '.join(labels)}, which may never come, or not hold when it does",
            _advice(place, leaving),
        )


def _surely_ends(edges: list[Edge], leaving: list[Edge]) -> bool:
    seen_alone = all(edge.row.trigger.kind == "seen" for edge in leaving)  # which Viber does not tell any more
    return not seen_alone and (time_leads_on(edges) or delivery_leads_on(edges) or call_leads_on(edges))


def _is_deaf(place: Place, edges: list[Edge]) -> bool:
    ends = () if place.state.invoke is None else ("done", "error")
    return not all(is_taken(edges, end_of_call(kind)) for kind in ends)


def _advice(place: Place, leaving: list[Edge]) -> str:
    name = place.state.name
    for edge in leaving:
        trigger = edge.row.trigger
        if edge.row.when and trigger.kind not in ("seen", "failed"):
            return f"add a last row without a guard: {name}.on({trigger}, to=...)"
        if trigger.kind == "delivered" and trigger.values:
            return f"add a row for the other channels: {name}.on(delivered, to=...)"
    return f"add a timeout to {name}, or a row for text"
