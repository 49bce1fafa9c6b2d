"""A timeout that is set and that no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state whose ``timeout=`` has no ``timeout`` row."""
    for state in flow.states.values():
        handled = any(edge.source is state and edge.row.trigger.event == "timeout" for edge in flow.edges)
        if state.timeout is not None and not handled:
            yield Finding(
                state.at,
                "deaf-timeout",
                f"{state.name} sets a timeout, and no row takes it",
                f"add {state.name}.on(timeout, to=...)",
            )
