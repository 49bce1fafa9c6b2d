"""A slow call whose end no row takes, or a row that waits for the end of a call that is never made."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.certain import end_of_call, is_taken, time_leads_on
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of, rows
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import Embed


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a state that invokes without rows for ``done`` and ``error``, and such rows where nothing is invoked.

    A row with a guard takes the end of a call only sometimes; then another one, or a timer, leads on.
    """
    for place in flow.places.values():
        edges = edges_of(flow, place)
        for kind in ("done", "error") if place.state.invoke is not None and not place.state.final else ():
            if is_taken(edges, end_of_call(kind)):
                continue
            guarded = dict.fromkeys(edge.row.label for edge in edges if edge.row.trigger.kind == kind)
            if guarded and time_leads_on(edges):
                continue
            takes = f"takes its {kind} only by {', '.join(guarded)}" if guarded else f"no row takes its {kind}"
            yield Finding(
                place.state.at,
                "deaf-invoke",
                f"{place.name} invokes, and {takes}",
                f"add {place.state.name}.on({kind}, to=...)" + (" without a guard" if guarded else ""),
            )
    for source, row, places in rows(flow):
        waits = row.trigger.kind == "error" or (row.trigger.kind == "done" and not isinstance(source, Embed))
        if waits and all(place.state.invoke is None for place in places):
            yield Finding(
                row.at, "deaf-invoke", f"{source.name} invokes nothing", "write State(invoke=...), or delete the row"
            )
