"""A state that waits for ever: not final, and nothing that a contact or the time does leads out of it."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state that is not final and that no row leaves."""
    for state in flow.states.values():
        leaves = any(edge.source is state and edge.to not in (None, state) for edge in flow.edges)
        if not state.final and not leaves:
            yield Finding(
                state.at, "dead-end", f"nothing leads out of {state.name}", "add a row with to=, or final=True"
            )
