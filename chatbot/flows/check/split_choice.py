"""A choice that goes one way or another, depending on how it is written."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge, Place
from chatbot.flows.questions import YesNo
from chatbot.flows.spelling import plain
from chatbot.flows.triggers import takes_choice

ANSWERS = {"yes": True, "no": False}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``text("...")`` that takes a choice, or a yes, only when it is written in that way."""
    for place in flow.places.values():
        edges = edges_of(flow, place)
        for place_in_order, edge in enumerate(edges):
            for word in edge.row.trigger.values if edge.row.trigger.kind == "text" else ():
                meant = _meant(place, word)
                if meant is None or any(_takes(before, *meant) for before in edges[: place_in_order + 1]):
                    continue
                kind, value = meant
                yield Finding(
                    edge.row.at,
                    "split-choice",
                    f"{word!r} is the {kind} {value!r} of {place.name}, which {edge.row.label} takes in no other words",
                    f"write {place.state.name}.on({kind}({value!r}), ...)",
                )


def _meant(place: Place, word: str) -> tuple[str, object] | None:
    """Give what a contact who writes ``word`` has answered: the kind of trigger that takes it, and its value."""
    if isinstance(place.state.ask, YesNo) and plain(word) in ANSWERS:
        return "answer", ANSWERS[plain(word)]
    for number, choice in enumerate(place.state.choices.all, 1):
        if plain(word) in (str(number), plain(choice.label), plain(str(choice.value))):
            return "choice", choice.value
    return None


def _takes(edge: Edge, kind: str, value: object) -> bool:
    """Tell whether the row takes the answer however it is written."""
    trigger = edge.row.trigger
    if trigger.kind == kind:
        return not edge.row.when and (not trigger.values or value in trigger.values)
    return kind == "choice" and trigger.kind == "text" and takes_choice(trigger, value)
