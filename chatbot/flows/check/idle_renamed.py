"""A new name for a state that is still there under its old one."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import flows
from chatbot.flows.compile import CompiledFlow


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each name in ``renamed`` that a state of today has: whoever is there stays there."""
    for one in flows(flow):
        for name in one.renamed:
            if name in one.compiled.places:
                yield Finding(
                    one.at, "idle-renamed", f"{name} is still a state of {one.name}", "leave it out of renamed"
                )
