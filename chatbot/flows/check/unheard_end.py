"""An end of an embedded flow that no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.unknown_end import ends_of
from chatbot.flows.check.written import sources
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import Embed


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each final state of an embedded flow that neither ``done`` nor its own ``done("...")`` covers."""
    for _, source in sources(flow):
        if not isinstance(source, Embed):
            continue
        ends = [row.trigger.values for row in source.rows if row.trigger.kind == "done"]
        for name in ends_of(source) if () not in ends else ():
            if not any(name in names for names in ends):
                yield Finding(
                    source.at,
                    "unheard-end",
                    f"{source.name} can end in {name}, and no row takes that",
                    f'add {source.name}.on(done("{name}"), to=...)',
                )
