"""A timeout that is set and that no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state whose ``timeout=`` has no ``timeout`` row."""
    for place in flow.places.values():
        handled = any(edge.source is place and edge.row.trigger.kind == "timeout" for edge in flow.edges)
        if place.state.timeout is not None and not handled:
            yield Finding(
                place.state.at,
                "deaf-timeout",
                f"{place.name} sets a timeout, and no row takes it",
                f"add {place.state.name}.on(timeout, to=...)",
            )
