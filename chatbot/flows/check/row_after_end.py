"""A row of a final state for something that no final state hears."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import states
from chatbot.flows.compile import CompiledFlow

DEAF_TO = {"text", "choice", "answer", "unmatched", "done", "error"}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each row of a final state for a message or a call: a message starts anew, and no call is made."""
    for state in states(flow):
        for row in state.rows:
            if state.final and row.trigger.kind in DEAF_TO:
                yield Finding(
                    row.at,
                    "row-after-end",
                    f"{state.name} is final, so {row.label} never fires",
                    "delete the row, or take final=True from the state",
                )
