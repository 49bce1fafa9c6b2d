"""A slow call whose end no row takes, or a row that waits for the end of a call that is never made."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a state that invokes without rows for ``done`` and ``error``, and such rows where nothing is invoked."""
    for place in flow.places.values():
        heard = {edge.row.trigger.kind for edge in flow.edges if edge.source is place}
        for kind in ("done", "error") if place.state.invoke is not None else ():
            if kind not in heard:
                yield Finding(
                    place.state.at,
                    "deaf-invoke",
                    f"{place.name} invokes, and no row takes its {kind}",
                    f"add {place.state.name}.on({kind}, to=...)",
                )
        for row in place.state.rows:
            if place.state.invoke is None and row.trigger.kind in ("done", "error"):
                yield Finding(
                    row.at, "deaf-invoke", f"{place.name} invokes nothing", "write State(invoke=...), or delete the row"
                )
