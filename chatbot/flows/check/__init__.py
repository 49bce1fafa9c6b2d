"""Finds what would go wrong before a contact does: each rule is a module here with a function ``find``.

What cannot work at all is refused at import (`chatbot.flows.compile`); a finding is what would work and disappoint.
"""

from __future__ import annotations

from chatbot.flows.check import (
    dead_end,
    deaf_answer,
    deaf_invoke,
    deaf_timeout,
    shadowed_row,
    silent_timeout,
    unhandled_choice,
    unheard_question,
    unknown_choice,
    unreachable_state,
)
from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow

RULES = (
    unheard_question,
    unreachable_state,
    dead_end,
    unhandled_choice,
    unknown_choice,
    deaf_answer,
    deaf_timeout,
    silent_timeout,
    deaf_invoke,
    shadowed_row,
)


def check(flow: CompiledFlow) -> list[Finding]:
    """Give all findings of ``flow``, in the order in which it is written."""
    return sorted({finding for rule in RULES for finding in rule.find(flow)}, key=lambda finding: finding.at)
