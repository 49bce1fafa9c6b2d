"""A row that waits for an answer of a kind that its state does not ask for."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report ``choice`` rows where no choices are offered, and ``answer`` rows where no typed question is asked."""
    for source, row, places in rows(flow):
        states = [place.state for place in places]
        offered = any(state.choices or callable(state.offer) for state in states)
        if row.trigger.kind == "choice" and not offered:
            yield Finding(row.at, "deaf-answer", f"{source.name} offers no choices", "add choices=[...], or use text")
        if row.trigger.kind == "answer" and not any(state.ask is not None for state in states):
            yield Finding(row.at, "deaf-answer", f"{source.name} asks no typed question", "add ask=..., or use text")
