"""Viber's message-type matrix and lengths, as the gateway's manual prints them ("Step 1", table "Viber")."""

from __future__ import annotations

from urllib.parse import urlsplit

from chatbot import phone
from chatbot.errors import MatrixError
from chatbot.messages import Message

TEXT_LENGTH = 1000
CAPTION_LENGTH = 30
URL_LENGTH = 62
TTL_RANGE = range(30, 86_400 + 1)
PURPOSES = ("transaction", "promotion")
CHANNELS = ("VIBER", "FACEBOOK")

# What a message shows -> whether Viber takes it. "button" alone is not in the manual's table: refused.
MATRIX: dict[frozenset[str], bool] = {
    frozenset(): False,
    frozenset({"text"}): True,
    frozenset({"image"}): True,
    frozenset({"button"}): False,
    frozenset({"text", "image"}): False,
    frozenset({"text", "button"}): True,
    frozenset({"image", "button"}): False,
    frozenset({"text", "image", "button"}): True,
}
_ADVICE = {
    frozenset(): "a message needs a text or an image",
    frozenset({"button"}): "Viber shows no button without a text",
    frozenset({"text", "image"}): "Viber shows a text with an image only together with a button; send two messages",
    frozenset({"image", "button"}): "Viber shows an image with a button only together with a text",
}


def length(text: str) -> int:
    """Count UTF-16 units. The manual does not state its unit; this one never sends too much."""
    return len(text) + sum(character > "\uffff" for character in text)


def shape(message: Message) -> frozenset[str]:
    """Name what ``message`` shows: a set of ``text``, ``image`` and ``button``."""
    shown = {"text": message.text.strip(), "image": message.image, "button": message.button}
    return frozenset(name for name, value in shown.items() if value)


def check(message: Message) -> None:
    """Raise MatrixError, naming the rule, when Viber or the gateway would refuse ``message``."""
    shown = shape(message)
    if not MATRIX[shown]:
        name = "+".join(part for part in ("text", "image", "button") if part in shown) or "empty"
        raise MatrixError(name, _ADVICE[shown])
    _check_text("text", message.text, TEXT_LENGTH)
    if message.image is not None:
        _check_url("image URL", message.image)
    if message.button is not None:
        if not message.button.caption.strip():
            raise MatrixError("button caption", "it is empty")
        _check_text("button caption", message.button.caption, CAPTION_LENGTH)
        _check_url("button URL", message.button.url)
    _check_travel(message)


def _check_text(rule: str, text: str, limit: int) -> None:
    if (size := length(text)) > limit:
        raise MatrixError(f"{rule} length", f"{size} characters, and {limit} is the limit")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise MatrixError(rule, "it holds half a surrogate pair, which cannot be sent as UTF-8")


def _check_url(rule: str, url: str) -> None:
    _check_text(rule, url, URL_LENGTH)
    if not is_url(url):
        raise MatrixError(rule, f"{url!r} is not an http or https URL")


def is_url(url: str) -> bool:
    """Tell whether ``url`` is ``http(s)://host(:port)`` with anything printable behind it."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return sound and parts.scheme in ("http", "https") and url.isprintable() and " " not in url


def _check_travel(message: Message) -> None:
    _check_text("ttl text", message.ttl_text or "", TEXT_LENGTH)
    if message.purpose is not None and message.purpose not in PURPOSES:
        raise MatrixError("purpose", f"{message.purpose!r} is neither transaction nor promotion")
    if message.ttl is not None and message.ttl not in TTL_RANGE:
        raise MatrixError("ttl", f"{message.ttl} s is not within 30 to 86400 s")
    if message.channels is not None and not message.channels:
        raise MatrixError("channels", "there are none; name VIBER, FACEBOOK or both")
    for channel in message.channels or ():
        if channel not in CHANNELS:
            raise MatrixError("channels", f"{channel!r} is neither VIBER nor FACEBOOK")
    if message.sender is not None and not phone.is_sender(message.sender):
        advice = "is no international number, no short code and not 1 to 11 letters and digits"
        raise MatrixError("sender", f"{message.sender!r} {advice}")


def split(text: str, limit: int = TEXT_LENGTH) -> list[str]:
    """Cut ``text`` into pieces of at most ``limit`` UTF-16 units, at white space where there is some.

    Nothing but the white space at a cut is lost, and no surrogate pair is torn. Needs ``limit`` >= 2.
    """
    pieces = []
    rest = text
    while length(rest) > limit:
        end = _fitting(rest, limit)
        cut = max(rest.rfind(" ", 1, end + 1), rest.rfind("\n", 1, end + 1))
        piece = rest[: cut if cut > 0 else end]
        pieces.append(piece)
        rest = rest[cut + 1 :] if cut > 0 else rest[end:]
    return [*pieces, rest] if rest or not pieces else pieces


def clip(text: str, limit: int) -> str:
    """Shorten ``text`` to ``limit`` UTF-16 units, with ``…`` at its end when something is missing."""
    return text if length(text) <= limit else text[: _fitting(text, limit - 1)].rstrip() + "…"


def _fitting(text: str, limit: int) -> int:
    """Count the leading characters of ``text`` that fit into ``limit`` UTF-16 units."""
    units = 0
    for index, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > limit:
            return index
    return len(text)
