"""A state that no row leads to from the initial state."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.changes import successors
from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Place, chain, entrance
from chatbot.flows.source import Location


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each state that cannot be reached; an embedded flow that nothing enters once, and not by its states."""
    reached: set[str] = set()
    open_ends = [flow.initial.name]
    while open_ends:
        name = open_ends.pop()
        if name not in reached:
            reached.add(name)
            open_ends += [edge.to.name for edge in flow.edges if edge.source.name == name and edge.to is not None]
            for prefix in chain(flow.places[name].prefix):  # old conversations come back wherever somebody was
                found = successors(flow.frames[prefix])
                open_ends += [entrance(flow.places, prefix, successor)[0].name for successor in found]
    entered = {prefix for name in reached for prefix in chain(flow.places[name].prefix)}
    for place in flow.places.values():
        if place.name not in reached:
            at, name = _missed(flow, place, entered)
            yield Finding(at, "unreachable-state", f"no row leads to {name}", "add one, or delete it")


def _missed(flow: CompiledFlow, place: Place, entered: set[str]) -> tuple[Location, str]:
    """Give what nothing leads to: the outermost embedded flow around ``place`` that is not entered, or itself."""
    owner = flow.flow
    for prefix in chain(place.prefix)[1:]:
        embed = vars(owner)[prefix.rpartition(".")[2]]
        if prefix not in entered:
            return embed.at, prefix
        owner = embed.flow
    return place.state.at, place.name
