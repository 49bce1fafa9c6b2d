"""A row that can never fire, because those before it take all that it would take."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import edges_of
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge
from chatbot.flows.questions import YesNo
from chatbot.flows.spelling import plain
from chatbot.flows.words import Words


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each row that other rows cover in every state where it holds."""
    live: set[int] = set()
    covered: dict[int, tuple[Edge, Edge]] = {}
    for place in flow.places.values():
        edges = edges_of(flow, place)
        for index, edge in enumerate(edges):
            if (first := cover(edges, index)) is None:
                live.add(id(edge.row))
            else:
                covered.setdefault(id(edge.row), (edge, first))
    for row, (edge, first) in covered.items():
        if row not in live:
            yield Finding(
                edge.row.at,
                "shadowed-row",
                f"{edge.row.label} never fires: {first.row.label} at {first.row.at} takes it all",
                "put it first, give the other a guard, or delete one",
            )


def cover(edges: list[Edge], index: int) -> Edge | None:
    """Give the row that leaves nothing for the one at ``index``: alone, or as the last of several together."""
    later = edges[index]
    rivals = [edge for edge in edges[:index] if _is_rival(edge, later)]
    if later.row.trigger.kind == "unmatched":
        rivals += [edge for edge in edges if edge.row.trigger.kind == "text" and _is_rival(edge, later)]
    taken: list[object] = []
    for rival in rivals:
        if _takes_all(rival, later):
            return rival
        if (kinds := (rival.row.trigger.kind, later.row.trigger.kind)) == ("text", "choice") or kinds[0] == kinds[1]:
            taken += map(_word, rival.row.trigger.values)
            wanted = _wanted(later)
            if wanted and all(value in taken for value in wanted):
                return rival
    return None


def _is_rival(first: Edge, later: Edge) -> bool:
    """Tell whether ``first`` is asked before ``later`` and its guards hold whenever those of ``later`` do."""
    return first.row is not later.row and not first.back and set(first.row.when) <= set(later.row.when)


def _takes_all(first: Edge, later: Edge) -> bool:
    one, other = first.row.trigger, later.row.trigger
    if other.kind == "unmatched" and one.kind == "text":
        return not one.values
    if one.event != other.event:
        return False
    if one.kind == other.kind == "unmatched" and one.values and other.values:
        return bool(min(one.values) <= min(other.values))
    if one.kind == "choice" and other.kind == "text" and other.values:
        return all(_chooses(first, word) for word in other.values)
    return one.fits is None or one.label == other.label


def _chooses(edge: Edge, word: str) -> bool:
    """Tell whether ``word`` makes the choice that ``edge`` takes."""
    chosen = edge.source.state.choices.read(word, Words())
    values = edge.row.trigger.values
    return chosen is not None and (not values or chosen.value in values)


def _wanted(edge: Edge) -> list[object]:
    """List what ``edge`` takes, as far as it can be listed."""
    trigger, state = edge.row.trigger, edge.source.state
    if trigger.values:
        return [] if trigger.kind == "unmatched" else list(map(_word, trigger.values))
    if trigger.kind == "choice":
        return list(map(_word, state.choices.values))
    return [True, False] if trigger.kind == "answer" and isinstance(state.ask, YesNo) else []


def _word(value: object) -> object:
    return plain(value) if isinstance(value, str) else value
