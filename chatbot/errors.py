"""Every error that this framework raises on purpose.

ChatbotError
├── ConfigError        config.toml or the environment is wrong; the text says what to write
├── FlowError          a flow cannot be compiled; carries file and line
├── MatrixError        a message that Viber's message-type matrix or a length refuses
├── WireError          a body from outside that cannot be read
├── SendError          a message was not, or perhaps not, accepted by the gateway
│   ├── Unreachable    no connection was made: nothing was sent            retryable
│   ├── Busy           429, 500 or 503: the gateway asks for patience      retryable
│   ├── Rejected       400: this message will never be accepted
│   ├── Refused        401, 403, 404, 405, 406, 415: no message will be accepted until a person acts
│   └── Ambiguous      written but not answered: accepted or not, nobody here can know
└── StoreError         the database failed: nothing was written, and the same may succeed later
    ├── Conflict       someone else has changed the row since it was read
    ├── Unstorable     the database works and refuses this piece of work; it would again
    └── Broken         nobody knows what is on disk: only a new start may go on
"""

from __future__ import annotations

from typing import Protocol


class ChatbotError(Exception):
    """Base of all errors of this framework."""


class ConfigError(ChatbotError):
    """The configuration is wrong; the text names the key and what to write."""


class Written(Protocol):
    """Where something is written; ``str()`` gives ``file:line``."""

    @property
    def file(self) -> str:
        """The path of the file."""

    @property
    def line(self) -> int:
        """The line, counted from 1."""


class FlowError(ChatbotError):
    """A flow cannot be compiled: ``at`` tells where, ``text`` what is wrong and what to write. It is shown as both."""

    def __init__(self, at: Written, text: str) -> None:
        super().__init__(f"{at}: {text}")
        self.at = at
        self.text = text


class MatrixError(ChatbotError):
    """A message breaks a rule of Viber's message-type matrix or a length.

    ``rule`` names the rule, for example ``text+image``; ``reason`` says it in words.
    """

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(f"{rule}: {reason}")
        self.rule = rule
        self.reason = reason


class WireError(ChatbotError):
    """A body from outside cannot be read as a message, a receipt or an answer."""


class SendError(ChatbotError):
    """A message was not, or perhaps not, accepted by the gateway.

    ``retryable``: the same request may succeed later and cannot double the message.
    ``loggable``: an operator should see it.
    """

    retryable = False
    loggable = True


class Unreachable(SendError):
    """No connection was made, so nothing was sent."""

    retryable = True
    loggable = False


class Busy(SendError):
    """429, 500 or 503. ``retry_after`` is the gateway's wish in seconds, or None."""

    retryable = True
    loggable = False

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Rejected(SendError):
    """400: the gateway's validation refused this message for good.

    ``reasons`` are the validation messages of the manual that were recognised in the answer.
    """

    def __init__(self, text: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.reasons = reasons


class Refused(SendError):
    """Credentials, path or media type are wrong: sending pauses until a person acts."""


class Ambiguous(SendError):
    """The request was written, and no readable answer came: it may have been accepted."""


class StoreError(ChatbotError):
    """The database failed or cannot be used; nothing was written, and the text says what to do."""


class Conflict(StoreError):
    """The row was changed by someone else since it was read; the turn is run again."""


class Unstorable(StoreError):
    """The database works and refuses this piece of work, as it would each time: a constraint, a text that is none."""


class Broken(StoreError):
    """A disk failed under the database: until this process is started again it takes no work."""
