"""A row for a delivery over a channel that does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from chatbot.flows.check.certain import CHANNELS
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``delivered("...")`` with a word that no receipt has as its channel."""
    for _, row, _places in rows(flow):
        for word in row.trigger.values if row.trigger.kind == "delivered" else ():
            if word not in CHANNELS:
                near = get_close_matches(word.upper(), CHANNELS, n=1)
                advice = f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(CHANNELS)}"
                yield Finding(row.at, "unknown-channel", f"nothing is delivered over {word!r}", advice)
