"""The machine agrees with the rules as a reader would apply them by hand, and with the drawing, for any flow."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot import Anywhere, Flow, State, Turn, choice, failed, previous, text, timeout
from chatbot.flows.draw import mermaid

CHOICES = ("apple", "pear")
WORDS = ("x", " X ", "y", "apple", "Pear.", "1", "2", "3", "something else")
LIMIT = 20  # steps back that a conversation remembers


@dataclass
class Memo:
    count: int = 0


def is_even(turn: Turn[Memo]) -> bool:
    return turn.data.count % 2 == 0


def is_new(turn: Turn[Memo]) -> bool:
    return turn.data.count < 3


def add(turn: Turn[Memo]) -> None:
    turn.data.count += 1


GUARDS: dict[str, Callable[[int], bool]] = {"is_even": lambda count: count % 2 == 0, "is_new": lambda count: count < 3}


@dataclass(frozen=True)
class PlainRow:
    """A row as plain values: ``to`` is a state's number, "previous" or None."""

    number: int
    kind: str
    value: str | None
    to: int | str | None
    guards: tuple[str, ...]
    adds: bool

    @property
    def label(self) -> str:
        trigger = f"{self.kind}('{self.value}')" if self.value else self.kind
        guards = f" [{' and '.join(self.guards)}]" if self.guards else ""
        return trigger + guards + {None: " / stays", "previous": " / back"}.get(self.to, "")  # type: ignore[arg-type]


@dataclass(frozen=True)
class PlainState:
    asks: bool
    final: bool
    rows: tuple[PlainRow, ...]


@dataclass(frozen=True)
class PlainFlow:
    states: tuple[PlainState, ...]
    anywhere: tuple[PlainRow, ...]

    def rows(self, state: int) -> list[PlainRow]:
        """Specific before general, own before anywhere, then the order of writing."""
        here = self.states[state]
        rows = [*here.rows, *([] if here.final else self.anywhere)]
        exact = [row for row in rows if row.value is not None]
        typed = [row for row in rows if row.value is None and row.kind == "choice"]
        return [*exact, *typed, *(row for row in rows if row not in exact and row not in typed)]

    def arrows(self) -> Iterator[tuple[str, str, str]]:
        for state in range(len(self.states)):
            for row in self.rows(state):
                to = self._before(state) if row.to == "previous" else [state if row.to is None else row.to]
                yield from ((f"s{state}", f"s{one}", row.label) for one in to)

    def _before(self, state: int) -> list[int]:
        return [one for one in range(len(self.states)) if one != state and state in {row.to for row in self.rows(one)}]


@dataclass
class ByHand:
    """A conversation, worked out from the rules alone."""

    flow: PlainFlow
    state: int = 0
    count: int = 0
    past: list[int] = field(default_factory=list)

    def prompt(self) -> str:
        asks = self.flow.states[self.state].asks
        return f"state {self.state}" + ("\n1. apple\n2. pear" if asks else "")

    def take(self, event: str, word: str) -> tuple[list[str], PlainRow | None]:
        """Give what is said and the row that fired."""
        row = next((row for row in self.flow.rows(self.state) if self._fires(row, event, word)), None)
        if row is None:
            return (["Pardon?", self.prompt()] if event == "message" else []), None
        self.count += row.adds
        said = [f"row {row.number}"]
        if row.to == "previous":
            self.state = self.past.pop() if self.past else self.state
        elif isinstance(row.to, int):
            if row.to != self.state:
                self.past = [*self.past, self.state][-LIMIT:]
            self.state = row.to
        return (said if row.to is None else [*said, self.prompt()]), row

    def _fires(self, row: PlainRow, event: str, word: str) -> bool:
        return self._fits(row, event, word) and all(GUARDS[name](self.count) for name in row.guards)

    def _fits(self, row: PlainRow, event: str, word: str) -> bool:
        if row.kind in ("timeout", "failed"):
            return event == row.kind
        if event != "message":
            return False
        if row.kind == "text":
            return row.value in (None, word.strip().lower())
        answers = {"1": "apple", "2": "pear", "apple": "apple", "Pear.": "pear"}
        chosen = answers.get(word) if self.flow.states[self.state].asks else None
        return chosen is not None and row.value in (None, chosen)


