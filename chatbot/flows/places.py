"""A flow laid flat: its states and those of embedded flows as places, and its rows as edges between them.

Everything that reads a flow (the machine, the checks, the drawing) reads this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from chatbot.errors import FlowError
from chatbot.flows.state import Anywhere, Embed, Row, State, Target, again, previous
from chatbot.flows.turn import Turn

if TYPE_CHECKING:
    from chatbot.flows.flow import Flow

Frames: TypeAlias = "tuple[tuple[str, type[Flow[Any]]], ...]"


@dataclass(frozen=True, slots=True)
class Place:
    """A state where it stands: ``name`` is ``street``, or ``where.street`` inside the embedded ``where``.

    ``prefix`` names the frame that holds its data, "" for the flow's own. ``final`` ends the whole conversation;
    ``ends`` is the prefix of the embedded flow that ends here, or "".
    """

    name: str
    state: State
    flow: type[Flow[Any]]
    prefix: str = ""
    final: bool = False
    ends: str = ""

    @property
    def passes(self) -> bool:
        """Whether nobody answers here: a slow call, or an embedded flow's end. The way back leads past it."""
        return bool(self.ends) or (self.state.invoke is not None and not self.state.asks and not self.final)


@dataclass(frozen=True, slots=True)
class Edge:
    """A row as it holds in one place.

    ``to`` is None when it stays; ``back`` tells that it goes to where the contact came from, ``asks`` that the question
    is asked again. ``prefix`` names the frame of data that the row's own functions see; ``embeds`` are the frames to be
    made anew.
    """

    source: Place
    to: Place | None
    row: Row
    prefix: str = ""
    back: bool = False
    asks: bool = False
    embeds: Frames = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A flow laid flat. ``edges`` stand in the order in which they are asked.

    ``frames`` are the flow itself, under "", and those that it embeds, by prefix.
    """

    places: Mapping[str, Place]
    edges: tuple[Edge, ...]
    initial: Place
    entering: Frames
    frames: Mapping[str, type[Flow[Any]]]


def lay_out(flow: type[Flow[Any]]) -> Layout:
    """Lay ``flow`` flat. Raises FlowError for a target of another flow, and for embedded flows without end."""
    places = {place.name: place for place in _places(flow, "", ())}
    held = [(place, prefix, row) for place in places.values() for prefix, row in _rows(flow, place)]
    before: dict[str, list[Place]] = {name: [] for name in places}
    forward: list[Edge] = []
    for place, prefix, row in held:
        if row.to is previous:
            continue
        to, embeds = _target(flow, places, prefix, row)
        forward.append(Edge(place, to, row, prefix, asks=row.to is again, embeds=embeds))
        if to is not None and to is not place and place not in before[to.name]:
            before[to.name].append(place)
    known = iter(forward)
    before = {name: [one for one in _stops(before, name, set()) if one.name != name] for name in places}
    edges: list[Edge] = []
    for place, prefix, row in held:
        if row.to is previous:
            edges += [Edge(place, other, row, prefix, back=True) for other in before[place.name]]
            edges.append(Edge(place, None, row, prefix, asks=True))  # there is nothing to go back to
        else:
            edges.append(next(known))
    initial, entering = entrance(places, "", _first(flow))
    return Layout(places, tuple(edges), initial, entering, dict(_frames(flow, "")))


def _stops(before: Mapping[str, list[Place]], name: str, passed: set[str]) -> list[Place]:
    """Give where one comes from: past a slow call or the end of an embedded flow it is the state before that."""
    found: dict[str, Place] = {}
    for place in before[name]:
        if not place.passes:
            found[place.name] = place
        elif place.name not in passed:
            passed.add(place.name)
            found.update({one.name: one for one in _stops(before, place.name, passed)})
    return list(found.values())


def members(flow: type[Flow[Any]]) -> dict[str, State | Embed]:
    """Give the states and embedded flows that ``flow`` is made of, by name."""
    return {value.name: value for value in vars(flow).values() if isinstance(value, State | Embed)}


def joined(prefix: str, name: str) -> str:
    """Name what is called ``name`` inside the embedded flow ``prefix``."""
    return f"{prefix}.{name}" if prefix else name


def chain(prefix: str) -> list[str]:
    """Give the frames around what is inside ``prefix``, the outermost first: "", ``where``, ``where.town``."""
    names = prefix.split(".") if prefix else []
    return [".".join(names[:count]) for count in range(len(names) + 1)]


def _first(flow: type[Flow[Any]]) -> State | Embed:
    return next(one for one in members(flow).values() if one.initial)


def _frames(flow: type[Flow[Any]], prefix: str) -> Iterator[tuple[str, type[Flow[Any]]]]:
    yield prefix, flow
    for member in members(flow).values():
        if isinstance(member, Embed):
            yield from _frames(member.flow, joined(prefix, member.name))


def _places(flow: type[Flow[Any]], prefix: str, inside: tuple[type[Flow[Any]], ...]) -> Iterator[Place]:
    if flow in inside:
        raise FlowError(flow.at, f"flow {flow.name} embeds itself")
    for member in members(flow).values():
        name = joined(prefix, member.name)
        if isinstance(member, Embed):
            yield from _places(member.flow, name, (*inside, flow))
        else:
            ends = prefix if member.final and prefix else ""
            yield Place(name, member, flow, prefix, final=member.final and not prefix, ends=ends)


def _rows(flow: type[Flow[Any]], place: Place) -> list[tuple[str, Row]]:
    """Give the rows that hold at ``place`` with the frame of each: specific first, then own, then outer ones."""
    levels: list[tuple[str, Row]] = [(place.prefix, row) for row in place.state.rows]
    if not (place.final or place.ends):
        levels += [(place.prefix, row) for row in _anywhere(place.flow)]
    prefix = place.prefix
    while prefix:
        outer, _, name = prefix.rpartition(".")
        owner = _flow_at(flow, outer)
        embed: Embed = vars(owner)[name]
        ended = bool(place.ends) and place.ends == prefix
        levels += [(outer, row) for row in embed.rows if (row.trigger.event == "done") == ended]
        if not place.ends:
            levels += [(outer, row) for row in _anywhere(owner)]
        prefix = outer
    return sorted(levels, key=lambda level: level[1].trigger.rank)


def _anywhere(flow: type[Flow[Any]]) -> list[Row]:
    return [row for value in vars(flow).values() if isinstance(value, Anywhere) for row in value.rows]


def _flow_at(flow: type[Flow[Any]], prefix: str) -> type[Flow[Any]]:
    for name in prefix.split(".") if prefix else ():
        flow = vars(flow)[name].flow
    return flow


def _target(flow: type[Flow[Any]], places: Mapping[str, Place], prefix: str, row: Row) -> tuple[Place | None, Frames]:
    if row.to is None or isinstance(row.to, Target):
        return None, ()
    if row.to not in members(_flow_at(flow, prefix)).values():
        name = _flow_at(flow, prefix).name
        if not row.to.name:
            raise FlowError(
                row.at, f"to= is a state that flow {name} has lost, written at {row.to.at}; give it a name of its own"
            )
        raise FlowError(row.at, f"to={row.to.name} belongs to another flow than {name}")
    return entrance(places, prefix, row.to)


def entrance(places: Mapping[str, Place], prefix: str, member: State | Embed) -> tuple[Place, Frames]:
    """Find the place that entering ``member`` means, and the frames that begin on the way."""
    embeds: list[tuple[str, type[Flow[Any]]]] = []
    name = joined(prefix, member.name)
    while isinstance(member, Embed):
        embeds.append((name, member.flow))
        member = _first(member.flow)
        name = joined(name, member.name)
    return places[name], tuple(embeds)


def within(prefix: str, function: Callable[[Turn[Any]], Any]) -> Callable[[Turn[Any]], Any]:
    """Let ``function`` see the data of the frame ``prefix`` as the turn's data."""
    return partial(_within, prefix, function) if prefix else function


def _within(prefix: str, function: Callable[[Turn[Any]], Any], turn: Turn[Any]) -> Any:
    outer = turn.data
    turn.data = turn.progress.frames[prefix]
    try:
        return function(turn)
    finally:
        turn.progress.frames[prefix], turn.data = turn.data, outer
