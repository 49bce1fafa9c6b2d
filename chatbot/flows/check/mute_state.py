"""A state in which a contact hears nothing."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge, Place


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a first or a landing state that says nothing, and each row that answers a message with silence."""
    for place in flow.places.values():
        first = "the conversation begins" if place.state.initial else "whoever is stranded goes on"
        if _is_mute(place) and (place.state.initial or place.state is place.flow.landing):
            yield Finding(
                place.state.at, "mute-state", f"{first} in {place.name}, which says nothing", "give it a prompt"
            )
    for edge in flow.edges:
        if edge.to is not None and edge.to is not edge.source and _is_mute(edge.to) and _is_answer(edge):
            yield Finding(
                edge.row.at,
                "mute-state",
                f"{edge.row.label} leads to {edge.to.name}, and nothing is said",
                f"add says= to the row, or a prompt to {edge.to.state.name}",
            )


def _is_mute(place: Place) -> bool:
    state = place.state
    return state.says is None and not state.asks and state.invoke is None and not place.ends


def _is_answer(edge: Edge) -> bool:
    return edge.row.trigger.event in ("message", "unmatched") and not edge.row.says and not edge.row.do
