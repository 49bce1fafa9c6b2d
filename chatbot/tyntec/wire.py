"""The gateway's JSON, to and from messages. No I/O.

The manual is the authority; gateway.md settles where it is silent, misspelt or at odds with itself. Liberal in what is
read, strict in what is written: every public reader gives a result or raises WireError, whatever bytes it is given, and
every result can be written as JSON again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from chatbot import codec, phone, viber
from chatbot.errors import MatrixError, WireError
from chatbot.messages import Inbound, Message, Receipt, ReceiptPart, ReceiptState, Travel

Body = dict[str, Any]

DEPTH = 32
"""How many levels of lists and objects a body may have: what is stored must be readable at any depth of the stack."""
IDENTIFIER_LENGTH = 200
WORD_LENGTH = 100

_RECEIPT_KEYS = ("overallState", "sendParts", "deliveryChannel")
_INBOUND_KEYS = ("message", "originalRequestId")
_WORST_FIRST = (ReceiptState.REJECTED, ReceiptState.UNDELIVERABLE, ReceiptState.EXPIRED)
_STATES = {state.value: state for state in ReceiptState}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Every string is consumed whole, so a comma is seen outside strings only, and no character is looked at twice.
_STRING_OR_TRAILING_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,(?=[ \t\r\n]*+[}\]])', re.DOTALL)


def read_callback(body: bytes) -> Inbound | Receipt:
    """Read what the gateway POSTed to a callback URL: a message or a receipt, told apart by shape.

    ``overallState``, ``sendParts`` or ``deliveryChannel`` make it a receipt, else ``message`` or ``originalRequestId``
    an inbound message (gateway.md, *Receipts*). Raises WireError, with a reason that is fit for a log.
    """
    given = _parse(body)
    if any(given.get(key) is not None for key in _RECEIPT_KEYS):
        return _receipt(given)
    if any(key in given for key in _INBOUND_KEYS):
        return _inbound(given)
    raise WireError(f"neither a receipt nor a message: it has none of {', '.join(_RECEIPT_KEYS + _INBOUND_KEYS)}")


def read_receipt(body: bytes) -> Receipt:
    """Read the answer to a status query, which must be a receipt (manual, "Step 3"). Raises WireError."""
    return _receipt(_parse(body))


def read_answer(status: int, body: bytes) -> str:
    """Give the ``requestId`` of the answer to a send: any 2xx that carries one (gateway.md, *success*).

    Raises WireError when there is none to be read.
    """
    if not 200 <= status < 300:
        raise WireError(f"status {status} is no success")
    return _identifier(_parse(body), "requestId")


def read_complaint(body: bytes) -> str:
    """Give the words of an unsuccessful answer: ``responseText`` and ``errorText``; empty when there are none."""
    try:
        given = _parse(body)
        found = [_text(given, key) for key in ("responseText", "errorText")]
    except WireError:
        return ""
    return " ".join(dict.fromkeys(text.strip() for text in found if text.strip()))


def write_send(
    message: Message,
    *,
    to: str,
    sender: str,
    channels: Sequence[str],
    sms_fallback: bool,
    purpose: str,
    callback_url: str | None,
) -> dict[str, object]:
    """Write the parameters of "Send a message" (manual, "Step 1"). ``to`` is ``+E.164``.

    ``sender``, ``channels``, ``sms_fallback`` and ``purpose`` hold where ``message`` does not say otherwise. What has
    no value is left out, so that the gateway's default holds. Raises MatrixError for what would be refused.
    """
    configured = Travel(sender=sender, channels=tuple(channels), sms_fallback=sms_fallback, purpose=purpose)
    message = configured.of(message)
    viber.check(message)
    if not phone.is_e164(to):
        raise MatrixError("receiver", f"{phone.mask(to)} is not written as + and 7 to 15 digits")
    if callback_url is not None and not viber.is_url(callback_url):
        raise MatrixError("callback URL", "it is no http or https URL")  # which is not shown: it may hold a secret
    parameters: dict[str, object | None] = {
        "from": message.sender,
        "to": to,
        "message": message.text if message.text.strip() else None,
        "imageUrl": message.image,
        "buttonCaption": message.button.caption if message.button else None,
        "buttonActionUrl": message.button.url if message.button else None,
        "imChannels": ", ".join(dict.fromkeys(message.channels or ())),
        "deliverOnlyViaIM": not message.sms_fallback,
        "ttl": message.ttl,
        "ttlExpiryText": message.ttl_text or None,
        "callbackUrl": callback_url,
        "messagePurpose": message.purpose,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def receipt_key(receipt: Receipt) -> str:
    """Give 32 hex digits that are the same for the same news of a message, and different for different news."""
    parts = sorted(codec.dumps(part) for part in receipt.parts)
    news = (receipt.request_id, receipt.word.upper(), receipt.channel, receipt.error_code, parts)
    return sha256(codec.dumps(news).encode()).hexdigest()[:32]


def overall(states: Collection[ReceiptState]) -> ReceiptState:
    """Give the state of a message from the states of its parts (gateway.md, *Receipts*).

    Any BUFFERED, then any unknown one, makes it so; else the worst of REJECTED, UNDELIVERABLE, EXPIRED; else DELIVERED;
    SEEN only if all are.
    """
    for state in (ReceiptState.BUFFERED, ReceiptState.UNKNOWN, *_WORST_FIRST, ReceiptState.DELIVERED):
        if state in states:
            return state
    return ReceiptState.SEEN if states else ReceiptState.UNKNOWN


def _parse(body: bytes) -> Body:
    """Parse strictly, then once more leniently: the manual's own sample of an inbound message is not JSON."""
    try:
        given = codec.loads(body, object)
    except codec.CodecError as strict:
        try:
            text = body.decode(json.detect_encoding(body))
            given = codec.loads(_STRING_OR_TRAILING_COMMA.sub(_without_comma, text), object)
        except (codec.CodecError, UnicodeError):
            raise WireError(f"not JSON: {strict}") from strict
    if not isinstance(given, dict):
        raise WireError("not a JSON object")
    if _is_deeper(given, DEPTH):
        raise WireError(f"nested more than {DEPTH} levels deep")
    return given


