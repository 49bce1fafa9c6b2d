"""A label that reads like something else than its own choice."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import is_paged, states
from chatbot.flows.choices import MORE
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.spelling import plain
from chatbot.flows.words import Words


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report a label that is the number of another choice, or the word for the next page."""
    for state in states(flow):
        for number, choice in enumerate(state.choices.all, 1):
            label = plain(choice.label)
            means = f"choice {label}" if label in map(str, range(1, len(state.choices.all) + 1)) else ""
            if label in (plain(MORE), "0") and is_paged(state, Words()):
                means = "the next page"
            if means and label != str(number):
                yield Finding(
                    state.at,
                    "confusing-label",
                    f"{state.name} has {choice.label!r} as number {number}, and it reads like {means}",
                    "word the label otherwise",
                )
