"""The gateway's check of a send request, and its messages word for word (manual, *Validation error message*)."""

from __future__ import annotations

import re
from typing import Any

from chatbot.simulator import sms
from chatbot.simulator.addresses import is_url
from chatbot.simulator.options import Options
from chatbot.simulator.requests import DEFAULT_CHANNELS, FACEBOOK, VIBER, Outbound

INVALID_AUTHENTICATION = "Invalid authentication."
REQUEST_ID_MISSING = "RequestId is missing."
SENDER_MISSING = "Sender is missing."
RECEIVER_MISSING = "Receiver is missing."
RECEIVER_NOT_NUMERIC = "Receiver number is not numeric."
EMPTY = "Message is empty."
TOO_LONG = "Message exceeds maximum character length of 1000."
CALLBACK_URL_INVALID = "The respond-back URL is invalid."
MANDATORY_MISSING = "One or more mandatory parameters are missing."
OVER_LENGTH = "Your message is rejected because it has over-length."
URI_NOT_FOUND = "The requested URI was not found."
UNEXPECTED = "Unexpected error, please retry. If error persists, please contact customer support."
PARAMETER_INVALID = "The parameter {} is invalid."

PARAMETERS = (
    *("from", "to", "message", "imageUrl", "buttonActionUrl", "buttonCaption", "imChannels", "deliverOnlyViaIM"),
    *("deliverOnlyVialM", "ttl", "ttlExpiryText", "callbackUrl", "messagePurpose"),
)
"""The parameters of the manual's table. The second spelling of deliverOnlyViaIM is the one that the manual prints."""

_IN_ORDER = (
    *(SENDER_MISSING, RECEIVER_MISSING, RECEIVER_NOT_NUMERIC, EMPTY, TOO_LONG, CALLBACK_URL_INVALID),
    *(MANDATORY_MISSING, OVER_LENGTH),
)
_MESSAGE_LIMIT = 1000
_CAPTION_LIMIT = 30
_URL_LIMIT = 62
_TTL = range(30, 86_401)
_SENDER = re.compile(r"(?:\+|00)[1-9][0-9]{6,14}|[1-9][0-9]{11,14}|[A-Za-z0-9]{1,11}", re.ASCII)
_RECEIVER = re.compile(r"(?:\+|00)?([1-9][0-9]{6,14})", re.ASCII)
_NUMERIC = re.compile(r"\+?[0-9]+", re.ASCII)