def _without_comma(match: re.Match[str]) -> str:
    return "" if match[0] == "," else match[0]


def _is_deeper(body: Body, limit: int) -> bool:
    level: list[Any] = [body]
    for _ in range(limit):
        values = [value for inner in level for value in (inner.values() if isinstance(inner, dict) else inner)]
        level = [value for value in values if isinstance(value, (dict, list))]
        if not level:
            return False
    return True


def _inbound(given: Body) -> Inbound:
    sent_at = _moment(given.get("sentDate"))
    known = {"from", "to", "message", "requestId", "originalRequestId", "ott"} | ({"sentDate"} if sent_at else set())
    return Inbound(
        account=_identifier(given, "to"),
        contact=_contact(given, "from"),
        text=_text(given, "message").replace("\0", ""),  # PostgreSQL stores no NUL
        request_id=_identifier(given, "requestId"),
        reply_to=_identifier(given, "originalRequestId") if _text(given, "originalRequestId").strip() else None,
        sent_at=sent_at,
        ott=_word(given, "ott").upper() or None,
        extra=_others(given, known),
    )


def _receipt(given: Body) -> Receipt:
    parts = tuple(_part(part) for part in _objects(given, "sendParts"))
    word = _word(given, "overallState")
    if not word and not parts:
        raise WireError("a receipt without a state")
    state = _state(word) if word else overall([part.state for part in parts])
    codes = [_word(given, "errorCode"), *(part.error_code for part in parts)]
    return Receipt(
        request_id=_identifier(given, "requestId"),
        state=state,
        word=word or state.value,
        contact=_contact(given, "to") if _text(given, "to").strip() else None,
        channel=_channel(given),
        error_code=next(filter(None, codes), ""),
        parts=parts,
        extra=_others(given, {"requestId", "overallState", "to", "deliveryChannel", "errorCode", "sendParts"}),
    )


