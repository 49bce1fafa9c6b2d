"""A way back from where nobody can have come."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import previous


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each row to ``previous`` that holds only where no other state leads to."""
    leading = {id(edge.row) for edge in flow.edges if edge.back}
    for source, row, _places in rows(flow):
        if row.to is previous and id(row) not in leading:
            yield Finding(
                row.at,
                "lost-way-back",
                f"no state leads to {source.name}, so there is no previous one, and its question is asked again",
                "name the state that is meant, or write to=again",
            )
