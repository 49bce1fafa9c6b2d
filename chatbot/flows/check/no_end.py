"""A state from which no row leads to an end."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state that can be left and never leads to a final state, in a flow that has one."""
    leaving = {edge.source.name for edge in flow.edges if edge.to not in (None, edge.source)}
    ends = {place.name for place in flow.places.values() if place.final}
    led = ends | (set(flow.places) - leaving)  # a dead end is a finding of its own
    while more := {edge.source.name for edge in flow.edges if edge.to and edge.to.name in led} - led:
        led |= more
    for place in flow.places.values() if ends else ():
        if place.name not in led:
            yield Finding(
                place.state.at,
                "no-end",
                f"from {place.name} no row leads to a final state",
                'add a row that leads to one, as for text("stop")',
            )
