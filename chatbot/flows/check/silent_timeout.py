"""A row that waits for a timeout that its state never sets."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``timeout`` row of a state without ``timeout=``."""
    for place in flow.places.values():
        for row in place.state.rows:
            if row.trigger.kind == "timeout" and place.state.timeout is None:
                yield Finding(
                    row.at, "silent-timeout", f"{place.name} sets no timeout", "write State(..., timeout=minutes(30))"
                )
