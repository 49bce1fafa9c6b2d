"""A question that is asked again where none was asked."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import again


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each row to ``again`` that holds only in states without a prompt."""
    for source, row, places in rows(flow):
        asked = any(place.state.says is not None or place.state.asks for place in places)
        if row.to is again and not asked:
            yield Finding(
                row.at, "empty-again", f"{source.name} asks nothing that could be asked again", "leave out to=again"
            )
