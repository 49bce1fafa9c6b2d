"""What can make a row fire. Each trigger says which events it fits and how specific it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from chatbot.errors import FlowError
from chatbot.flows.durations import measured
from chatbot.flows.source import Location, written_at
from chatbot.flows.spelling import plain
from chatbot.flows.turn import Turn

EXACT, TYPED, ANY = range(3)
"""Ranks: specific rows are asked before general ones, whatever order they were written in."""


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The timers that a trigger needs: one at each of ``delays`` after the prompt was sent, or at a time of day."""

    delays: tuple[timedelta, ...] = ()
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """``event`` is the name of the machine's event; ``label`` is how it is drawn; ``fits`` narrows it down.

    ``kind`` is the word it was made with and ``values`` what it was narrowed down to; ``clock`` its timers.
    """

    event: str
    kind: str
    label: str
    rank: int = ANY
    fits: Callable[[Turn[Any]], bool] | None = None
    values: tuple[Any, ...] = ()
    clock: Clockwork | None = None

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Narrowing(Trigger):
    """A trigger that can be called to narrow it down: ``text("cancel")``, ``choice("yes")``, ``failed("8")``."""

    chosen: Callable[[Turn[Any], tuple[Any, ...]], bool] = lambda _turn, _values: True

    def __call__(self, *values: Any) -> Trigger:
        """Narrow down to ``values``. Raises FlowError when there are none."""
        if not values:
            at = written_at()
            raise FlowError(at, f"write {self.kind} alone for any, or name the ones you mean: {self.kind}(...)")
        label = f"{self.kind}({', '.join(map(_written, values))})"
        chosen = self.chosen
        return Trigger(self.event, self.kind, label, EXACT, lambda turn: chosen(turn, values), values)


def _written(value: object) -> str:
    return '"' + value + '"' if isinstance(value, str) else repr(value)


def _trigger(event: str, kind: str, rank: int, chosen: Any, fits: Any = None) -> Narrowing:
    return Narrowing(event, kind, kind, rank, fits, chosen=chosen)


def _is_one_of(turn: Turn[Any], words: tuple[str, ...]) -> bool:
    said = plain(turn.text)
    return _names(turn.choice, words) or any(said in (plain(word), plain(turn.words.gettext(word))) for word in words)


def _names(value: object, words: tuple[str, ...]) -> bool:
    return isinstance(value, str) and plain(value) in map(plain, words)


def takes_choice(trigger: Trigger, value: object) -> bool:
    """Tell whether ``trigger``, of the kind ``choice`` or ``text``, takes the choice of ``value`` by name."""
    return value in trigger.values or (trigger.kind == "text" and _names(value, trigger.values))


text = _trigger("message", "text", ANY, _is_one_of)
"""Any message; called, these texts alone or their translations, whatever the case, the spaces and the full stop.

A choice of the state whose value is such a text is one too: by its number as by its label.
"""
choice = _trigger(
    "message",
    "choice",
    TYPED,
    lambda turn, values: turn.choice is not None and turn.choice in values,
    lambda turn: turn.choice is not None,
)
"""Any of the state's choices; called, those of these values."""
answer = _trigger(
    "message",
    "answer",
    TYPED,
    lambda turn, values: turn.answer is not None and turn.answer in values,
    lambda turn: turn.answer is not None,
)
"""Any answer to the state's typed question; called, these values alone."""
unmatched = _trigger("unmatched", "unmatched", ANY, lambda turn, times: turn.misses >= min(times))
"""A message that no other row takes; ``unmatched(3)``: the third one in a row, and any after it."""
delivered = _trigger(
    "delivered", "delivered", ANY, lambda turn, channels: turn.receipt and turn.receipt.channel in channels
)
"""A message of this visit was delivered; called, over these channels: ``delivered("SMS")``."""
seen = Trigger("seen", "seen", "seen")
"""A message of this visit was seen (Viber does not tell any more)."""
failed = _trigger("failed", "failed", ANY, lambda turn, reasons: turn.receipt and turn.receipt.reason in reasons)
"""A message of this visit did not arrive; called, for these error codes: ``failed("8")``."""
done = _trigger("done", "done", ANY, lambda turn, names: turn.ended in names)
"""A slow call gave its result, or an embedded flow ended; called, in these of its final states: ``done("refused")``."""
error = Trigger("error", "error", "error")
"""A slow call failed for good."""
timeout = Trigger("timeout", "timeout", "timeout", fits=lambda turn: turn.timer == "timeout")
"""The state's ``timeout=`` is over."""


def after(delay: timedelta) -> Trigger:
    """``delay`` has passed since the prompt was sent. Raises FlowError for what is no duration."""
    _check_delay("after", delay, written_at())
    return _timed("after", f"after({_span(delay)})", Clockwork((delay,)))


def every(delay: timedelta, times: int = 3) -> Trigger:
    """``delay`` has passed again, ``times`` times at most: for reminders. Raises FlowError outside 1 to 100."""
    _check_delay("every", delay, where := written_at())
    if times not in range(1, 101):
        raise FlowError(where, f"every(..., times={times!r}): a reminder comes 1 to 100 times")
    delays = tuple(delay * (count + 1) for count in range(times))
    return _timed("every", f"every({_span(delay)}, times={times})", Clockwork(delays))


def at(moment: str) -> Trigger:
    """The contact's clock shows ``moment`` (``"09:00"``) for the first time since the state was entered."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", str(moment)):
        raise FlowError(written_at(), f'at({moment!r}): write a time of day as in at("09:00")')
    return _timed("at", f'at("{moment}")', Clockwork(at=time.fromisoformat(moment)))


def undelivered(delay: timedelta) -> Trigger:
    """``delay`` has passed since the prompt was sent, and it is not known to be delivered."""
    _check_delay("undelivered", delay, written_at())
    label = f"undelivered({_span(delay)})"
    fits = lambda turn: turn.timer == label and not turn.delivered  # noqa: E731
    return Trigger("timeout", "undelivered", label, EXACT, fits, clock=Clockwork((delay,)))


def _check_delay(word: str, delay: object, where: Location) -> None:
    if not isinstance(delay, timedelta):
        raise FlowError(where, f"{word}({delay!r}) has no unit; write {word}(minutes(30))")
    if delay <= timedelta(0):
        raise FlowError(where, f"{word}(...): a timer takes more than no time; write {word}(minutes(30))")


def _timed(kind: str, label: str, clock: Clockwork) -> Trigger:
    return Trigger("timeout", kind, label, EXACT, lambda turn: turn.timer == label, clock=clock)


def _span(delay: timedelta) -> str:
    count, unit = measured(delay)
    return f"{unit}({count:g})"
