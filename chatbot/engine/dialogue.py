"""What was said with one contact and what became of it, as a person reads it: from the rows of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = Sequence[Mapping[str, Any]]
_RANKS = {"bot": 1, "receipt": 2}  # of lines of one moment: an event, what it made the bot say, what became of that


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said or that happened.

    ``who`` is ``contact``, ``bot``, or what happened: ``start``, ``receipt``, ``timeout``, ``result``. ``id`` is the
    event's, or that of the bot's message. ``state`` is where it led (``kind -> address``), or which state said it.
    ``status`` is the event's (waiting, done, aside), or the message's: its receipt, else where it is in the outbox.
    ``at`` in seconds since 1970; ``error`` is one line.
    """

    at: float
    who: str
    id: int
    text: str
    state: str
    status: str
    error: str = ""


def dialogue(events: Rows, turns: Rows, messages: Rows) -> list[Line]:
    """Join the contact's rows of event, turn and outbox, as `contacts.export` gives them, in the order of time."""
    moved = {turn["event_id"]: turn for turn in turns}
    lines = [_heard(event, moved.get(event["id"])) for event in events] + [_said(message) for message in messages]
    return sorted(lines, key=lambda line: (line.at, _RANKS.get(line.who, 0), line.id))


def _heard(event: Mapping[str, Any], turn: Mapping[str, Any] | None) -> Line:
    before, after = (turn["before"], turn["after"]) if turn is not None else ("", "")
    return Line(
        at=event["accepted_at"],
        who="contact" if event["kind"] == "message" else event["kind"],
        id=event["id"],
        text=_text(event["kind"], event["payload"]),
        state=f"{before or 'start'} -> {after}" if after != before else after,
        status=event["status"],
        error=last_line(event["error"]),
    )


def _text(kind: str, payload: Any) -> str:
    if not isinstance(payload, Mapping):
        return str(payload)
    if kind == "receipt":
        return " ".join(filter(None, (payload.get("status"), payload.get("channel"), payload.get("reason"))))
    if kind == "result":
        return str(payload.get("value")) if payload.get("ok") else str(payload.get("error"))
    return str(payload.get({"message": "text", "timeout": "name", "start": "flow"}.get(kind, ""), payload))


def _said(message: Mapping[str, Any]) -> Line:
    body = message["body"]
    shown = [str(body)]
    if isinstance(body, Mapping):
        button = body.get("button")
        image = body.get("image")
        shown = [
            body.get("text") or "",
            f"[image {image}]" if image else "",
            f"[button {button['caption']} {button['url']}]" if button else "",
        ]
    return Line(
        at=message["sent_at"] or message["created_at"],
        who="bot",
        id=message["id"],
        text="\n".join(filter(None, shown)),
        state=f"{message['flow']}.{message['state']}",
        status=" ".join(filter(None, (message["receipt"] or message["status"], message["channel"]))),
        error=last_line(message["error"]),
    )


def last_line(text: str) -> str:
    """Give the last line of a traceback, which names the error."""
    return (text.strip().splitlines() or [""])[-1].strip()
