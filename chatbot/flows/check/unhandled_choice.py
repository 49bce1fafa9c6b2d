"""A choice that is offered and that no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge
from chatbot.flows.triggers import takes_choice


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each offered choice without a row of its own, when no row without a guard takes any choice or any text.

    A row for the text that is the choice's value takes the choice, however it is answered.
    """
    for place in flow.places.values():
        rows = [edge for edge in flow.edges if edge.source is place and not edge.row.when]
        if not place.state.choices or any(map(_takes_all, rows)):
            continue
        taken = [edge.row.trigger for edge in rows if edge.row.trigger.kind in ("choice", "text")]
        for choice in place.state.choices.all:
            if not any(takes_choice(trigger, choice.value) for trigger in taken):
                yield Finding(
                    place.state.at,
                    "unhandled-choice",
                    f"{place.name} offers {choice.value!r}, and no row takes it",
                    f"add {place.state.name}.on(choice({choice.value!r}), ...)",
                )


def _takes_all(edge: Edge) -> bool:
    trigger = edge.row.trigger
    return trigger.kind in ("choice", "text") and not trigger.values
