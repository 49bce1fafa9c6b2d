"""States and rows, as the author wrote them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from chatbot.errors import FlowError
from chatbot.flows.questions import Choice, Choices
from chatbot.flows.source import Location, written_at
from chatbot.flows.triggers import Trigger
from chatbot.flows.turn import Turn
from chatbot.messages import Message

Saying: TypeAlias = str | Message | Sequence[str | Message]
Says: TypeAlias = Saying | Callable[[Turn[Any]], Saying]
Guard: TypeAlias = Callable[[Turn[Any]], bool | None]
Action: TypeAlias = Callable[[Turn[Any]], None]
Slow: TypeAlias = Callable[[Any], Awaitable[Any]]


class Previous:
    """The state that the contact was in before this one."""

    def __repr__(self) -> str:
        return "previous"


previous = Previous()


@dataclass(frozen=True, slots=True)
class Row:
    """One row: when ``trigger`` fires and every guard holds, act, say, and go (or stay, when ``to`` is None)."""

    trigger: Trigger
    to: State | Previous | None
    when: tuple[Guard, ...]
    do: tuple[Action, ...]
    says: Says | None
    at: Location

    @property
    def label(self) -> str:
        """How the row is drawn: ``text [is_served]``."""
        names = " and ".join(name_of(guard) for guard in self.when)
        return f"{self.trigger} [{names}]" if names else str(self.trigger)


def name_of(function: Callable[..., object]) -> str:
    """Give the name an author knows a function by."""
    return getattr(function, "__name__", type(function).__name__)


class Source:
    """Something that rows start from: a state, or anywhere."""

    def __init__(self, at: Location) -> None:
        self.name = ""
        self.at = at
        self.rows: list[Row] = []

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name

    def on(
        self,
        trigger: Trigger,
        *,
        to: State | Previous | None = None,
        when: Guard | Sequence[Guard] = (),
        do: Action | Sequence[Action] = (),
        says: Says | None = None,
    ) -> None:
        """Add a row. The first row that fits and whose guards (``when``) hold wins: ``do`` runs, ``says`` is sent,
        then ``to`` is entered.

        Without ``to`` the conversation stays where it is. Raises FlowError for an async guard or action.
        """
        at = written_at()
        if not isinstance(trigger, Trigger):
            raise FlowError(
                f"{at}: {trigger!r} is not a trigger; write text, choice, timeout, delivered, failed, done or error"
            )
        if to is not None and not isinstance(to, State | Previous):
            raise FlowError(f"{at}: to={to!r} is not a state of the flow")
        guards, actions = _functions(when), _functions(do)
        for function in (*guards, *actions, *([says] if callable(says) else [])):
            _refuse_async(function, at)
        self.rows.append(Row(trigger, to, guards, actions, says, at))


class State(Source):
    """Where a conversation can be.

    ``says`` is the prompt, sent on entry: a string with fields of the data in braces, a `Message`, a list of them, or a
    function of the turn that gives one of these. ``choices`` are values, or a dict of values and labels; they are sent
    as numbered text. ``timeout`` fires the ``timeout`` rows that long after the prompt was sent. ``invoke`` is an
    async function of the data that runs outside the turn; its end fires ``done`` or ``error``. One state is
    ``initial``; a ``final`` one ends the conversation.
    """

    def __init__(
        self,
        says: Says | None = None,
        *,
        choices: Sequence[str | Choice] | Mapping[Any, str] = (),
        timeout: timedelta | None = None,
        invoke: Slow | None = None,
        initial: bool = False,
        final: bool = False,
    ) -> None:
        super().__init__(written_at())
        self.says = says
        self.choices = Choices(choices)
        self.timeout = timeout
        self.invoke = invoke
        self.initial = initial
        self.final = final
        if callable(says):
            _refuse_async(says, self.at)
        if invoke is not None and not inspect.iscoroutinefunction(invoke):
            raise FlowError(f"{self.at}: invoke={name_of(invoke)} must be an async function of the data")

    def __repr__(self) -> str:
        return f"<state {self.name}>"


class Anywhere(Source):
    """Rows that hold in every state that is not final, after the state's own rows of the same kind."""

    def __init__(self) -> None:
        super().__init__(written_at())


def _functions(given: Any) -> tuple[Any, ...]:
    return (given,) if callable(given) else tuple(given)


def _refuse_async(function: Callable[..., object], at: Location) -> None:
    if inspect.iscoroutinefunction(function):
        name = name_of(function)
        raise FlowError(
            f"{at}: {name} is async, and a turn does no I/O; give the work to a state of its own: "
            f"State(invoke={name}), with rows for done and error"
        )
