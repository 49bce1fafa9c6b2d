"""A row that can never fire, because one before it takes all that it would take."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.choices import plain
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each row that an earlier one without a guard covers in every state where it holds."""
    live: set[int] = set()
    covered: dict[int, tuple[Edge, Edge]] = {}
    for place, edge in enumerate(flow.edges):
        cover = next((first for first in flow.edges[:place] if _covers(first, edge)), None)
        if cover is None:
            live.add(id(edge.row))
        else:
            covered.setdefault(id(edge.row), (edge, cover))
    for row, (edge, first) in covered.items():
        if row not in live:
            yield Finding(
                edge.row.at,
                "shadowed-row",
                f"{edge.row.label} never fires: {first.row.label} at {first.row.at} takes it all",
                "put it first, give the other a guard, or delete one",
            )


def _covers(first: Edge, later: Edge) -> bool:
    """Tell whether ``first`` takes everything that ``later`` would, in the same state."""
    one, other = first.row.trigger, later.row.trigger
    if first.source is not later.source or first.row is later.row or first.row.when or first.back:
        return False
    if one.event != other.event:
        return False
    if one.fits is None or one.label == other.label:
        return True
    words, others = set(map(_word, one.values)), set(map(_word, other.values))
    return one.kind == other.kind and bool(others) and (not words or others <= words)


def _word(value: object) -> object:
    return plain(value) if isinstance(value, str) else value
