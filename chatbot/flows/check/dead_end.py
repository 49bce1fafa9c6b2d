"""A state that waits for ever: not final, and nothing that a contact or the time does leads out of it."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state that is not final and that no row leaves."""
    for place in flow.places.values():
        leaves = any(edge.to not in (None, place) for edge in edges_of(flow, place))
        if not (place.final or place.ends or leaves):
            yield Finding(
                place.state.at, "dead-end", f"nothing leads out of {place.name}", "add a row with to=, or final=True"
            )
