"""Something kept in a field of another type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, get_origin

from chatbot import codec
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.fields import types_of
from chatbot.flows.keep import Keep
from chatbot.flows.places import Edge, Place
from chatbot.flows.questions import Date, Number, Question, YesNo
from chatbot.flows.returned import kind_of


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``keep`` whose field cannot hold what its row takes: a text, an answer, a choice, a result.

    The result of a slow call is known as far as its function says what it returns.
    """
    owners = {"": flow.flow, **{place.prefix: place.flow for place in flow.places.values()}}
    for edge in flow.edges:
        types = types_of(owners[edge.prefix].data_type)
        for action in edge.row.do:
            if not isinstance(action, Keep):
                continue
            for value in _samples(flow, edge):
                if not _fits(value, types.get(action.field, Any)):
                    kind = getattr(types[action.field], "__name__", types[action.field])
                    yield Finding(
                        edge.row.at,
                        "wrong-keep",
                        f"{action.field} is {kind}, and {edge.row.label} keeps {value!r} in it",
                        "change the field's type or what is asked",
                    )
                    break


def _samples(flow: CompiledFlow, edge: Edge) -> list[object]:
    """Give values that the row may keep, as far as they are known."""
    trigger, state = edge.row.trigger, edge.source.state
    if trigger.kind == "text":
        return ["a text"]
    if trigger.kind == "choice":
        rows = [other.row for other in edges_of(flow, edge.source) if other.row.trigger.kind == "choice"]
        taken = [value for row in rows if not row.when for value in row.trigger.values]
        return list(trigger.values) or [value for value in state.choices.values if value not in taken]
    if trigger.kind == "done":
        return _results(edge.source)
    return [_sample(state.ask)] if trigger.kind == "answer" and state.ask is not None else []


def _results(place: Place) -> list[object]:
    """Give what an embedded flow or a slow call hands over; nothing where that is not known or depends."""
    if place.ends:
        return [place.flow.data_type()]
    kind: Any = kind_of(place.state.invoke) if place.state.invoke is not None else Any
    kind = get_origin(kind) or kind
    return [_RESULTS[kind]] if kind in _RESULTS else []


_RESULTS: dict[Any, object] = {bool: True, int: 2, float: 2.5, date: date(2026, 11, 24), list: [], dict: {}}


def _sample(question: Question) -> object:
    match question:
        case YesNo():
            return True
        case Number(whole=whole):
            return 2 if whole else Decimal("2.5")
        case Date():
            return date(2026, 11, 24)
        case _:
            return "a text"


def _fits(value: object, kind: Any) -> bool:
    plain = codec.plain(value)
    try:
        codec.convert(plain, kind)
    except codec.CodecError:
        return False
    return not any(codec.unknown(plain, kind))
