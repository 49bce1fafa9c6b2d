"""A turn: what a guard, an action or a prompt sees of one event, and what it may do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Generic, TypeVar

from chatbot import viber
from chatbot.events import Delivery
from chatbot.flows.words import Words
from chatbot.messages import Inbound, Message

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent before: what it said, and the flow, state and visit that sent it."""

    message: Message
    flow: str
    state: str
    visit: int


@dataclass(frozen=True, slots=True)
class Received:
    """The contact's message, with the one of ours that it replies to (``originalRequestId``), if that is known."""

    inbound: Inbound
    replies_to: Sent | None = None

    @property
    def text(self) -> str:
        """What the contact wrote."""
        return self.inbound.text


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that a turn wants to send, with the flow, the state and the visit that send it."""

    message: Message
    flow: str
    state: str
    visit: int


@dataclass(slots=True)
class Progress:
    """What a conversation remembers besides its data: kept with it, and restored before each turn.

    ``misses`` counts the answers in a row of this visit that fitted nothing; ``page`` is the page of choices shown
    last, and ``offered`` the labels of all pages (None when there are no choices, and in what an older version stored);
    ``reminded`` whether a late answer was pointed out in this visit; ``language`` the contact's; ``frames`` the data of
    embedded flows, by prefix.
    """

    misses: int = 0
    page: int = 0
    offered: list[str] | None = None
    reminded: bool = False
    language: str = ""
    frames: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Turn(Generic[D]):
    """One event being handled. Guards and actions are plain functions of it.

    - ``data`` is the flow's data and may be changed.
    - ``text`` is what the contact wrote ("" when the event is no message), ``message`` the whole message.
    - ``choice`` is the value of the chosen choice, ``answer`` that of a typed question's answer; None if there is none.
    - ``receipt`` is the news of one of our messages; ``delivered`` whether this visit's messages have all arrived.
    - ``result`` is what a slow call or an embedded flow gave, ``error`` why a call failed.
    - ``contact`` is ``+E.164``; ``now`` is aware, in UTC; ``zone`` is the contact's time zone and ``today`` their day.
    - ``language`` may be set; ``words`` translates and formats.
    - ``visit`` counts the states entered so far.

    A turn counts only when it is committed: an exception throws all of it away.
    """

    contact: str
    account: str
    flow: str
    state: str
    data: D
    now: datetime
    words: Words = field(default_factory=Words)
    zone: tzinfo = UTC
    visit: int = 0
    history: list[str] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    text: str = ""
    choice: Any = None
    answer: Any = None
    message: Received | None = None
    receipt: Delivery | None = None
    delivered: bool = False
    result: Any = None
    error: str = ""
    timer: str = ""
    ended: str = ""
    late: bool = False
    replies: list[Reply] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)
    entered: bool = False

    @property
    def misses(self) -> int:
        """How many messages in a row have fitted nothing, this one included; one that fits a row ends the count."""
        return self.progress.misses

    @property
    def language(self) -> str:
        """The contact's language, as catalogues name it: ``de``. Set it, and it is spoken from then on in this turn."""
        return self.progress.language

    @language.setter
    def language(self, name: str) -> None:
        self.progress.language = name
        self.words = self.words.to(name)

    @property
    def today(self) -> date:
        """The day that it is for the contact."""
        return self.now.astimezone(self.zone).date()

    def reply(self, message: str | Message, /) -> None:
        """Send ``message`` when the turn is committed, before the prompt of the state that it enters.

        Raises MatrixError when Viber's matrix or a length refuses it.
        """
        self.send([Message(message) if isinstance(message, str) else message])

    def send(self, messages: Sequence[Message], /) -> None:
        """Check ``messages`` and send them in order when the turn is committed. Raises MatrixError."""
        for message in messages:
            viber.check(message)
            self.replies.append(Reply(message, self.flow, self.state, self.visit))
