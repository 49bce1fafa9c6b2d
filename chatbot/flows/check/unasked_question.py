"""A typed question without words."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import states
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state with ``ask=`` and no prompt: its contact is never told what is asked."""
    for state in states(flow):
        if state.ask is not None and state.says is None:
            yield Finding(
                state.at,
                "unasked-question",
                f"{state.name} waits for a {type(state.ask).__name__} and does not ask for it",
                'give it a prompt: State("...?", ask=...)',
            )
