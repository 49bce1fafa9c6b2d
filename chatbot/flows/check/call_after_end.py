"""A slow call whose end nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import states
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each final state that invokes."""
    for state in states(flow):
        if state.final and state.invoke is not None:
            yield Finding(
                state.at,
                "call-after-end",
                f"{state.name} is final, so nobody waits for what it invokes",
                "invoke in a state before it, with rows for done and error",
            )
