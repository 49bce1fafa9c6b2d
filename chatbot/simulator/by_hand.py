"""One callback made and posted by hand: no simulator runs, and nothing is tried again."""

from __future__ import annotations

import secrets
import time

from chatbot import codec
from chatbot.http import open_transport
from chatbot.simulator import callbacks, inbound
from chatbot.simulator.inbound import InboundMessage
from chatbot.simulator.options import Options
from chatbot.simulator.requests import VIBER, Outbound
from chatbot.simulator.schedule import INBOUND, RECEIPT, Callback, Outcome
from chatbot.simulator.status import Part, Status, notification

SENDER = "MyCompany"


def message(
    url: str, number: str, account: str, text: str, *, request_id: str | None = None, reply_to: str | None = None
) -> Callback:
    """Make an inbound message from ``number`` (``+E.164``), written now; its ``request_id`` is a new one if not given.

    ``reply_to`` is the requestId of the message that it answers.
    """
    request_id = request_id or f"trigger-{secrets.token_hex(8)}"
    body = inbound.body(InboundMessage(account, number, text, request_id, time.time(), reply_to or ""), Options())
    return Callback(INBOUND, url, body, number, request_id, account)


def receipt(
    url: str, number: str, request_id: str, state: str, *, channel: str = VIBER, error_code: str = ""
) -> Callback:
    """Make the receipt of a message to ``number`` that has reached ``state`` now, whatever word that is."""
    status = unknown(number, request_id, state, time.time(), channel=channel, error_code=error_code)
    body = codec.dumps(notification(status, Options())).encode()
    return Callback(RECEIPT, url, body, number, request_id, status.account)


def unknown(
    number: str, request_id: str, state: str, at: float, *, channel: str = VIBER, error_code: str = ""
) -> Status:
    """Give the status of a message that no gateway here has sent. ``at`` is seconds since 1970."""
    part = Part("", state, at, error_code)
    return Status(request_id, "", Outbound(SENDER, number), "", at, channel, [part])


async def fire(callback: Callback) -> Outcome:
    """POST ``callback`` once, as the gateway would."""
    transport = open_transport()
    try:
        return await callbacks.post(transport, callback)
    finally:
        await transport.aclose()
