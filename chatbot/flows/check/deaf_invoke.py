"""A slow call whose end no row takes, or a row that waits for the end of a call that is never made."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a state that invokes without rows for ``done`` and ``error``, and such rows where nothing is invoked."""
    for state in flow.states.values():
        heard = {edge.row.trigger.event for edge in flow.edges if edge.source is state}
        for event in ("done", "error"):
            if state.invoke is not None and event not in heard:
                yield Finding(
                    state.at,
                    "deaf-invoke",
                    f"{state.name} invokes, and no row takes its {event}",
                    f"add {state.name}.on({event}, to=...)",
                )
        for row in state.rows:
            if state.invoke is None and row.trigger.event in ("done", "error"):
                yield Finding(
                    row.at, "deaf-invoke", f"{state.name} invokes nothing", "write State(invoke=...), or delete the row"
                )
