"""An answer that is asked for and that no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge, Place
from chatbot.flows.questions import YesNo


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a typed question with rows for some of its answers, and none without a guard for the others."""
    for place in flow.places.values():
        taking = [edge for edge in edges_of(flow, place) if edge.row.trigger.kind in ("answer", "text")]
        some = [edge for edge in taking if edge.row.trigger.kind == "answer" and not edge.row.when]
        if place.state.ask is None or not some or any(map(_takes_all, taking)):
            continue
        for left in _left(place, some):
            yield Finding(
                place.state.at,
                "unhandled-answer",
                f"{place.name} asks {type(place.state.ask).__name__}, and no row takes {left}",
                f"add {place.state.name}.on(answer, ...)",
            )


def _left(place: Place, some: list[Edge]) -> list[str]:
    taken = [value for edge in some for value in edge.row.trigger.values]
    if isinstance(place.state.ask, YesNo):
        return [str(value) for value in (True, False) if value not in taken]
    return ["the other answers"]


def _takes_all(edge: Edge) -> bool:
    return not edge.row.trigger.values and not edge.row.when
