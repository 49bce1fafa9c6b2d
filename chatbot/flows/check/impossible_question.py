"""A question that no answer fits."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import states
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.questions import Date, FreeText, Number, Question


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report limits of a typed question that leave nothing between them."""
    for state in states(flow):
        if state.ask is not None and (why := _why(state.ask)):
            yield Finding(state.at, "impossible-question", f"{state.name} takes no answer at all: {why}", "swap them")


def _why(question: Question) -> str:
    match question:
        case Number(least=float() | int() as least, most=float() | int() as most) if least > most:
            return f"least={least} is more than most={most}"
        case Date(earliest=earliest, latest=latest) if (
            earliest is not None and latest is not None and earliest > latest
        ):
            return f"earliest={earliest} is after latest={latest}"
        case FreeText(longest=longest) if longest < 1:
            return f"longest={longest} leaves no room for a letter"
        case _:
            return ""
