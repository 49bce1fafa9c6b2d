"""A turn: what a guard, an action or a prompt sees of one event, and what it may do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from chatbot import viber
from chatbot.events import Delivery
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
class Turn(Generic[D]):
    """One event being handled. Guards and actions are plain functions of it.

    ``data`` is the flow's data and may be changed. ``text`` is what the contact wrote ("" when the event is no
    message); ``choice`` the value of the chosen choice and ``answer`` the typed answer to a question, or None;
    ``message`` the whole message; ``receipt`` the news of one of ours; ``result`` what a slow call gave and ``error``
    why it failed; ``now`` is aware, in UTC; ``visit`` counts the states entered so far. A turn counts only when it is
    committed: an exception throws all of it away.
    """

    contact: str
    account: str
    flow: str
    state: str
    data: D
    now: datetime
    visit: int = 0
    history: list[str] = field(default_factory=list)
    text: str = ""
    choice: Any = None
    answer: Any = None
    message: Received | None = None
    receipt: Delivery | None = None
    result: Any = None
    error: str = ""
    timer: str = ""
    replies: list[Reply] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)
    entered: bool = False

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
