"""A row that can never fire, because one before it takes all that it would take."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow, Edge
from chatbot.flows.questions import plain


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each row that an earlier one without a guard covers in every state where it holds."""
    live = {id(edge.row) for edge in flow.edges}
    covered: dict[int, Edge] = {}
    for place, edge in enumerate(flow.edges):
        cover = next((first for first in flow.edges[:place] if _covers(first, edge)), None)
        if cover is None:
            live.discard(id(edge.row))
        else:
            covered[id(edge.row)] = cover
    for edge in flow.edges:
        if id(edge.row) in live and id(edge.row) in covered:
            first = covered.pop(id(edge.row)).row
            yield Finding(
                edge.row.at,
                "shadowed-row",
                f"{edge.row.label} never fires: {first.label} at {first.at} takes it all",
                "put it first, give the other a guard, or delete one",
            )


def _covers(first: Edge, later: Edge) -> bool:
    """Tell whether ``first`` takes everything that ``later`` would, in the same state."""
    one, other = first.row.trigger, later.row.trigger
    if first.source is not later.source or first.row is later.row or first.row.when or first.back:
        return False
    if one.event != other.event:
        return False
    if one == other or one.fits is None:
        return True
    same_words = one.label.split("(")[0] == other.label.split("(")[0]
    return same_words and bool(other.values) and {_word(v) for v in other.values} <= {_word(v) for v in one.values}


def _word(value: object) -> object:
    return plain(value) if isinstance(value, str) else value
