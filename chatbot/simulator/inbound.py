"""A message typed on a phone, and the body in which the gateway pushes it (manual, *Receive a message*)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chatbot import codec
from chatbot.simulator.options import Options
from chatbot.simulator.status import milliseconds


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message from a phone. ``original_request_id`` is "" when it answers nothing, ``ott`` when it came by SMS."""

    account: str
    number: str
    text: str
    request_id: str
    sent_at: float
    original_request_id: str = ""
    ott: str = ""


def body(message: InboundMessage, options: Options) -> bytes:
    """Write ``message`` with the keys of the manual's sample, in its order."""
    fields: dict[str, Any] = {
        "from": options.inbound_number + message.number.lstrip("+"),
        "to": message.account,
        "message": message.text,
        "sentDate": _sent_date(message.sent_at, options),
        "requestId": message.request_id,
    }
    if message.original_request_id or options.empty_original:
        fields["originalRequestId"] = message.original_request_id
    if options.inbound_ott and message.ott:
        fields["ott"] = message.ott
    text = codec.dumps(fields)
    return (text[:-1] + ",}" if options.inbound_comma else text).encode()


def _sent_date(at: float, options: Options) -> str | int:
    if options.inbound_date == "iso":
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    number = milliseconds(at)
    return number if options.inbound_date == "number" else str(number)
