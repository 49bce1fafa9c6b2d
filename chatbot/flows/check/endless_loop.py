"""A circle that goes round by itself: what it says or calls comes for ever, whatever the contact does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.shadowed_row import cover
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge, Place
from chatbot.flows.state import previous

NEWS = {"delivered": "delivered", "seen": "seen", "failed": "not delivered"}
CALLS = ("done", "error")
TIMERS = ("timeout", "after", "every")
OFTEN = timedelta(days=1)
"""What comes once a day may be a subscription; what comes more often to whoever says nothing is a nuisance."""


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each circle of rows without guards that news of its own messages, its own calls or timers drive.

    News of what a row says come to the state that says it, so a row for news that stays and says something is a circle.
    """
    for kind, word in NEWS.items():
        for circle in _circles([edge for place in flow.places.values() for edge in _echoes(flow, place, kind)]):
            text = "says something, and so again each time that this is " + word
            yield _finding(circle, text, "lead to a state without such a row, or say nothing")
    for kind in CALLS:
        for circle in _circles([edge for place in flow.places.values() for edge in _end_of_call(flow, place, kind)]):
            text = "leads back to the call that it ends, at once and each time"
            yield _finding(circle, text, "wait in between, in a state with a row for after(minutes(1))")
    for circle in _circles([edge for place in flow.places.values() for edge in _next_timer(flow, place)]):
        says = any(edge.row.says is not None or _prompts(_end(edge)) for edge in circle)
        if says and sum(map(_delay, circle), timedelta(0)) < OFTEN:
            text = "leads round in a circle, and says the same for ever to whoever does not answer"
            yield _finding(circle, text, "write every(..., times=3) with to=again, or lead to an end")


def _finding(circle: Sequence[Edge], text: str, advice: str) -> Finding:
    row = min((edge.row for edge in circle), key=lambda row: row.at)
    return Finding(row.at, "endless-loop", f"{row.label} {text}", advice)


def _circles(edges: Sequence[Edge]) -> Iterator[list[Edge]]:
    """Give the edges of each circle that ``edges`` make: those between places that lead to one another."""
    reached = {edge.source: _reached(edges, edge.source) for edge in edges}
    told: set[Place] = set()
    for edge in edges:
        if edge.source in reached[edge.source] and edge.source not in told:
            ring = {place for place in reached[edge.source] if edge.source in reached.get(place, ())}
            told |= ring
            yield [one for one in edges if one.source in ring and _end(one) in ring]


def _reached(edges: Sequence[Edge], place: Place) -> set[Place]:
    found: set[Place] = set()
    ends = [place]
    while ends:
        here = ends.pop()
        fresh = {_end(edge) for edge in edges if edge.source is here} - found
        found |= fresh
        ends += fresh
    return found


def _end(edge: Edge) -> Place:
    return edge.to if edge.to is not None else edge.source


def _prompts(place: Place) -> bool:
    return place.state.says is not None or place.state.asks


def _echoes(flow: CompiledFlow, place: Place, kind: str) -> Iterator[Edge]:
    """Give the rows that surely say something which is of the visit in which the news of it will come."""
    edges = edges_of(flow, place)
    for index, edge in enumerate(edges):
        row = edge.row
        if row.trigger.kind != kind or row.when or row.to is previous or cover(edges, index) is not None:
            continue
        stays = row.says is not None or (edge.asks and _prompts(place))
        if stays if edge.to is None else _prompts(edge.to):
            yield edge


def _end_of_call(flow: CompiledFlow, place: Place, kind: str) -> Iterator[Edge]:
    """Give the row that takes each end of the slow call of ``place``, if it leads on without a guard."""
    first = next((edge for edge in edges_of(flow, place) if edge.row.trigger.kind == kind), None)
    if place.state.invoke is not None and first is not None and first.to and not first.row.when and not first.back:
        yield first


def _next_timer(flow: CompiledFlow, place: Place) -> Iterator[Edge]:
    """Give the timer's row that leads on from ``place``, if nothing but the contact could lead elsewhere before."""
    others = (*NEWS, *CALLS, "at", "undelivered")
    leading = [edge for edge in edges_of(flow, place) if edge.to is not None]
    timed = [edge for edge in leading if edge.row.trigger.kind in TIMERS and _delay(edge) < OFTEN]
    uncertain = any(edge.row.when or edge.back for edge in timed)
    if timed and not uncertain and not any(edge.row.trigger.kind in others for edge in leading):
        yield min(timed, key=_delay)


def _delay(edge: Edge) -> timedelta:
    trigger, timeout = edge.row.trigger, edge.source.state.timeout
    if trigger.kind == "timeout":
        return timeout if timeout is not None else timedelta.max
    return trigger.clock.delays[0] if trigger.clock is not None else timedelta.max
