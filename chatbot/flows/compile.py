"""A flow becomes one shared, synchronous `transitions.Machine`; each row one `add_transition` a state it holds in.

The machine knows no contact: its model is the `Turn`. A callback that raises leaves the turn half changed, so a turn is
thrown away on error; only the store's commit makes it real.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import transitions

from chatbot import codec, viber
from chatbot.errors import FlowError, MatrixError
from chatbot.flows.says import as_messages, fields_of, messages_of, static_messages
from chatbot.flows.source import Location
from chatbot.flows.state import Anywhere, Previous, Row, Says, State
from chatbot.flows.turn import Turn

if TYPE_CHECKING:
    from chatbot.flows.flow import Flow

IDLE = "-"
"""Where a conversation is before it starts: an initial state of the machine would run no entry."""
HISTORY = 20


@dataclass(frozen=True, slots=True)
class Edge:
    """A row as it holds in one state: ``to`` is None when it stays, ``back`` when it goes to where they came from."""

    source: State
    to: State | None
    row: Row
    back: bool = False


class CompiledFlow:
    """A flow ready to run. ``start`` and ``handle`` change the turn that they are given, and nothing else.

    ``edges`` are all its rows, per state, in the order in which they are asked.
    """

    def __init__(self, flow: type[Flow[Any]], states: Mapping[str, State], edges: tuple[Edge, ...]) -> None:
        self.flow = flow
        self.name = flow.name
        self.states = dict(states)
        self.edges = edges
        self.initial = next(state for state in states.values() if state.initial)
        self.fingerprint = _fingerprint(self)
        self._machine = _machine(self)

    def new_data(self, fields: Mapping[str, Any] | None = None) -> Any:
        """Make the data of a new conversation. Raises codec.CodecError when ``fields`` do not fit its type."""
        return codec.convert(dict(fields or {}), self.flow.data_type)

    def start(self, turn: Turn[Any]) -> None:
        """Enter the initial state."""
        turn.state = IDLE
        self._machine.events["start"].trigger(turn, turn)

    def resume(self, turn: Turn[Any]) -> None:
        """Enter the turn's state again: its prompt is sent once more and its timers start anew."""
        _enter(self.states[turn.state], turn)

    def handle(self, turn: Turn[Any], event: str) -> bool:
        """Fire the first row that fits. False when none does; then nothing has changed."""
        state = self.states[turn.state]
        if turn.message is not None and state.choices:
            chosen = state.choices.read(turn.text)
            turn.choice = chosen.value if chosen is not None else None
        known = self._machine.events.get(event)
        if known is None or turn.state not in known.transitions:
            return False
        return bool(known.trigger(turn, turn))

    def ask_again(self, turn: Turn[Any]) -> None:
        """Say that no row fitted, and the state's prompt once more, without entering it."""
        state = self.states[turn.state]
        turn.reply(self.flow.unmatched)
        turn.send(messages_of(state.says, turn, state.choices))


def compile_flow(flow: type[Flow[Any]]) -> CompiledFlow:
    """Compile ``flow``. Raises FlowError, with file and line, for what cannot work."""
    states = flow.states
    sources = [value for value in vars(flow).values() if isinstance(value, State | Anywhere)]
    if len(initial := [state for state in states.values() if state.initial]) != 1:
        found = " and ".join(state.name for state in initial) or "none"
        raise FlowError(f"{flow.at}: flow {flow.name} needs one state with initial=True, and has {found}")
    fields = _field_names(flow)
    for state in states.values():
        _check_says(state.at, f"state {state.name}", state.says, fields, state)
        if state.final and state.choices:
            raise FlowError(
                f"{state.at}: state {state.name} is final, so nobody can choose; leave out choices or final"
            )
    for source in sources:
        for row in source.rows:
            if isinstance(row.to, State) and row.to not in states.values():
                raise FlowError(f"{row.at}: to={row.to.name or 'a state'} belongs to another flow than {flow.name}")
            _check_says(row.at, f"row {row.label}", row.says, fields)
    _check_data(flow)
    return CompiledFlow(flow, states, tuple(_edges(states, sources)))


def _edges(states: Mapping[str, State], sources: list[State | Anywhere]) -> Iterator[Edge]:
    everywhere = [row for source in sources if isinstance(source, Anywhere) for row in source.rows]
    held = {
        state: sorted([*state.rows, *([] if state.final else everywhere)], key=lambda row: row.trigger.rank)
        for state in states.values()
    }
    for state, rows in held.items():
        before = [other for other in held if any(row.to is state for row in held[other]) and other is not state]
        for row in rows:
            if isinstance(row.to, Previous):
                yield from (Edge(state, other, row, back=True) for other in before)
            else:
                yield Edge(state, row.to, row)