@st.composite
def flows(draw: st.DrawFn) -> PlainFlow:
    size = draw(st.integers(1, 5))
    numbers = iter(range(100))

    def rows(most: int) -> tuple[PlainRow, ...]:
        return tuple(draw(row()) for _ in range(draw(st.integers(0, most))))

    @st.composite
    def row(draw: st.DrawFn) -> PlainRow:
        kind, value = draw(
            st.sampled_from(
                [
                    *(("text", None), ("text", "x"), ("text", "y"), ("choice", None), ("choice", "apple")),
                    *(("choice", "pear"), ("timeout", None), ("failed", None)),
                ]
            )
        )
        to = draw(st.one_of(st.none(), st.just("previous"), st.integers(0, size - 1)))
        guards = tuple(draw(st.lists(st.sampled_from(sorted(GUARDS)), unique=True, max_size=2)))
        return PlainRow(next(numbers), kind, value, to, guards, draw(st.booleans()))

    def state() -> PlainState:
        final = draw(st.integers(0, 4)) == 0
        return PlainState(asks=not final and draw(st.booleans()), final=final, rows=rows(5))

    return PlainFlow(tuple(state() for _ in range(size)), rows(3))


EVENTS = st.one_of(
    st.tuples(st.just("message"), st.sampled_from(WORDS)),
    st.tuples(st.sampled_from(["timeout", "failed"]), st.just("")),
)


def written(plain: PlainFlow) -> type[Flow[Any]]:
    """Write a flow as an author would."""
    functions = {"is_even": is_even, "is_new": is_new}
    words: dict[str, Any] = {"text": text, "choice": choice, "timeout": timeout, "failed": failed}
    states = [
        State(f"state {number}", choices=CHOICES if state.asks else (), initial=number == 0, final=state.final)
        for number, state in enumerate(plain.states)
    ]
    anywhere = Anywhere()
    sources = [*zip(states, (state.rows for state in plain.states), strict=True), (anywhere, plain.anywhere)]
    for source, rows in sources:
        for row in rows:
            trigger = words[row.kind]
            source.on(
                trigger if row.value is None else trigger(row.value),
                to=states[row.to] if isinstance(row.to, int) else previous if row.to else None,
                when=[functions[name] for name in row.guards],
                do=add if row.adds else (),
                says=f"row {row.number}",
            )
    members = {**{f"s{number}": state for number, state in enumerate(states)}, "anywhere": anywhere}
    return types.new_class("Drawn", (Flow[Memo],), {"unmatched": "Pardon?"}, lambda body: body.update(members))


def arrows_of(drawing: str) -> set[tuple[str, str, str]]:
    found = set()
    for line in drawing.splitlines():
        source, arrow, rest = line.strip().partition(" --> ")
        to, _, label = rest.partition(" : ")
        if arrow and "[*]" not in (source, to):
            found.add((source, to, label))
    return found


# The fixture only gives a function that keeps nothing.
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plain=flows(), events=st.lists(EVENTS, max_size=30))
def test_the_machine_moves_as_the_rules_say_and_along_the_arrows_that_are_drawn(
    walk: Callable[..., Any], plain: PlainFlow, events: list[tuple[str, str]]
) -> None:
    flow = written(plain)
    drawn = arrows_of(mermaid(flow.compiled))
    assert drawn == set(plain.arrows())

    contact, by_hand = walk(flow), ByHand(plain)
    assert contact.said == [by_hand.prompt()]
    for event, word in events:
        before = contact.state
        said, row = by_hand.take(event, word)
        if event == "message":
            contact.user(word)
        else:
            contact.fire(event, timer=event)
        assert (contact.state, contact.data.count, contact.said) == (f"s{by_hand.state}", by_hand.count, said)
        nowhere = row is not None and row.to == "previous" and before == contact.state  # no arrow leads back to nothing
        assert row is None or nowhere or (before, contact.state, row.label) in drawn
