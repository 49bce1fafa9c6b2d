"""A row for a choice that its state does not offer."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.choices import Choice
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``choice("...")`` whose value no state that it holds in offers."""
    for source, row, places in rows(flow):
        states = [place.state for place in places]
        offered = [one for state in states for one in state.choices.all]
        if row.trigger.kind != "choice" or not offered or any(callable(state.offer) for state in states):
            continue
        for value in row.trigger.values:
            if value not in [one.value for one in offered]:
                yield Finding(
                    row.at, "unknown-choice", f"{source.name} does not offer {value!r}", _advice(offered, value)
                )


def _advice(offered: list[Choice], value: object) -> str:
    known = {name: one.value for one in offered for name in (one.label, str(one.value))}
    near = get_close_matches(str(value), known, n=1)
    return f"did you mean {known[near[0]]!r}?" if near else "add it to choices, or delete the row"
