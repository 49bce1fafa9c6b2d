"""A setting of a state that has no effect there."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import states
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import State

_DEFAULTS = {name: one.default for name, one in inspect.signature(State).parameters.items()}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report ``page`` without choices, ``within`` and ``retries`` without a call, ``late`` where nothing is asked."""
    for state in states(flow):
        offers = bool(state.choices) or callable(state.offer)
        needs = {
            "page": ("choices", offers),
            "within": ("invoke", state.invoke is not None),
            "retries": ("invoke", state.invoke is not None),
            "late": ("a question", not state.final and (state.says is not None or state.asks)),
        }
        for name, (need, met) in needs.items():
            if not met and getattr(state, name) != _DEFAULTS[name]:
                yield Finding(
                    state.at, "idle-setting", f"{state.name} sets {name} without {need}", f"leave out {name}, or add it"
                )
