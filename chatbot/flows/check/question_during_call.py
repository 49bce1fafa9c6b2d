"""A question that is asked while a slow call runs."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import states
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state that both invokes and asks: the call's end would leave it in the middle of an answer."""
    for state in states(flow):
        if state.invoke is not None and state.asks:
            yield Finding(
                state.at,
                "question-during-call",
                f"{state.name} asks and invokes, and whichever ends first wins",
                "ask in one state and invoke in the next",
            )
