"""A row for an end that an embedded flow does not have."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import Embed, State


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``done("...")`` that names no final state of the embedded flow, or stands where none is embedded."""
    for source, row, _ in rows(flow):
        ends = ends_of(source) if isinstance(source, Embed) else []
        for name in row.trigger.values if row.trigger.kind == "done" else ():
            if name in ends:
                continue
            near = get_close_matches(name, ends, n=1)
            if not ends:
                advice = "write done alone: a slow call has one end"
            else:
                advice = f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(ends)}"
            yield Finding(row.at, "unknown-end", f"{source.name} has no end called {name!r}", advice)


def ends_of(embed: Embed) -> list[str]:
    """Name the final states of an embedded flow."""
    return list(dict.fromkeys(one.name for one in vars(embed.flow).values() if isinstance(one, State) and one.final))
