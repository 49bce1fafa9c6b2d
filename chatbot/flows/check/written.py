"""What the rules read besides places and edges: states, rows and texts as they are written, each once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.flows.choices import Choices
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.places import Edge, Place
from chatbot.flows.says import static_messages
from chatbot.flows.source import Location
from chatbot.flows.state import Row, Says, Source, State
from chatbot.flows.words import Words

if TYPE_CHECKING:
    from chatbot.flows.flow import Flow


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a flow says: where it is written, the flow whose data fills it, and the choices under it."""

    at: Location
    flow: type[Flow[Any]]
    what: str
    says: Says | None
    choices: Choices | None = None


def flows(flow: CompiledFlow) -> list[type[Flow[Any]]]:
    """Give the flow and those that it embeds, however deep."""
    return list(dict.fromkeys([flow.flow, *(place.flow for place in flow.places.values())]))


def sources(flow: CompiledFlow) -> Iterator[tuple[type[Flow[Any]], Source]]:
    """Give everything that rows start from, with the flow that it is written in."""
    for one in flows(flow):
        found = (value for value in vars(one).values() if isinstance(value, Source))
        yield from ((one, source) for source in dict.fromkeys(found))


def states(flow: CompiledFlow) -> Iterator[State]:
    """Give every state."""
    return (source for _, source in sources(flow) if isinstance(source, State))


def rows(flow: CompiledFlow) -> Iterator[tuple[Source, Row, list[Place]]]:
    """Give every row, with what it starts from and the places where it holds."""
    holds: dict[int, list[Place]] = {}
    for edge in flow.edges:
        holds.setdefault(id(edge.row), []).append(edge.source)
    for _, source in sources(flow):
        yield from ((source, row, holds.get(id(row), [])) for row in source.rows)


def edges_of(flow: CompiledFlow, place: Place) -> list[Edge]:
    """Give the rows that hold in ``place``, in the order in which they are asked."""
    return [edge for edge in flow.edges if edge.source is place]


def said(flow: CompiledFlow) -> Iterator[Said]:
    """Give everything that the flow says, as far as it is written down."""
    own = flow.flow
    for word in ("apology", "unmatched", "reminder"):
        yield Said(own.at, own, word, getattr(own, word))
    for one, source in sources(flow):
        if isinstance(source, State):
            yield Said(source.at, one, f"state {source.name}", source.says, source.choices)
            if source.ask is not None:
                yield Said(source.at, one, f"state {source.name}", source.ask.sorry)
        for row in source.rows:
            yield Said(row.at, one, f"row {row.label}", row.says)


def is_paged(state: State, words: Words) -> bool:
    """Tell whether the choices take more than one page, because of ``page`` or of their length."""
    if not state.choices:
        return state.page is not None
    prompt = ""
    with suppress(ValueError):  # of a translation with broken braces, which is a finding of its own
        said = static_messages(state.says, None, words)
        prompt = said[-1].text if said else ""
    return state.choices.lines(words, prompt, 0) != state.choices.lines(words, prompt, 1)
