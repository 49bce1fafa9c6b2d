"""A keyword or an interruption that has no effect."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.catalogue import Catalogue
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import flows


def find(bot: Catalogue) -> Iterator[Finding]:
    """Report keywords of a flow that is only embedded, and ``interrupts=True`` of a flow without keyword."""
    known = {flow.flow for flow in bot.flows.values()}
    inner = dict.fromkeys(one for flow in bot.flows.values() for one in flows(flow) if one not in known)
    for one in inner:
        if one.keywords:
            yield Finding(
                one.at,
                "idle-keyword",
                f"{one.name} is only embedded, so its keyword {one.keywords[0]!r} starts nothing",
                "leave it out, or name the flow's module in [bots] modules",
            )
    for one in known:
        if one.interrupts and not one.keywords:
            yield Finding(one.at, "idle-keyword", f"{one.name} interrupts, and no keyword starts it", "give it one")
