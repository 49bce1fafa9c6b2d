"""What is said: messages to a contact, messages from a contact, and receipts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message. On Viber it opens ``url``; it cannot answer (gateway.md, *button*)."""

    caption: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a contact. ``viber.check`` says whether Viber takes it.

    ``text``, ``image`` (a URL) and ``button`` are what is shown. The rest says how it travels and is None where
    its state, its flow (`Travel`) or the configuration decides: ``purpose`` is ``transaction`` or ``promotion``;
    ``channels`` as in ``("VIBER", "FACEBOOK")``; ``sms_fallback`` whether SMS is tried when they fail; ``ttl`` in
    seconds; ``ttl_text`` is shown instead when the message arrives later than that; ``sender`` is the manual's *from*:
    an international number, a short code, or 1 to 11 letters and digits. Where its receipts go is not the message's to
    say: the framework gives each message a callback URL of its own.
    """

    text: str = ""
    image: str | None = None
    button: Button | None = None
    purpose: str | None = None
    channels: tuple[str, ...] | None = None
    sms_fallback: bool | None = None
    ttl: int | None = None
    ttl_text: str | None = None
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class Travel:
    """How the messages of a state or a flow travel, where they do not say it themselves: as in `Message`.

    ``ttl_text`` is said as it stands: without fields, and in one language.
    """

    purpose: str | None = None
    channels: tuple[str, ...] | None = None
    sms_fallback: bool | None = None
    ttl: int | None = None
    ttl_text: str | None = None
    sender: str | None = None

    def of(self, message: Message) -> Message:
        """Give ``message`` with what it leaves open filled in."""
        given = {name: getattr(self, name) for name in self.__slots__ if getattr(message, name) is None}
        return replace(message, **given)


AS_CONFIGURED = Travel()
"""Leaves everything to the configuration."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a contact, as the gateway delivered it.

    ``contact`` is ``+E.164``; ``account`` the gateway account it was addressed to; ``request_id`` the gateway's id,
    the same at every retry; ``reply_to`` the id of the outbound message that it answers, or None;
    ``ott`` the messaging app; ``extra`` every key that the manual does not name.
    """

    account: str
    contact: str
    text: str
    request_id: str
    reply_to: str | None = None
    sent_at: datetime | None = None
    ott: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class ReceiptState(StrEnum):
    """The delivery states of the manual ("Possible values for deliveryStatus"), and UNKNOWN for any other word."""

    UNKNOWN = "UNKNOWN"
    BUFFERED = "BUFFERED"
    UNDELIVERABLE = "UNDELIVERABLE"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    DELIVERED = "DELIVERED"
    SEEN = "SEEN"

    @property
    def is_final(self) -> bool:
        """Whether the gateway has given its last word, but for SEEN."""
        return self not in (ReceiptState.UNKNOWN, ReceiptState.BUFFERED)

    @property
    def is_failure(self) -> bool:
        """Whether the contact did not get the message."""
        return self in (ReceiptState.UNDELIVERABLE, ReceiptState.EXPIRED, ReceiptState.REJECTED)


_ORDER = {state: rank for rank, state in enumerate(ReceiptState)}


def fold(known: ReceiptState | None, new: ReceiptState) -> ReceiptState:
    """Join two receipts of one message. No order and no doubling changes the result.

    BUFFERED < UNDELIVERABLE < EXPIRED < REJECTED < DELIVERED < SEEN: the higher one stays (gateway.md, *Receipts*).
    """
    return new if known is None or _ORDER[new] > _ORDER[known] else known


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """One part of a receipt: an SMS part, or the whole message on an app. ``at`` is when its state was reached."""

    state: ReceiptState
    error_code: str = ""
    at: datetime | None = None
    price: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one outbound message: the body of a callback or of a status query.

    ``word`` is the gateway's own word for the state, kept also when it is unknown. ``contact`` is ``+E.164`` or None
    when the receipt does not name it; ``channel`` is ``SMS`` or the messaging app (``VIBER``).
    """

    request_id: str
    state: ReceiptState
    word: str
    contact: str | None = None
    channel: str | None = None
    error_code: str = ""
    parts: tuple[ReceiptPart, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
