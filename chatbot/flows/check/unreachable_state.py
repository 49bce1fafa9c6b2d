"""A state that no row leads to from the initial state."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state that cannot be reached."""
    reached: set[str] = set()
    open_ends = [flow.initial.name, *([flow.flow.landing.name] if flow.flow.landing is not None else [])]
    while open_ends:
        name = open_ends.pop()
        if name not in reached:
            reached.add(name)
            open_ends += [edge.to.name for edge in flow.edges if edge.source.name == name and edge.to is not None]
    for place in flow.places.values():
        if place.name not in reached:
            yield Finding(
                place.state.at, "unreachable-state", f"no row leads to {place.name}", "add one, or delete the state"
            )