def _part(part: Body) -> ReceiptPart:
    # The samples' names win; the table of the manual has the others.
    dates = (_moment(part.get(name)) for name in ("deliveryStateDate", "doneDate"))
    return ReceiptPart(
        state=_state(_word(part, "deliveryState") or _word(part, "deliveryStatus")),
        error_code=_word(part, "errorCode"),
        at=next(filter(None, dates), None),
        price=_word(part, "price") or None,
        currency=_word(part, "currency") or None,
    )


def _channel(given: Body) -> str | None:
    """Give ``SMS``, or the app's name when it went through one: ``ott``, else the word ``IM``."""
    channel = given.get("deliveryChannel")
    if not isinstance(channel, dict):
        return _word(given, "deliveryChannel").upper() or None
    kind = _word(channel, "channel").upper()
    return kind if kind == "SMS" else (_word(channel, "ott").upper() or kind or None)


def _state(word: str) -> ReceiptState:
    return _STATES.get(word.upper(), ReceiptState.UNKNOWN)


def _others(given: Body, known: Collection[str]) -> Body:
    return {key: value for key, value in given.items() if key not in known and value is not None}


def _objects(given: Body, key: str) -> list[Body]:
    value = given.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise WireError(f"{key} is not a list of objects")
    return value


def _text(given: Body, key: str) -> str:
    """Give a string, or a number as one; an empty string for null or nothing."""
    value = given.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise WireError(f"{key} is neither a string nor a number")
    return str(value)


def _word(given: Body, key: str) -> str:
    """Give a text that describes, fit for a column and a log: printable, and not long."""
    return "".join(filter(str.isprintable, _text(given, key)[:WORD_LENGTH])).strip()


def _identifier(given: Body, key: str) -> str:
    """Give a text that identifies: never shortened or mended, since two would become one."""
    value = _text(given, key).strip()
    if not value:
        raise WireError(f"{key} is missing or empty")
    if len(value) > IDENTIFIER_LENGTH or not value.isprintable():
        raise WireError(f"{key} is longer than {IDENTIFIER_LENGTH} characters or not printable")
    return value


def _contact(given: Body, key: str) -> str:
    try:
        return phone.from_wire(_text(given, key))
    except ValueError as error:
        raise WireError(f"{key}: {error}") from error


def _moment(value: object) -> datetime | None:
    """Read epoch milliseconds (a number or digits) or ISO 8601; None for anything else, which then stays in extra."""
    try:
        if isinstance(value, str):
            value = value.strip()
            if not (value.isascii() and value.isdigit()):
                moment = datetime.fromisoformat(value)
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return None
        return _EPOCH + timedelta(milliseconds=int(value))
    except (ValueError, OverflowError):
        return None


VALIDATION = (
    "Invalid authentication.",
    "RequestId is missing.",
    "Sender is missing.",
    "Receiver is missing.",
    "Receiver number is not numeric.",
    "Message is empty.",
    "Message exceeds maximum character length of 1000.",
    "The respond-back URL is invalid.",
    "One or more mandatory parameters are missing.",
    "Your message is rejected because it has over-length.",
    "The requested URI was not found.",
    "Unexpected error, please retry. If error persists, please contact customer support.",
    "The parameter ${invalidparameter} is invalid.",
)
"""The validation messages of a 400 as the manual lists them; an answer holds one or any combination."""
INVALID_AUTHENTICATION, URI_NOT_FOUND, UNEXPECTED_ERROR = VALIDATION[0], VALIDATION[10], VALIDATION[11]

_FIXED = tuple((text, text.rstrip(".").casefold()) for text in VALIDATION[:-1])
_INVALID_PARAMETER = re.compile(r"\bthe parameter (\S{1,100}) is invalid\b", re.IGNORECASE)


def reasons(text: str) -> tuple[str, ...]:
    """Give the validation messages of the manual that stand in ``text``, alone or combined, in the manual's order.

    The last one comes back with the parameter's name in it: ``The parameter imageUrl is invalid.``
    """
    words = " ".join(text.split())
    found = [message for message, needle in _FIXED if needle in words.casefold()]
    named = dict.fromkeys(_INVALID_PARAMETER.findall(words))
    return (*found, *(VALIDATION[-1].replace("${invalidparameter}", name) for name in named))
