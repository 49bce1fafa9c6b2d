"""A row that waits for news of a message that was never sent."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of, rows
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Place

NEWS = {"delivered", "seen", "failed", "undelivered"}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each row for a receipt where nothing is said in the visit that it would be about."""
    for source, row, places in rows(flow):
        if row.trigger.kind in NEWS and not any(_speaks(flow, place) for place in places):
            yield Finding(
                row.at,
                "silent-receipt",
                f"{source.name} says nothing, so there is no message for {row.label} to tell of",
                "put the row on the state that says it",
            )


def _speaks(flow: CompiledFlow, place: Place) -> bool:
    """Tell whether a visit to ``place`` may send a message. An action may reply, so it counts."""
    staying = (edge.row for edge in edges_of(flow, place) if edge.to is None)
    return place.state.says is not None or place.state.asks or any(row.says or row.do for row in staying)
