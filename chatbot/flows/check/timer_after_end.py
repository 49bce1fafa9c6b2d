"""A timer that would speak into a conversation that is over."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import states
from chatbot.flows.compile import CompiledFlow

TIMERS = {"timeout", "after", "every", "at"}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each timer of a final state but ``undelivered``, which tells of a message and not of a wait."""
    for state in states(flow):
        for row in state.rows:
            if state.final and row.trigger.kind in TIMERS:
                yield Finding(
                    row.at,
                    "timer-after-end",
                    f"{state.name} is final, and {row.label} would go on with a conversation that is over",
                    "wait in a state that is not final",
                )
