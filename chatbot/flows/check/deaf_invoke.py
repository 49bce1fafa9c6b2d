"""A slow call whose end no row takes, or a row that waits for the end of a call that is never made."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of, rows
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import Embed


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a state that invokes without rows for ``done`` and ``error``, and such rows where nothing is invoked."""
    for place in flow.places.values():
        heard = {edge.row.trigger.kind for edge in edges_of(flow, place)}
        for kind in ("done", "error") if place.state.invoke is not None else ():
            if kind not in heard:
                yield Finding(
                    place.state.at,
                    "deaf-invoke",
                    f"{place.name} invokes, and no row takes its {kind}",
                    f"add {place.state.name}.on({kind}, to=...)",
                )
    for source, row, places in rows(flow):
        waits = row.trigger.kind == "error" or (row.trigger.kind == "done" and not isinstance(source, Embed))
        if waits and all(place.state.invoke is None for place in places):
            yield Finding(
                row.at, "deaf-invoke", f"{source.name} invokes nothing", "write State(invoke=...), or delete the row"
            )
