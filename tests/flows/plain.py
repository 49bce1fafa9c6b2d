"""Flows as plain values, and written down as an author would write them."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from chatbot import (
    Anywhere,
    Embed,
    Flow,
    Number,
    State,
    Turn,
    after,
    again,
    answer,
    at,
    choice,
    delivered,
    done,
    error,
    every,
    failed,
    minutes,
    previous,
    text,
    timeout,
    undelivered,
    unmatched,
)

Place: TypeAlias = tuple[int, ...]
"""The numbers of the members on the way to a state: ``(2, 0)`` is the first state of the flow embedded as the third."""

SORRY, PARDON = "A digit?", "Pardon?"
AFTER, EVERY, TIMES, UNDELIVERED, TIMEOUT = 10, 15, 2, 20, 30
"""In minutes, but for TIMES."""


@dataclass
class Memo:
    count: int = 0


def is_even(turn: Turn[Memo]) -> bool:
    return turn.data.count % 2 == 0


def is_new(turn: Turn[Memo]) -> bool:
    return turn.data.count < 3


def add(turn: Turn[Memo]) -> None:
    """Count, together with what a slow call or an embedded flow gave."""
    turn.data.count += 1 + (turn.result.count if isinstance(turn.result, Memo) else turn.result or 0)


async def call(_memo: Memo) -> int:
    raise AssertionError("a test calls no real service")


GUARDS: dict[str, Callable[[int], bool]] = {"is_even": lambda count: count % 2 == 0, "is_new": lambda count: count < 3}


@dataclass(frozen=True)
class PlainRow:
    """A row: ``to`` is a member's number, "previous", "again" or None."""

    number: int
    kind: str
    value: str | int | None
    to: int | str | None
    guards: tuple[str, ...]
    adds: bool
    says: bool

    @property
    def trigger(self) -> str:
        """How the trigger is written."""
        timers = {
            "after": f"minutes({AFTER})",
            "every": f"minutes({EVERY}), times={TIMES}",
            "at": '"09:00"',
            "undelivered": f"minutes({UNDELIVERED})",
        }
        given = timers.get(self.kind) or (f'"{self.value}"' if isinstance(self.value, str) else self.value)
        return f"{self.kind}({given})" if given is not None else self.kind

    @property
    def label(self) -> str:
        """How the row is told of."""
        return self.trigger + (f" [{' and '.join(self.guards)}]" if self.guards else "")

    @property
    def drawn(self) -> str:
        """How the row is drawn."""
        how = {None: " / stays", "previous": " / back", "again": " / asks again"}.get(self.to, "")  # type: ignore[arg-type]
        return (self.label + how).replace('"', "'").replace(":", " ")


@dataclass(frozen=True)
class PlainState:
    """A state. ``asks`` is "", "choices", "pages" (one choice a page) or "number"."""

    says: bool
    asks: str
    final: bool
    invokes: bool
    times_out: bool
    late: str
    rows: tuple[PlainRow, ...]

    @property
    def passes(self) -> bool:
        """Whether it only waits for a slow call."""
        return self.invokes and not self.asks and not self.final


@dataclass(frozen=True)
class PlainEmbed:
    flow: PlainFlow
    rows: tuple[PlainRow, ...]


