"""A row that waits for an answer of a kind that its state does not ask for."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report ``choice`` rows where no choices are offered, and ``answer`` rows where no typed question is asked."""
    for place in flow.places.values():
        state = place.state
        offers = bool(state.choices) or callable(state.offer)
        for row in state.rows:
            if row.trigger.kind == "choice" and not offers:
                yield Finding(
                    row.at, "deaf-answer", f"{place.name} offers no choices", "add choices=[...], or use text"
                )
            if row.trigger.kind == "answer" and state.ask is None:
                yield Finding(row.at, "deaf-answer", f"{place.name} asks no typed question", "add ask=..., or use text")
