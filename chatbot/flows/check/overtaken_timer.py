"""A timer that never comes, because another one has left the state by then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.durations import in_words
from chatbot.flows.places import Edge

LEAVING = {"timeout", "after", "every"}


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each timer that is due when, or after, an earlier one without a guard has left each of its states."""
    late: dict[int, Finding] = {}
    in_time: set[int] = set()
    for place in flow.places.values():
        timed = [(edge, delays) for edge in edges_of(flow, place) if (delays := _delays(edge))]
        left, by = min(((delays[0], edge) for edge, delays in timed if _leaves(edge)), key=_when, default=_NEVER)
        for edge, delays in timed:
            lost = next((delay for delay in delays if delay >= left), None)
            if lost is None or by is None or edge.row.trigger.label == by.row.trigger.label:
                in_time.add(id(edge.row))
                continue
            late[id(edge.row)] = Finding(
                edge.row.at,
                "overtaken-timer",
                f"{edge.row.label} would come after {in_words(lost)}, and {by.row.label} has left {place.name} by then",
                "let it come earlier, or fewer times",
            )
    yield from (finding for row, finding in late.items() if row not in in_time)


_NEVER = (timedelta.max, None)


def _when(timer: tuple[timedelta, Edge]) -> timedelta:
    return timer[0]


def _delays(edge: Edge) -> tuple[timedelta, ...]:
    trigger, timeout = edge.row.trigger, edge.source.state.timeout
    if trigger.kind == "timeout":
        return (timeout,) if timeout is not None else ()
    return trigger.clock.delays if trigger.clock is not None else ()


def _leaves(edge: Edge) -> bool:
    certain = edge.row.trigger.kind in LEAVING and not edge.row.when
    return certain and not edge.back and edge.to not in (None, edge.source)
