"""A row that waits for a timeout that its state never sets."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``timeout`` row that holds only in states without ``timeout=``."""
    for source, row, places in rows(flow):
        if row.trigger.kind == "timeout" and all(place.state.timeout is None for place in places):
            yield Finding(
                row.at, "silent-timeout", f"{source.name} sets no timeout", "write State(..., timeout=minutes(30))"
            )
