"""A row for an answer that its question can never give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.questions import Date, Email, FreeText, Number, PhoneNumber, Question, YesNo

TYPES: dict[type, tuple[type, ...]] = {
    YesNo: (bool,),
    Number: (int, float, Decimal),
    Date: (date,),
    Email: (str,),
    PhoneNumber: (str,),
    FreeText: (str,),
}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``answer(...)`` whose value is of another type than the answers, or out of their range."""
    for source, row, places in rows(flow):
        asked = [place.state.ask for place in places if place.state.ask is not None]
        for value in row.trigger.values if row.trigger.kind == "answer" and asked else ():
            if not any(_is_possible(question, value) for question in asked):
                yield Finding(
                    row.at,
                    "impossible-answer",
                    f"{type(asked[0]).__name__} of {source.name} never gives {value!r}",
                    "write an answer that it gives",
                )


def _is_possible(question: Question, value: object) -> bool:
    types = TYPES.get(type(question))
    if types is None:
        return True  # the author's own kind of question
    if isinstance(value, bool) != (types == (bool,)) or not isinstance(value, types):
        return False
    if not isinstance(question, Number) or not isinstance(value, int | float | Decimal):
        return True
    low = question.least is None or value >= question.least
    high = question.most is None or value <= question.most
    return low and high and (not question.whole or value == int(value))
