"""A row that waits for a choice in a state that offers none."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.triggers import choice


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each bare ``choice`` row of a state without choices."""
    for state in flow.states.values():
        for row in state.rows:
            if row.trigger is choice and not state.choices:
                yield Finding(
                    row.at, "deaf-choice", f"{state.name} offers no choices", "give it choices=[...], or use text"
                )
