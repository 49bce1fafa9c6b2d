"""A state that no row leads to from the initial state."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import State


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state that cannot be reached."""
    reached: set[State] = set()
    open_ends = [flow.initial]
    while open_ends:
        state = open_ends.pop()
        if state not in reached:
            reached.add(state)
            open_ends += [edge.to for edge in flow.edges if edge.source is state and edge.to is not None]
    for state in flow.states.values():
        if state not in reached:
            yield Finding(
                state.at, "unreachable-state", f"no row leads to {state.name}", "add one, or delete the state"
            )