@dataclass(frozen=True)
class PlainFlow:
    """A flow. ``initial`` is the number of the member that it begins with."""

    name: str
    members: tuple[PlainState | PlainEmbed, ...]
    anywhere: tuple[PlainRow, ...]
    interrupts: bool
    initial: int

    def owners(self, place: Place) -> list[PlainFlow]:
        """Give the flow, and those embedded in it on the way to ``place``."""
        found: list[PlainFlow] = [self]
        for number in place[:-1]:
            embed = found[-1].members[number]
            assert isinstance(embed, PlainEmbed)
            found.append(embed.flow)
        return found

    def state(self, place: Place) -> PlainState:
        found = self.owners(place)[-1].members[place[-1]]
        assert isinstance(found, PlainState)
        return found

    def places(self, inside: Place = ()) -> Iterator[Place]:
        for number, member in enumerate(self.members):
            if isinstance(member, PlainEmbed):
                yield from member.flow.places((*inside, number))
            else:
                yield (*inside, number)

    def rows(self, place: Place) -> list[tuple[Place, PlainRow]]:
        """Give the rows that hold in ``place``, and whose data each sees: one's own first, then those of outer flows.

        Where an embedded flow has ended there is nothing but ``done``, and rows for news.
        """
        over = self.state(place).final
        held: list[tuple[Place, PlainRow]] = []
        for depth, owner in reversed(list(enumerate(self.owners(place)))):
            member = owner.members[place[depth]]
            ended = over and depth == len(place) - 2
            inner = isinstance(member, PlainEmbed)
            held += [(place[:depth], row) for row in member.rows if not inner or (row.kind == "done") == ended]
            held += [(place[:depth], row) for row in owner.anywhere if not over]
        return held

    def target(self, place: Place, inside: Place, row: PlainRow) -> Place:
        """Give where a row of the flow at ``inside`` leads from ``place``, unless it leads back."""
        return self.entrance((*inside, row.to)) if isinstance(row.to, int) else place

    def entrance(self, place: Place = ()) -> Place:
        """Give where one is who enters the member at ``place``: in a state, however deep the embedded flow begins."""
        if not place:
            return self.entrance((self.initial,))
        member = self.owners(place)[-1].members[place[-1]]
        return self.entrance((*place, member.flow.initial)) if isinstance(member, PlainEmbed) else place

    def arrows(self) -> set[tuple[str, str, str]]:
        """Give the arrows of the drawing: from, to and label."""
        found = set()
        for place in self.places():
            for inside, row in self.rows(place):
                ends = self.before(place) if row.to == "previous" else {self.target(place, inside, row)}
                found |= {(written_id(place), written_id(end), row.drawn) for end in ends}
        return found

    def before(self, place: Place, passed: frozenset[Place] = frozenset()) -> set[Place]:
        """Give the places that one may come back to from ``place``: those that lead to it, or to a call before it."""
        found = set()
        for other in self.places():
            leads = any(
                row.to != "previous" and self.target(other, inside, row) == place for inside, row in self.rows(other)
            )
            if not leads or other == place:
                continue
            if not self.is_passed(other):
                found.add(other)
            elif other not in passed:
                found |= self.before(other, passed | {other})
        return found - {place}

    def is_passed(self, place: Place) -> bool:
        """Tell whether nobody answers at ``place``: a slow call, or the end of an embedded flow."""
        state = self.state(place)
        return state.passes or (state.final and len(place) > 1)


def name_of(place: Place) -> str:
    return ".".join(f"m{number}" for number in place)


def written_id(place: Place) -> str:
    return name_of(place).replace(".", "__")


TRIGGERS: dict[str, Any] = {
    "text": text,
    "choice": choice,
    "answer": answer,
    "unmatched": unmatched,
    "delivered": delivered,
    "failed": failed,
    "done": done,
    "error": error,
    "timeout": timeout,
    "after": after(minutes(AFTER)),
    "every": every(minutes(EVERY), times=TIMES),
    "at": at("09:00"),
    "undelivered": undelivered(minutes(UNDELIVERED)),
}


def written(plain: PlainFlow) -> type[Flow[Memo]]:
    """Write a flow as an author would."""
    functions = {"is_even": is_even, "is_new": is_new}
    members: list[State | Embed] = [
        Embed(written(one.flow), initial=number == plain.initial)
        if isinstance(one, PlainEmbed)
        else _state(plain, number, one)
        for number, one in enumerate(plain.members)
    ]
    anywhere = Anywhere()
    sources = [*zip(members, (one.rows for one in plain.members), strict=True), (anywhere, plain.anywhere)]
    for source, rows in sources:
        for row in rows:
            trigger = TRIGGERS[row.kind]
            to = {"previous": previous, "again": again}.get(str(row.to))
            source.on(
                trigger if row.value is None or row.trigger == str(trigger) else trigger(row.value),
                to=members[row.to] if isinstance(row.to, int) else to,
                when=[functions[name] for name in row.guards],
                do=add if row.adds else (),
                says=f"row {row.number} ({{count}})" if row.says else None,
            )
    body = {**{f"m{number}": member for number, member in enumerate(members)}, "anywhere": anywhere}
    words = {"keyword": plain.name.lower(), "interrupts": plain.interrupts, "unmatched": PARDON}
    return types.new_class(plain.name, (Flow[Memo],), words, lambda namespace: namespace.update(body))


def _state(flow: PlainFlow, number: int, state: PlainState) -> State:
    return State(
        f"{flow.name} m{number} ({{count}})" if state.says else None,
        choices=("apple", "pear") if state.asks in ("choices", "pages") else (),
        page=1 if state.asks == "pages" else None,
        ask=Number(1, 9, sorry=SORRY) if state.asks == "number" else None,
        timeout=minutes(TIMEOUT) if state.times_out else None,
        invoke=call if state.invokes else None,
        late=state.late,  # type: ignore[arg-type]
        initial=number == flow.initial,
        final=state.final,
    )
