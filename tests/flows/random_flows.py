"""Flows drawn at random, of all the words of the language."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .plain import AFTER, EVERY, GUARDS, UNDELIVERED, PlainEmbed, PlainFlow, PlainRow, PlainState

MESSAGES = [("text", None), *[("text", "x"), ("text", "pear")] * 2, ("unmatched", None), ("unmatched", 2)]
CHOICES = [("choice", None), ("choice", "apple"), ("choice", "pear")]
ANSWERS = [("answer", None), ("answer", 5)]
TIMERS = [("after", AFTER), ("every", EVERY), ("at", "09:00"), ("undelivered", UNDELIVERED)]
NEWS = [("delivered", None), ("delivered", "SMS"), ("failed", None), ("failed", "8")]
ENDS = [("done", None), ("error", None)]
KINDS: dict[str, list[Any]] = {
    "choices": CHOICES * 3,
    "pages": CHOICES * 3,
    "number": ANSWERS * 5,
    "invokes": ENDS * 12,
    "timeout": [("timeout", None)] * 3,
}
"""More of those that the state itself makes happen."""


@st.composite
def flows(draw: st.DrawFn, name: str, numbers: Iterator[int], depth: int = 0) -> PlainFlow:
    """Draw a flow that never goes round in a circle without an answer, a timer or news."""
    size = draw(st.integers(*[(2, 5), (1, 3), (1, 2)][depth]))
    embeds = [number > 0 and depth < 2 and draw(st.integers(0, 2 - depth)) == 0 for number in range(size)]
    invokes = [number > 0 and not embeds[number] and draw(st.integers(0, 3)) == 0 for number in range(size)]
    inner = [number for number in range(size) if embeds[number]] * 3
    anything: st.SearchStrategy[int | str | None] = st.one_of(
        st.sampled_from([*range(size), *inner]),
        st.sampled_from([*range(size), *inner]),
        st.sampled_from([None, "previous", "previous", "again"]),
    )
    calm = [number for number in range(size) if not invokes[number]]
    states = [number for number in calm if not embeds[number]]
    finals = [number for number in states if number >= size - 1 - depth and draw(st.booleans())]
    finals = finals or states[-1:] * (depth > 0)  # an embedded flow ends somewhere

    def row(kinds: list[Any], targets: st.SearchStrategy[Any]) -> PlainRow:
        kind, value = draw(st.sampled_from(kinds))
        if kind in ("done", "error"):
            targets = st.sampled_from([None, "previous", *calm] if targets is anything else [*states, *finals, *finals])
        guards = draw(st.lists(st.sampled_from(sorted(GUARDS)), unique=True, max_size=1))
        adds, says = draw(st.booleans()), draw(st.integers(0, 2)) > 0
        return PlainRow(next(numbers), kind, value, draw(targets), tuple(guards), adds, says)

    def rows(kinds: list[Any], least: int, most: int) -> tuple[PlainRow, ...]:
        return tuple(row(kinds, anything) for _ in range(draw(st.integers(least, most))))

    def state(number: int) -> PlainState:
        final = number in finals
        asks = "" if final else draw(st.sampled_from(["", "choices", "pages", "number"]))
        times_out = draw(st.booleans())
        more = [asks, "invokes" if invokes[number] else "", "timeout" if times_out else ""]
        kinds = [*MESSAGES, *TIMERS, *NEWS, *(kind for name in more for kind in KINDS.get(name, []))]
        late = draw(st.sampled_from(["remind", "accept", "ignore"]))
        says = number == 0 or draw(st.integers(0, 3)) > 0
        return PlainState(says, asks, final, invokes[number], times_out, late, rows(kinds, 2, 6))

    def embed() -> PlainEmbed:
        flow = draw(flows("Inner", numbers, depth + 1))
        ends = [("done", None), ("done", None), *(("done", f"m{number}") for number in range(len(flow.members)))]
        first = tuple(row(ends, st.none()) for _ in range(draw(st.integers(1, 2))))
        return PlainEmbed(flow, (*first, *rows([*MESSAGES, *TIMERS, *NEWS], 0, 2)))

    members = tuple(embed() if embeds[number] else state(number) for number in range(size))
    anywhere = rows([*MESSAGES, *CHOICES, *ANSWERS, *TIMERS, *NEWS, *ENDS], 0, 3)
    initial = draw(st.sampled_from([0, *inner]))
    return PlainFlow(name, members, anywhere, draw(st.booleans()), initial)


@st.composite
def bots(draw: st.DrawFn) -> dict[str, PlainFlow]:
    """Draw two flows by keyword; the first takes what no keyword claims."""
    numbers = itertools.count(1)
    return {name.lower(): draw(flows(name, numbers)) for name in ("Main", "Other")}
