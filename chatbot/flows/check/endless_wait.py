"""A state that is left only by news that may never come."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow

NEWS = {"delivered", "seen", "failed", "undelivered"}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state whose rows all wait for receipts: none may come, and then it is never left."""
    for place in flow.places.values():
        leaving = {edge.row.trigger.kind for edge in edges_of(flow, place) if edge.to not in (None, place)}
        told_either_way = {"delivered", "undelivered"} <= leaving
        if leaving and leaving <= NEWS and not (place.final or told_either_way):
            yield Finding(
                place.state.at,
                "endless-wait",
                f"{place.name} is left only by {', '.join(sorted(leaving))}, which may never come",
                f"add a timeout to {place.state.name}, or a row for text",
            )
