"""A row for a failure whose reason is none."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.certain import CHANNELS
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow
from chatbot.messages import ReceiptState


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``failed("...")`` with the name of a delivery state or a channel: a reason is an error code."""
    for _, row, _places in rows(flow):
        for word in row.trigger.values if row.trigger.kind == "failed" else ():
            if word.upper() in (*ReceiptState, *CHANNELS):
                yield Finding(
                    row.at,
                    "unknown-reason",
                    f"{word!r} is no reason, so {row.label} never fires",
                    'write failed alone for any, or an error code as in failed("8")',
                )
