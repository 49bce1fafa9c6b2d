"""An answer that is asked for and that no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge, Place
from chatbot.flows.questions import YesNo


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a typed question with rows for some of its answers, and none without a guard for the others.

    A row for what is ``unmatched`` takes the others too, unless rows without a guard name the answers that they take.
    """
    for place in flow.places.values():
        edges = edges_of(flow, place)
        answers = [edge for edge in edges if edge.row.trigger.kind == "answer"]
        some = [edge for edge in answers if not edge.row.when]
        if place.state.ask is None or not answers or any(map(_takes_all, edges)):
            continue
        if not some and any(edge.row.trigger.kind == "unmatched" and not edge.row.when for edge in edges):
            continue
        for left in _left(place, some):
            yield Finding(
                place.state.at,
                "unhandled-answer",
                f"{place.name} asks {type(place.state.ask).__name__}, and no row takes {left} in every case",
                f"add {place.state.name}.on(answer, ...)",
            )


def _left(place: Place, some: list[Edge]) -> list[str]:
    taken = [value for edge in some for value in edge.row.trigger.values]
    if isinstance(place.state.ask, YesNo):
        return [str(value) for value in (True, False) if value not in taken]
    return ["the other answers" if some else "an answer"]


def _takes_all(edge: Edge) -> bool:
    return edge.row.trigger.kind in ("answer", "text") and not edge.row.trigger.values and not edge.row.when
