"""A flow becomes one shared, synchronous `transitions.Machine`; each edge of its layout one `add_transition`.

The machine knows no contact: its model is the `Turn`. A callback that raises leaves the turn half changed, so a turn is
thrown away on error; only the store's commit makes it real.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import transitions

from chatbot import codec
from chatbot.errors import FlowError
from chatbot.flows.choices import Choices
from chatbot.flows.fields import stored
from chatbot.flows.functions import at_once
from chatbot.flows.places import Edge, Frames, Place, lay_out, within
from chatbot.flows.refuse import refuse_what_cannot_work
from chatbot.flows.says import messages_of, prompt_of
from chatbot.flows.state import Says
from chatbot.flows.turn import Progress, Turn
from chatbot.messages import Message

if TYPE_CHECKING:
    from chatbot.flows.flow import Flow

IDLE = "-"
"""Where a conversation is before it starts: an initial state of the machine would run no entry."""
HISTORY = 20
ENDS = 100
"""How many embedded flows may end in one turn: more of them lead in a circle."""


class CompiledFlow:
    """A flow ready to run. ``start``, ``handle`` and the like change the turn that they are given, and nothing else.

    ``places`` are its states and those of embedded flows; ``edges`` its rows, per place, in the order they are asked;
    ``frames`` the flow itself, under "", and those that it embeds, by prefix.
    """

    def __init__(self, flow: type[Flow[Any]]) -> None:
        refuse_what_cannot_work(flow)
        layout = lay_out(flow)
        self.flow = flow
        self.name = flow.name
        self.places = layout.places
        self.edges = layout.edges
        self.frames = layout.frames
        self.initial = layout.initial
        self.entering = layout.entering
        self.fingerprint = _fingerprint(self)
        self._machine = self._build()

    def new_data(self, fields: Mapping[str, Any] | None = None) -> Any:
        """Make the data of a new conversation. Raises codec.CodecError when ``fields`` do not fit its type."""
        given = dict(fields or {})
        if wrong := [path for path, _ in codec.unknown(given, self.flow.data_type)] if given else ():
            has = ", ".join(sorted(stored(self.flow.data_type))) or "none"
            raise codec.CodecError(f"flow {self.name} has no field {wrong[0]}; its fields are: {has}")
        return codec.convert(given, self.flow.data_type)

    def travelling(self, message: Message, state: str) -> Message:
        """Give ``message`` with how it travels: what it leaves open its state says, else its flow, else the outer."""
        place = self.places.get(state)
        for travel in (place.state.travel, place.flow.travel) if place is not None else ():
            message = travel.of(message)
        return self.flow.travel.of(message)

    def start(self, turn: Turn[Any]) -> None:
        """Enter the initial state."""
        turn.state = IDLE
        _begin_frames(self.entering, turn)
        self._machine.events["start"].trigger(turn, turn)
        self._go_on(turn)

    def enter(self, turn: Turn[Any], name: str) -> None:
        """Enter a state without a row: its prompt is sent and its timers start anew."""
        turn.state = name
        _enter(self.places[name], turn)
        self._go_on(turn)

    def handle(self, turn: Turn[Any], event: str) -> bool:
        """Fire the first row that fits. A message that no row takes is answered all the same; else False."""
        place = self.places[turn.state]
        if event != "message":
            fired = self._fire(turn, event)
        elif self._shows_more(place, turn):
            return True
        else:
            wrong = self._read(place, turn)
            if fired := self._fire(turn, event):
                turn.progress.misses = 0
            else:
                fired = self._unmatched(place, turn, wrong)
        self._go_on(turn)
        return fired

    def _fire(self, turn: Turn[Any], event: str) -> bool:
        known = self._machine.events.get(event)
        if known is None or turn.state not in known.transitions:
            return False
        return bool(known.trigger(turn, turn))

    def _go_on(self, turn: Turn[Any]) -> None:
        """Where an embedded flow has ended, hand its data to the outer one. Raises FlowError where that has no end."""
        passed = 0
        while turn.entered and (prefix := self.places[turn.state].ends):
            if (passed := passed + 1) > ENDS:
                raise FlowError(self.flow.at, f"{prefix} ends as soon as it begins, and begins again when it ends")
            turn.result, turn.ended = turn.progress.frames[prefix], self.places[turn.state].state.name
            if not self._fire(turn, "done"):
                return

    def _read(self, place: Place, turn: Turn[Any]) -> Says:
        """Read the answer for what the state asks. Gives what is wrong with it, in the author's words."""
        turn.late = self._is_late(place, turn)
        if turn.late:
            return ""
        state = place.state
        if state.ask is not None:
            try:
                turn.answer = state.ask.read(turn.text, turn)
            except ValueError as error:
                wrong = str(error)  # it may quote the contact, so it is no template
                return (lambda _: wrong) if wrong else state.ask.sorry
        elif state.asks:
            chosen = self._offered(place, turn).read(turn.text, turn.words, turn.progress.offered)
            turn.choice = chosen.value if chosen is not None else None
        return ""

    def _offered(self, place: Place, turn: Turn[Any]) -> Choices:
        choices: Choices = within(place.prefix, place.state.offered)(turn)
        return choices

    def _shows_more(self, place: Place, turn: Turn[Any]) -> bool:
        """Show the next page of choices, if that is what was asked for."""
        if place.state.ask is not None or not place.state.asks:
            return False
        said = within(place.prefix, partial(messages_of, place.state.says))(turn)
        prompt = said[-1].text if said else ""
        choices, shown = self._offered(place, turn), turn.progress.offered
        if not choices.wants_more(turn.text, turn.words, prompt, shown):
            return False
        turn.progress.page = turn.progress.page + 1 if shown in (None, choices.labels) else 0
        turn.progress.misses = 0
        turn.trail.append(f"{place.name}: next page of choices")
        _ask(place, turn)
        return True

    def _is_late(self, place: Place, turn: Turn[Any]) -> bool:
        """Tell whether the message answers another state's message, while this one has a question of its own open."""
        answered = turn.message.replies_to if turn.message is not None else None
        quiet = place.state.says is None and not place.state.asks
        if answered is None or quiet or place.state.late == "accept" or turn.progress.reminded:
            return False
        return (answered.flow, answered.state) != (turn.flow, turn.state)

    def _unmatched(self, place: Place, turn: Turn[Any], wrong: Says) -> bool:
        """Answer a message that no row takes: by a row for ``unmatched``, else by asking again."""
        if turn.late:
            turn.trail.append(f"{place.name}: an answer to an earlier question")
            if place.state.late == "remind":
                turn.progress.reminded = True
                turn.send(messages_of(self.flow.reminder, turn))
                _ask(place, turn)
            return True
        turn.progress.misses += 1
        if not self._fire(turn, "unmatched"):
            turn.trail.append(f"{place.name}: no row takes this message")
            prefix, first = (place.prefix, wrong) if wrong else ("", self.flow.unmatched)
            turn.send(within(prefix, partial(messages_of, first))(turn))
            _ask(place, turn)
        return True

    def _build(self) -> transitions.Machine:
        machine = transitions.Machine(
            model=None,
            states=[
                transitions.State(IDLE),
                *(transitions.State(name, on_enter=partial(_enter, place)) for name, place in self.places.items()),
            ],
            initial=IDLE,
            auto_transitions=False,
            name=self.name,
        )
        note = partial(_note, f"start -> {self.initial.name}")
        machine.add_transition("start", IDLE, self.initial.name, before=note)
        for edge in self.edges:
            row = edge.row
            machine.add_transition(
                row.trigger.event,
                edge.source.name,
                edge.to.name if edge.to is not None else None,
                conditions=[
                    *([partial(_came_from, edge.to.name)] if edge.back and edge.to is not None else []),
                    *([_in_time] if row.trigger.event == "message" and row.trigger.kind != "text" else []),
                    *([_in_time] if row.trigger.kind == "text" and not row.trigger.values else []),
                    *([partial(_holds, row.trigger.fits)] if row.trigger.fits is not None else []),
                    *(within(edge.prefix, partial(_holds, guard)) for guard in row.when),
                ],
                before=[
                    partial(_note, trail(edge)),
                    *(within(edge.prefix, partial(at_once, action)) for action in row.do),
                    within(edge.prefix, partial(_say, row.says)),
                    partial(_remember, edge),
                ],
                after=partial(_ask, edge.source) if edge.asks else None,
            )
        return machine


