"""An end of an embedded flow that no row takes."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.unknown_end import ends_of
from chatbot.flows.check.written import sources
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.state import Embed


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each final state of an embedded flow that no ``done`` without a guard takes: nothing leads out of it."""
    for _, source in sources(flow):
        if not isinstance(source, Embed):
            continue
        ends = [row for row in source.rows if row.trigger.kind == "done"]
        for name in ends_of(source):
            taking = [row for row in ends if not row.trigger.values or name in row.trigger.values]
            if any(not row.when for row in taking):
                continue
            takes = f"is taken only by {', '.join(row.label for row in taking)}" if taking else "no row takes that"
            yield Finding(
                source.at,
                "unheard-end",
                f"{source.name} can end in {name}, " + (f"which {takes}" if taking else f"and {takes}"),
                f'add {source.name}.on(done("{name}"), to=...)' + (" without a guard" if taking else ""),
            )
