"""An answer that another flow takes, because it interrupts."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.catalogue import Catalogue
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows, states
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.spelling import plain
from chatbot.flows.words import Words


def find(bot: Catalogue) -> Iterator[Finding]:
    """Report words of rows, and choices, that are the keyword of a flow with ``interrupts=True``."""
    for thief in bot.flows.values():
        for keyword in thief.flow.keywords if thief.flow.interrupts else ():
            for flow in bot.flows.values():
                if flow is not thief:
                    yield from _stolen(keyword, thief, flow)


def _stolen(keyword: str, thief: CompiledFlow, flow: CompiledFlow) -> Iterator[Finding]:
    text, advice = f"{keyword!r} starts {thief.name}, which interrupts {flow.name}", "choose another word"
    for _, row, _places in rows(flow):
        if row.trigger.kind == "text" and plain(keyword) in map(plain, row.trigger.values):
            yield Finding(row.at, "stolen-word", f"{text}, so {row.label} never fires", advice)
    for state in states(flow):
        chosen = state.choices.read(keyword, Words()) if state.choices else None
        if chosen is not None:
            yield Finding(state.at, "stolen-word", f"{text} where {state.name} offers {chosen.label!r}", advice)
