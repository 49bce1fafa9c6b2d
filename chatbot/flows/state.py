"""States and rows, as the author wrote them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from chatbot.errors import FlowError
from chatbot.flows.arguments import refuse_embed, refuse_state
from chatbot.flows.choices import Choice, Choices
from chatbot.flows.functions import at_once, name_of, refuse_function
from chatbot.flows.questions import Question
from chatbot.flows.source import Location, written_at
from chatbot.flows.triggers import Trigger
from chatbot.flows.turn import Turn
from chatbot.flows.words import Plural
from chatbot.messages import AS_CONFIGURED, Message, Travel

if TYPE_CHECKING:
    from chatbot.flows.flow import Flow

Text: TypeAlias = str | Plural | Message
Saying: TypeAlias = Text | Sequence[Text]
Says: TypeAlias = Saying | Callable[[Turn[Any]], Saying]
Guard: TypeAlias = Callable[[Turn[Any]], bool | None]
Action: TypeAlias = Callable[[Turn[Any]], None]
Offer: TypeAlias = Sequence[str | Choice] | Mapping[Any, str]
Slow: TypeAlias = Callable[..., Awaitable[Any]]


class Target:
    """A place to go to that is known only when the row fires."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


previous = Target("previous")
"""The state that the contact was in before this one; a state that only waits for a slow call is passed by.

Where there is none, it is `again`.
"""
again = Target("again")
"""The same state: its question is asked once more, and it is not left."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: when ``trigger`` fires and every guard holds, act, say, and go (or stay, when ``to`` is None)."""

    trigger: Trigger
    to: State | Embed | Target | None
    when: tuple[Guard, ...]
    do: tuple[Action, ...]
    says: Says | None
    at: Location

    @property
    def label(self) -> str:
        """How the row is drawn: ``text [is_served]``."""
        names = " and ".join(name_of(guard) for guard in self.when)
        return f"{self.trigger} [{names}]" if names else str(self.trigger)


class Source:
    """Something that rows start from: a state, an embedded flow, or anywhere."""

    def __init__(self, at: Location) -> None:
        self.name = ""
        self.at = at
        self.rows: list[Row] = []
        self.closed = False
        """Whether its flow is made, so that a further row would be lost."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {self.name or self.at}>"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name

    def on(
        self,
        trigger: Trigger,
        *,
        to: State | Embed | Target | None = None,
        when: Guard | Sequence[Guard] = (),
        do: Action | Sequence[Action] = (),
        says: Says | None = None,
    ) -> None:
        """Add a row. The first that fits and whose guards (``when``) hold wins.

        Then ``do`` runs, ``says`` is sent and ``to`` is entered; without ``to`` the conversation stays where it is.
        Raises FlowError for what cannot work: an async guard or action, a row that comes after its flow's class body.
        """
        at = written_at()
        if self.closed:
            raise FlowError(at, f"the flow of {self.name} is made already; write the row in its class body")
        if not isinstance(trigger, Trigger):
            raise FlowError(at, f"{trigger!r} is not a trigger; write text, choice, answer, timeout, done, failed, ...")
        if to is not None and not isinstance(to, State | Embed | Target):
            raise FlowError(at, f"to={to!r} is not a state of the flow")
        guards, actions = _functions(when, "when", at), _functions(do, "do", at)
        if callable(says):
            refuse_function(says, "says", at)
        self.rows.append(Row(trigger, to, guards, actions, says, at))


class State(Source):
    """Where a conversation can be.

    - ``says`` is the prompt, sent on entry: a string with fields of the data in braces, a `Plural`, a `Message`, a list
      of them, or a function of the turn that gives one of these, its values put in already (braces stay braces).
    - ``choices`` are values, a dict of values and labels, or a function of the turn that gives one; they are sent as
      numbered text, ``page`` at a time. An answer is a label, a value, or a number, which means the label that was sent
      with it; what is not offered any more is asked again. With none at all the prompt is sent alone and no message is
      a choice: rows for ``text`` or ``unmatched`` say so. ``ask`` is a typed question instead: `Number`, `Date`, ...
    - ``timeout`` fires the ``timeout`` rows that long after the prompt was sent.
    - ``invoke`` is an async function of the data (and, if it takes two, of an idempotency key) that runs outside the
      turn; its end fires ``done`` or ``error``. ``within`` limits each try, and ``retries`` more are made.
    - ``late`` says what becomes of an answer to an earlier state's message: ``remind`` (point it out once, and ask
      again), ``accept`` it as an answer to this one, or ``ignore`` it.
    - ``travel`` says how the state's messages travel: sender, purpose, channels, SMS, time to live.
    - One state, or one `Embed`, is ``initial``; a ``final`` one ends the conversation.
    """

    def __init__(
        self,
        says: Says | None = None,
        *,
        choices: Offer | Callable[[Turn[Any]], Offer] = (),
        page: int | None = None,
        ask: Question | None = None,
        timeout: timedelta | None = None,
        invoke: Slow | None = None,
        within: timedelta = timedelta(seconds=30),
        retries: int = 2,
        late: Literal["remind", "accept", "ignore"] = "remind",
        travel: Travel = AS_CONFIGURED,
        initial: bool = False,
        final: bool = False,
    ) -> None:
        super().__init__(written_at())
        self.says = says
        self.offer = choices
        self.page = page
        self.ask = ask
        self.timeout = timeout
        self.invoke = invoke
        self.within = within
        self.retries = retries
        self.late = late
        self.travel = travel
        self.initial = initial
        self.final = final
        refuse_state(self)
        self.choices = Choices(()) if callable(choices) else Choices(choices, page)

    @property
    def asks(self) -> bool:
        """Whether the state expects an answer of a kind of its own."""
        return bool(self.choices) or callable(self.offer) or self.ask is not None

    def offered(self, turn: Turn[Any]) -> Choices:
        """Give the choices as they are in this turn."""
        return Choices(at_once(self.offer, turn), self.page) if callable(self.offer) else self.choices


class Embed(Source):
    """A flow inside a flow: its states become states of this one, named after it (``where.street``).

    Enter it like a state, or begin with it: ``Embed(Introduction, initial=True)``. When it ends, ``done`` fires with
    ``turn.result`` its data (``done("given")``: in that final state); any other row of it holds in each of its states.
    """

    def __init__(self, flow: type[Flow[Any]], *, initial: bool = False) -> None:
        super().__init__(written_at())
        self.flow = flow
        self.initial = initial
        refuse_embed(self)


Successor: TypeAlias = State | Embed | Callable[[Any], State | Embed]
"""What follows an old state: a state, an embedded flow, or a function of the data that gives one of them."""


class Anywhere(Source):
    """Rows that hold in every state that is not final, after the state's own rows of the same kind."""

    def __init__(self) -> None:
        super().__init__(written_at())


def _functions(given: Any, what: str, at: Location) -> tuple[Any, ...]:
    functions = tuple(given) if isinstance(given, list | tuple) else (given,)
    for function in functions:
        if not callable(function):
            raise FlowError(at, f"{what}={function!r} is not a function of the turn; write its name alone, without ()")
        refuse_function(function, what, at)
    return functions
