"""Draws a flow as a Mermaid state diagram: its rows with their guards, its timers, its slow calls."""

from __future__ import annotations

from chatbot.flows.compile import CompiledFlow, Edge
from chatbot.flows.state import State, name_of

_MARKS = str.maketrans({'"': "'", ";": ",", "#": " ", "\n": " ", ":": " ", "<": " ", ">": " "})


def mermaid(flow: CompiledFlow) -> str:
    """Write ``flow`` as the text of a Mermaid ``stateDiagram-v2``."""
    lines = ["stateDiagram-v2", f"    [*] --> {flow.initial.name}"]
    lines += [f"    {state.name} : {_caption(state)}" for state in flow.states.values()]
    lines += [_arrow(edge) for edge in flow.edges]
    lines += [f"    {state.name} --> [*]" for state in flow.states.values() if state.final]
    return "\n".join(lines) + "\n"


def _caption(state: State) -> str:
    parts = [state.name]
    if state.choices:
        parts.append(" / ".join(choice.label for choice in state.choices.all))
    if state.timeout is not None:
        parts.append(f"timeout {state.timeout}")
    if state.invoke is not None:
        parts.append(f"invokes {name_of(state.invoke)}")
    return " | ".join(parts).translate(_MARKS)


def _arrow(edge: Edge) -> str:
    to = edge.to.name if edge.to is not None else edge.source.name
    label = edge.row.label + (" / back" if edge.back else "") + (" / stays" if edge.to is None else "")
    return f"    {edge.source.name} --> {to} : {label.translate(_MARKS)}"
