"""A row that does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow

SHIELDS = {"failed", "delivered"}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each row that neither goes anywhere, says, nor does anything.

    One for receipts of some kind may stand before one for all: it says which are of no interest.
    """
    for _, row, _places in rows(flow):
        shields = row.trigger.kind in SHIELDS and (row.trigger.values or row.when)
        if row.to is None and row.says is None and not row.do and not shields:
            yield Finding(row.at, "idle-row", f"{row.label} does nothing", "give the row to=, says= or do=")
