"""A question whose answer no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a typed question without a row for its answer, and a function of choices without one for ``choice``.

    A row for any text takes them too, one for certain words does not.
    """
    for place in flow.places.values():
        triggers = [edge.row.trigger for edge in edges_of(flow, place)]
        wanted = "answer" if place.state.ask is not None else "choice" if callable(place.state.offer) else ""
        heard = any(one.kind == wanted or (one.kind == "text" and not one.values) for one in triggers)
        if wanted and not heard:
            yield Finding(
                place.state.at,
                "unheard-question",
                f"no row takes the {wanted} of {place.name}",
                f"add {place.state.name}.on({wanted}, to=...)",
            )
