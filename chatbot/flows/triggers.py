"""What can make a row fire. Each trigger says which events it fits and how specific it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chatbot.flows.questions import plain
from chatbot.flows.turn import Turn

EXACT, TYPED, ANY = range(3)
"""Ranks: specific rows are asked before general ones, whatever order they were written in."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """``event`` is the name of the machine's event; ``label`` is how it is drawn; ``fits`` narrows it down."""

    event: str
    label: str
    rank: int = ANY
    fits: Callable[[Turn[Any]], bool] | None = None
    values: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return self.label


class TextTrigger(Trigger):
    """Any message. Called, it is that text alone: ``text("cancel")``, or several: ``text("stop", "end")``."""

    __slots__ = ()

    def __call__(self, *words: str) -> Trigger:
        """Narrow down to messages that are one of ``words``, whatever the case and the spaces around."""
        if not words:
            raise TypeError('write text alone for any text, or text("word") for that word')
        wanted = frozenset(plain(word) for word in words)
        label = "text(" + ", ".join(f'"{word}"' for word in words) + ")"
        return Trigger("message", label, EXACT, lambda turn: plain(turn.text) in wanted, tuple(words))


class ChoiceTrigger(Trigger):
    """Any of the state's choices. Called, it is that choice alone: ``choice("yes")``."""

    __slots__ = ()

    def __call__(self, *values: Any) -> Trigger:
        """Narrow down to these values of the state's choices."""
        if not values:
            raise TypeError('write choice alone for any choice, or choice("yes") for that one')
        label = "choice(" + ", ".join(repr(value) for value in values).replace("'", '"') + ")"
        return Trigger("message", label, EXACT, lambda turn: turn.choice is not None and turn.choice in values, values)


text = TextTrigger("message", "text")
choice = ChoiceTrigger("message", "choice", TYPED, lambda turn: turn.choice is not None)
timeout = Trigger("timeout", "timeout", fits=lambda turn: turn.timer == "timeout")
delivered = Trigger("delivered", "delivered")
failed = Trigger("failed", "failed")
done = Trigger("done", "done")
error = Trigger("error", "error")