def _enter(state: State, turn: Turn[Any]) -> None:
    """Enter ``state``: the entry owns the prompt."""
    turn.visit += 1
    turn.entered = True
    turn.send(messages_of(state.says, turn, state.choices))


def _machine(compiled: CompiledFlow) -> transitions.Machine:
    machine = transitions.Machine(
        model=None,
        states=[
            transitions.State(IDLE),
            *(transitions.State(name, on_enter=partial(_enter, state)) for name, state in compiled.states.items()),
        ],
        initial=IDLE,
        auto_transitions=False,
        name=compiled.name,
    )
    machine.add_transition(
        "start", IDLE, compiled.initial.name, before=partial(_note, f"start -> {compiled.initial.name}")
    )
    for edge in compiled.edges:
        fits = edge.row.trigger.fits
        machine.add_transition(
            edge.row.trigger.event,
            edge.source.name,
            edge.to.name if edge.to is not None else None,
            conditions=[
                *([partial(_came_from, edge.to.name)] if edge.back and edge.to is not None else []),
                *([fits] if fits is not None else []),
                *edge.row.when,
            ],
            before=[partial(_note, trail(edge)), *edge.row.do, partial(_say, edge.row.says), partial(_remember, edge)],
        )
    return machine


def trail(edge: Edge) -> str:
    """Write an edge as the turn's log has it: ``address: text [is_served] -> pricing (bots/pickup.py:41)``."""
    return f"{edge.source.name}: {edge.row.label} -> {edge.to.name if edge.to else 'stays'} ({edge.row.at})"


def _note(line: str, turn: Turn[Any]) -> None:
    turn.trail.append(line)


def _say(says: Says | None, turn: Turn[Any]) -> None:
    turn.send(messages_of(says, turn))


def _came_from(name: str, turn: Turn[Any]) -> bool:
    return bool(turn.history) and turn.history[-1] == name


def _remember(edge: Edge, turn: Turn[Any]) -> None:
    if edge.back:
        turn.history.pop()
    elif edge.to is not None and edge.to is not edge.source:
        turn.history[:] = [*turn.history, edge.source.name][-HISTORY:]


def _field_names(flow: type[Flow[Any]]) -> set[str]:
    properties = {name for name, _ in inspect.getmembers(flow.data_type, lambda value: isinstance(value, property))}
    fields = dataclasses.fields(flow.data_type) if dataclasses.is_dataclass(flow.data_type) else ()
    return properties | {field.name for field in fields}


def _check_data(flow: type[Flow[Any]]) -> None:
    kind = flow.data_type
    if not dataclasses.is_dataclass(kind):
        raise FlowError(
            f"{flow.at}: Flow[{kind.__name__}]: the data of a flow is a dataclass; write @dataclass above it"
        )
    try:
        codec.loads(codec.dumps(kind()), kind)
    except (TypeError, codec.CodecError) as error:
        raise FlowError(
            f"{flow.at}: {kind.__name__} must have a default for every field and types that JSON can hold: {error}"
        ) from error


def _check_says(at: Location, what: str, says: Says | None, fields: set[str], state: State | None = None) -> None:
    """Refuse at import what is static and wrong: the matrix, the lengths, braces and the names in them."""
    try:
        for message in static_messages(says, state.choices if state else None):
            viber.check(message)
        for template in [] if callable(says) else static_texts(says):
            if unknown := set(fields_of(template)) - fields:
                raise FlowError(
                    f"{at}: {what} says {{{min(unknown)}}}, and the data has {', '.join(sorted(fields)) or 'no fields'}"
                )
    except (MatrixError, ValueError, TypeError) as error:
        raise FlowError(f"{at}: {what}: {error}") from error


def static_texts(says: object) -> Iterator[str]:
    """Give every template in ``says``: texts, captions and URLs."""
    for message in as_messages(says):
        yield message.text
        yield message.image or ""
        if message.button is not None:
            yield message.button.caption
            yield message.button.url


def _fingerprint(compiled: CompiledFlow) -> str:
    """Hash what a stored conversation depends on: the states and the shape of the data."""
    kind = compiled.flow.data_type
    fields = sorted(f"{field.name}:{field.type}" for field in dataclasses.fields(kind))
    return hashlib.sha256("\n".join([*sorted(compiled.states), "", *fields]).encode()).hexdigest()[:16]
