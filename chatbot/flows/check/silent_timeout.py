"""A row that waits for a timeout that its state never sets."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.triggers import timeout


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``timeout`` row of a state without ``timeout=``."""
    for state in flow.states.values():
        for row in state.rows:
            if row.trigger is timeout and state.timeout is None:
                yield Finding(
                    row.at, "silent-timeout", f"{state.name} sets no timeout", "write State(..., timeout=minutes(30))"
                )
