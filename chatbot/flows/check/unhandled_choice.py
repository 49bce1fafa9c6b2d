"""A choice that is offered and that no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import State
from chatbot.flows.triggers import ANY, TYPED


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each offered choice without a row of its own, when no row without a guard takes any choice or any text."""
    for state in flow.states.values():
        if not state.choices or _takes_all(flow, state):
            continue
        taken = {
            value
            for row in state.rows
            if row.trigger.label.startswith("choice(") and not row.when
            for value in row.trigger.values
        }
        for choice in state.choices.all:
            if choice.value not in taken:
                yield Finding(
                    state.at,
                    "unhandled-choice",
                    f"{state.name} offers {choice.value!r}, and no row takes it",
                    f"add {state.name}.on(choice({choice.value!r}), ...)",
                )


def _takes_all(flow: CompiledFlow, state: State) -> bool:
    return any(
        edge.source is state
        and edge.row.trigger.event == "message"
        and edge.row.trigger.rank in (TYPED, ANY)
        and not edge.row.when
        for edge in flow.edges
    )
