"""How a message becomes SMS: parts of 70 or 63 characters, the image's URL in a part of its own."""

from __future__ import annotations

from chatbot.simulator.requests import Outbound

SINGLE = 70
CONCATENATED = 63
"""Characters of an SMS alone, and of one part of several (manual, *message*). The unit is UTF-16 (GSM's UCS-2)."""


def units(text: str) -> int:
    """Count UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> list[str]:
    """Cut ``text`` into pieces of at most ``limit`` units. Nothing is lost and no surrogate pair is torn."""
    pieces, start, used = [], 0, 0
    for index, character in enumerate(text):
        size = 2 if character > "\uffff" else 1
        if used + size > limit:
            pieces.append(text[start:index])
            start, used = index, 0
        used += size
    return [*pieces, text[start:]]


def parts(request: Outbound, *, with_button: bool = False) -> list[str]:
    """Give the SMS parts of ``request``.

    An image URL is a part of its own and the first one, as in the manual's sample of an SMS notification.
    ``with_button`` appends the button's caption and URL to the text.
    """
    text = request.text
    if with_button and request.button_url:
        text = f"{text}\n{request.button_caption} {request.button_url}".strip()
    if request.image_url:
        return [request.image_url, *(cut(text, CONCATENATED) if text.strip() else [])]
    return [text] if units(text) <= SINGLE else cut(text, CONCATENATED)
