"""Draws a flow as a Mermaid state diagram: guards, timers, receipts and slow calls; embedded flows as groups."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.compile import CompiledFlow
from chatbot.flows.durations import in_words
from chatbot.flows.functions import name_of
from chatbot.flows.places import Edge, Place
from chatbot.flows.state import previous

_MARKS = str.maketrans({'"': "'", ";": ",", "#": " ", "\n": " ", ":": " ", "<": " ", ">": " "})


def mermaid(flow: CompiledFlow) -> str:
    """Write ``flow`` as the text of a Mermaid ``stateDiagram-v2``."""
    lines = ["stateDiagram-v2", f"    [*] --> {_id(flow.initial.name)}"]
    lines += _group(list(flow.places.values()), "", "    ")
    lines += [_arrow(edge) for edge in flow.edges if edge.back or edge.row.to is not previous]
    lines += [f"    {_id(place.name)} --> [*]" for place in flow.places.values() if place.final]
    return "\n".join(lines) + "\n"


def _group(places: list[Place], prefix: str, indent: str) -> Iterator[str]:
    """Write the states of one frame, and each frame inside it as a group of its own."""
    yield from (f"{indent}{_id(one.name)} : {caption(one)}" for one in places if one.prefix == prefix)
    start = prefix + "." if prefix else ""
    inner = dict.fromkeys(one.prefix for one in places if one.prefix.startswith(start) and one.prefix != prefix)
    for name in dict.fromkeys(start + one[len(start) :].split(".")[0] for one in inner):
        yield f'{indent}state "{name}" as {_id(name)} {{'
        yield from _group([one for one in places if (one.prefix + ".").startswith(name + ".")], name, indent + "    ")
        yield f"{indent}}}"


def caption(place: Place) -> str:
    """Write what is worth knowing of a state in one line."""
    state = place.state
    parts = [place.name]
    if state.choices:
        parts.append(" / ".join(choice.label for choice in state.choices.all))
    if state.ask is not None:
        parts.append(f"asks {type(state.ask).__name__}")
    if state.timeout is not None:
        parts.append(f"timeout {in_words(state.timeout)}")
    if state.invoke is not None:
        parts.append(f"invokes {name_of(state.invoke)}")
    return " | ".join(parts).translate(_MARKS)


def label(edge: Edge) -> str:
    """Write what an arrow is labelled with."""
    how = " / back" if edge.back else " / asks again" if edge.asks else " / stays" if edge.to is None else ""
    return (edge.row.label + how).translate(_MARKS)


def _arrow(edge: Edge) -> str:
    to = edge.to if edge.to is not None else edge.source
    return f"    {_id(edge.source.name)} --> {_id(to.name)} : {label(edge)}"


def _id(name: str) -> str:
    return name.replace(".", "__")
