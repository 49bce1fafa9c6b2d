"""Every input is an event: stored first, handled once, and good for replay.

An event is stored as its ``kind`` (the key of ``KINDS``) and the JSON of one of the classes below.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from chatbot import codec
from chatbot.messages import Inbound, ReceiptState


@dataclass(frozen=True, slots=True)
class Delivery:
    """News of a message that a state sent: a receipt, or the gateway's refusal to take it.

    ``flow``, ``state`` and ``visit`` say who sent it. ``reason`` is the error code or text; ``channel`` as in Receipt.
    """

    outbox_id: int
    flow: str
    state: str
    visit: int
    status: ReceiptState
    channel: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Timeout:
    """A timer of a state has fired. ``name`` tells the timers of one state apart."""

    flow: str
    state: str
    visit: int
    name: str = "timeout"


@dataclass(frozen=True, slots=True)
class Result:
    """A slow call has ended: ``value`` if ``ok``, else ``error`` in words."""

    flow: str
    state: str
    visit: int
    invocation_id: int
    ok: bool
    value: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """Somebody outside starts a flow for the contact; ``data`` fills its fields."""

    flow: str
    data: dict[str, Any] = field(default_factory=dict)


Input: TypeAlias = Inbound | Delivery | Timeout | Result | Start

KINDS: dict[str, type[Inbound] | type[Delivery] | type[Timeout] | type[Result] | type[Start]] = {
    "message": Inbound,
    "receipt": Delivery,
    "timeout": Timeout,
    "result": Result,
    "start": Start,
}
_KIND_OF = {cls: kind for kind, cls in KINDS.items()}


def kind_of(given: Input) -> str:
    """Give the name under which ``given`` is stored."""
    return _KIND_OF[type(given)]


def read(kind: str, payload: str) -> Input:
    """Read a stored event back. Raises codec.CodecError when it is not what ``kind`` says."""
    return codec.loads(payload, KINDS[kind])