def trail(edge: Edge) -> str:
    """Write an edge as the turn's log has it: ``address: text [is_served] -> pricing (bots/pickup.py:41)``."""
    return f"{edge.source.name}: {edge.row.label} -> {edge.to.name if edge.to else 'stays'} ({edge.row.at})"


def _enter(place: Place, turn: Turn[Any]) -> None:
    """Enter a state: the entry owns the prompt, which of a question without words is what was said on the way to it."""
    turn.visit += 1
    turn.entered = True
    turn.progress = Progress(language=turn.progress.language, frames=turn.progress.frames)
    if place.state.says is None and place.state.asks:
        turn.replies[:] = [
            replace(one, state=place.name, visit=turn.visit) if one.flow == turn.flow else one for one in turn.replies
        ]
    _ask(place, turn)


def _ask(place: Place, turn: Turn[Any]) -> None:
    """Send the state's prompt, as the data is now."""
    turn.send(within(place.prefix, partial(prompt_of, place.state))(turn))


def _holds(guard: Callable[[Turn[Any]], object], turn: Turn[Any]) -> bool:
    return bool(at_once(guard, turn))  # the machine compares with True, and a guard may give any value


def _note(line: str, turn: Turn[Any]) -> None:
    turn.trail.append(line)


def _say(says: Says | None, turn: Turn[Any]) -> None:
    turn.send(messages_of(says, turn))


def _in_time(turn: Turn[Any]) -> bool:
    """A late answer is no answer to this question; the words that hold at any time are heard all the same."""
    return not turn.late


def _came_from(name: str, turn: Turn[Any]) -> bool:
    return bool(turn.history) and turn.history[-1] == name


def _remember(edge: Edge, turn: Turn[Any]) -> None:
    if edge.back:
        turn.history.pop()
    elif edge.to is not None and edge.to is not edge.source:
        if not edge.source.passes:
            turn.history[:] = [*turn.history, edge.source.name][-HISTORY:]
        elif turn.history and turn.history[-1] == edge.to.name:
            turn.history.pop()  # a slow call has led back to where it was asked for
    _begin_frames(edge.embeds, turn)


def _begin_frames(embeds: Frames, turn: Turn[Any]) -> None:
    for prefix, flow in embeds:
        turn.progress.frames[prefix] = flow.data_type()


def _fingerprint(compiled: CompiledFlow) -> str:
    """Hash what a stored conversation depends on: the states, and the shape of each frame's data."""
    shapes = [f"{prefix} holds\n{codec.shape(flow.data_type)}" for prefix, flow in sorted(compiled.frames.items())]
    return hashlib.sha256("\n".join([*sorted(compiled.places), *shapes]).encode()).hexdigest()[:16]
