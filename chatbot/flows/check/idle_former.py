"""A former name that a flow of today has."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.catalogue import Catalogue
from chatbot.flows.check.finding import Finding


def find(bot: Catalogue) -> Iterator[Finding]:
    """Report each ``formerly`` under which another flow is found: whoever is in that one stays there."""
    for flow in bot.flows.values():
        for name in flow.flow.formerly:
            if name in bot.flows:
                yield Finding(
                    flow.flow.at,
                    "idle-former",
                    f"{flow.name} was formerly {name}, and there is a flow of that name",
                    "leave it out of formerly",
                )
