"""What became of one request, and the message notification that says so (manual, Step 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chatbot.simulator import sms
from chatbot.simulator.options import Options
from chatbot.simulator.requests import SMS, Outbound

BUFFERED = "BUFFERED"
DELIVERED = "DELIVERED"
SEEN = "SEEN"
UNDELIVERABLE = "UNDELIVERABLE"
EXPIRED = "EXPIRED"
REJECTED = "REJECTED"
STATES = (BUFFERED, DELIVERED, SEEN, UNDELIVERABLE, EXPIRED, REJECTED)
"""The manual's *Possible values for "deliveryStatus"*."""

OTT = {"VIBER": "Viber", "FACEBOOK": "Facebook"}
"""How notifications and inbound messages spell the messaging app (manual, sample of an IM notification)."""

_FAILURES = (REJECTED, UNDELIVERABLE, EXPIRED)
_EXCERPT = 20
_SUMMARY = 60
_TABLE_NAMES = {"deliveryState": "deliveryStatus", "deliveryStateDate": "doneDate"}


@dataclass(slots=True)
class Part:
    """One part: the whole message on a messaging app, or one SMS. Times are seconds since 1970."""

    content: str
    state: str
    at: float
    error_code: str = ""

    def change(self, state: str, at: float, error_code: str = "") -> None:
        """Reach ``state`` at ``at``."""
        self.state, self.at, self.error_code = state, at, error_code


class Refusal(NamedTuple):
    """One channel's: its error code, and the reason in words."""

    channel: str
    error_code: str
    reason: str


@dataclass(slots=True)
class Status:
    """One accepted request and where it stands.

    ``account`` is the account's name; ``fingerprint`` the same for the same POST. ``channel`` is being tried, or was
    tried last; ``tried`` counts those that refused, and ``refusals`` says why. ``buffered``: told once. ``nth``: which
    send to its phone it was, refused ones included.
    """

    request_id: str
    account: str
    request: Outbound
    fingerprint: str
    accepted_at: float
    channel: str
    parts: list[Part]
    tried: int = 0
    buffered: bool = False
    final_at: float | None = None
    nth: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether no part waits any more."""
        return self.final_at is not None


def overall(states: list[str], rule: str) -> str:
    """Aggregate the states of the parts into overallState (gateway.md, *Receipts*); ``rule`` is worst or best."""
    if BUFFERED in states:
        return BUFFERED
    if rule == "best" and (DELIVERED in states or SEEN in states):
        return SEEN if SEEN in states else DELIVERED
    worst = next((state for state in _FAILURES if state in states), None)
    return worst or (SEEN if all(state == SEEN for state in states) else DELIVERED)


def notification(status: Status, options: Options) -> dict[str, Any]:
    """Build the message notification, answer to a status query and body of a receipt, with the keys of the samples."""
    request, on_sms = status.request, status.channel == SMS
    channel: dict[str, Any] = (
        {"channel": "SMS", "mccmnc": None, "ttid": options.ttid}
        if on_sms
        else {"channel": "IM", "ott": OTT[status.channel]}
    )
    parts = [_part(number, part, status, options) for number, part in enumerate(status.parts, 1)]
    body = {
        "deliveryChannel": channel,
        "from": request.sender,
        "overallState": overall([part.state for part in status.parts], options.overall_state),
        "requestId": status.request_id,
        "sendParts": parts,
        "size": _number(len(parts), options),
        "to": request.to,
        "userContext": None,
    }
    if on_sms and options.receipt_names == "table":
        body["overallPrice"] = _number(len(parts) * options.sms_price, options)
    return body


def summary(status: Status) -> dict[str, Any]:
    """Say in short what became of a request, for people."""
    return {
        "requestId": status.request_id,
        "to": status.request.to,
        "acceptedAt": milliseconds(status.accepted_at),
        "channel": status.channel,
        "state": overall([part.state for part in status.parts], "worst"),
        "errorCode": next((part.error_code for part in status.parts if part.error_code), ""),
        "refusals": [
            {"channel": one.channel, "errorCode": one.error_code, "reason": one.reason} for one in status.refusals
        ],
        "excerpt": (status.request.text.strip() or status.request.image_url)[:_SUMMARY],
        "parts": len(status.parts),
    }


def _part(number: int, part: Part, status: Status, options: Options) -> dict[str, Any]:
    body: dict[str, Any] = {
        "contentExcerpt": part.content[:_EXCERPT],
        "currency": options.currency,
        "deliveryState": part.state,
        "deliveryStateDate": _number(milliseconds(part.at), options),
        "errorCode": part.error_code,
        "messagePartId": _number(number, options),
    }
    if options.receipt_names == "table":
        body = {_TABLE_NAMES.get(name, name): value for name, value in body.items()}
    if status.channel == SMS:
        body["price"] = _number(options.sms_price, options)
        body["priceEffective"] = _number(milliseconds(part.at), options)
        body["sentDate"] = _number(milliseconds(status.accepted_at), options)
    return body


def _number(value: float, options: Options) -> float | str:
    return str(value) if options.receipt_strings else value


def milliseconds(seconds: float) -> int:
    """Write a time as the gateway does: milliseconds since 1970."""
    return round(seconds * 1000)


def contents(request: Outbound, channel: str, options: Options) -> list[str]:
    """Give the content of each part on ``channel``: one on a messaging app, the SMS parts otherwise."""
    if channel == SMS:
        return sms.parts(request, with_button=options.sms_button)
    return [request.image_url or request.text]
