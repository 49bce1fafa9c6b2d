"""A row for a choice that its state does not offer."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``choice("...")`` whose value is not among the state's choices."""
    for place in flow.places.values():
        offered = place.state.choices.values
        for row in place.state.rows if offered else ():
            for value in row.trigger.values if row.trigger.kind == "choice" else ():
                if value not in offered:
                    near = get_close_matches(str(value), [str(known) for known in offered], n=1)
                    advice = f"did you mean {near[0]!r}?" if near else "add it to choices, or delete the row"
                    yield Finding(row.at, "unknown-choice", f"{place.name} does not offer {value!r}", advice)