class Invalid(ValueError):
    """The request is refused with 400; ``messages`` are the manual's, in the manual's order."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


def read(parameters: dict[str, Any], options: Options) -> Outbound:
    """Check the parameters of a send request and give them typed. Raises Invalid with every message that applies."""
    form = _Form(parameters, options)
    request = Outbound(
        sender=form.sender(),
        to=form.receiver(),
        text=form.message(),
        image_url=form.url("imageUrl"),
        button_caption=form.caption(),
        button_url=form.url("buttonActionUrl"),
        channels=form.channels(),
        only_im=form.flag("deliverOnlyViaIM") or form.flag("deliverOnlyVialM"),
        ttl=form.ttl(),
        ttl_text=form.text("ttlExpiryText"),
        callback_url=form.callback_url(),
        purpose=form.purpose(),
    )
    form.check_names()
    form.check_whole(request)
    form.raise_if_wrong()
    return request


class _Form:
    """One request under examination: what was found wrong so far."""

    def __init__(self, parameters: dict[str, Any], options: Options) -> None:
        self._given = {name: value for name, value in parameters.items() if value is not None}
        self._options = options
        self._found: set[str] = set()
        self._invalid: dict[str, None] = {}

    def text(self, name: str) -> str:
        value = self._given.get(name, "")
        if isinstance(value, str):
            return value
        self._invalid[name] = None
        return ""

    def sender(self) -> str:
        sender = self.text("from").strip()
        if not sender and "from" not in self._invalid:
            self._found.add(SENDER_MISSING)
        elif sender and not _SENDER.fullmatch(sender):
            self._invalid["from"] = None
        return sender

    def receiver(self) -> str:
        receiver = self.text("to").strip()
        match = _RECEIVER.fullmatch(receiver)
        if match is not None:
            return "+" + match[1]
        if _NUMERIC.fullmatch(receiver):
            self._invalid["to"] = None
        elif receiver:
            self._found.add(RECEIVER_NOT_NUMERIC)
        elif "to" not in self._invalid:
            self._found.add(RECEIVER_MISSING)
        return ""

    def message(self) -> str:
        message = self.text("message")
        if self._length(message) > _MESSAGE_LIMIT:
            self._found.add(TOO_LONG)
        return message

    def url(self, name: str) -> str:
        url = self.text(name)
        if url and (self._length(url) > _URL_LIMIT or not is_url(url)):
            self._invalid[name] = None
        return url

    def caption(self) -> str:
        caption = self.text("buttonCaption")
        if self._length(caption) > _CAPTION_LIMIT:
            self._invalid["buttonCaption"] = None
        return caption.strip()

    def channels(self) -> tuple[str, ...]:
        if "imChannels" not in self._given:
            return DEFAULT_CHANNELS
        channels = tuple(name.strip() for name in self.text("imChannels").split(","))
        if not {*channels} <= {VIBER, FACEBOOK} or len({*channels}) < len(channels):
            self._invalid["imChannels"] = None
        return channels

    def flag(self, name: str) -> bool:
        value = self._given.get(name, False)
        if self._options.string_values and isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            self._invalid[name] = None
        return value is True

    def ttl(self) -> int | None:
        value = self._given.get("ttl")
        if self._options.string_values and isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value, re.ASCII):
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            self._invalid["ttl"] = None
            return None
        if self._options.ttl_checked and value not in _TTL:
            self._invalid["ttl"] = None
        return value

    def callback_url(self) -> str:
        url = self._given.get("callbackUrl", "")
        if not isinstance(url, str) or (url and not is_url(url)):
            self._found.add(CALLBACK_URL_INVALID)
            return ""
        return url

    def purpose(self) -> str:
        purpose = self.text("messagePurpose")
        if purpose not in ("", "promotion", "transaction"):
            self._invalid["messagePurpose"] = None
        return purpose

    def check_names(self) -> None:
        if self._options.unknown_parameters == "refuse":
            self._invalid.update(dict.fromkeys(name for name in self._given if name not in PARAMETERS))

    def check_whole(self, request: Outbound) -> None:
        """Check what concerns several parameters: emptiness, the two halves of a button, the matrix, the parts."""
        text, image, button = request.shape
        if not text and not image and "message" not in self._invalid and "imageUrl" not in self._invalid:
            self._found.add(EMPTY)
        if button and not request.button_url:
            self._invalid["buttonActionUrl"] = None
        if request.button_url and not button:
            self._invalid["buttonCaption"] = None
        on_viber = VIBER in request.channels
        if on_viber and self._options.matrix == "refuse" and image and text != button:
            self._invalid["buttonCaption" if button else "imageUrl"] = None
        if on_viber and self._options.strict_purpose and not request.purpose and "messagePurpose" not in self._invalid:
            self._found.add(MANDATORY_MISSING)
        missing = self._found & {SENDER_MISSING, RECEIVER_MISSING}
        if missing and self._options.mandatory_missing != "purpose":
            self._found.add(MANDATORY_MISSING)
            if self._options.mandatory_missing == "instead":
                self._found -= missing
        parts = sms.parts(request, with_button=self._options.sms_button)
        if not self._options.long_sms and not request.only_im and len(parts) > 1:
            self._found.add(OVER_LENGTH)

    def raise_if_wrong(self) -> None:
        order = {name: rank for rank, name in enumerate(PARAMETERS)}
        invalid = sorted(self._invalid, key=lambda name: order.get(name, len(order)))
        general = [message for message in _IN_ORDER if message in self._found]
        if general or invalid:
            raise Invalid((*general, *(PARAMETER_INVALID.format(_shown(name)) for name in invalid)))

    def _length(self, text: str) -> int:
        return len(text) if self._options.length_unit == "characters" else sms.units(text)


def _shown(name: str) -> str:
    """Shorten an unknown parameter's name: it comes from outside, and goes back in the answer."""
    return name if len(name) <= 40 else name[:40] + "…"
