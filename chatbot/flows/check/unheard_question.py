"""A question whose answer no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a typed question without a row for its answer, and a function of choices without one for ``choice``."""
    for place in flow.places.values():
        kinds = {edge.row.trigger.kind for edge in flow.edges if edge.source is place}
        wanted = "answer" if place.state.ask is not None else "choice" if callable(place.state.offer) else ""
        if wanted and not kinds & {wanted, "text"}:
            yield Finding(
                place.state.at,
                "unheard-question",
                f"no row takes the {wanted} of {place.name}",
                f"add {place.state.name}.on({wanted}, to=...)",
            )
