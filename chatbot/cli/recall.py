"""What the phones of `chatbot dev` showed in earlier runs: from the store that keeps their conversations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chatbot.config import Config
from chatbot.simulator.phones import BOT, USER, Bubble
from chatbot.store import contacts
from chatbot.store.opener import is_there, open_store

SENDER = "MyCompany"
"""What a bot calls itself whose configuration does not say."""
PHONES = 100
"""How many phones are filled again at most: those that wrote last."""
_SHOWN = (None, "DELIVERED", "SEEN")
"""Receipts of messages that a phone has shown; None: it ended before there was one."""


async def recall(settings: Config) -> dict[str, list[Bubble]]:
    """Give the threads of the store of ``settings`` by number, whoever wrote last coming last. Raises StoreError.

    The bubbles are not numbered yet.
    """
    if not is_there(settings.store.url, settings.folder):
        return {}
    store = await open_store(settings.store.url, settings.folder, drives=False)
    try:
        numbers = await store.read(contacts.latest, PHONES)
        kept = {number: await store.read(contacts.export, number) for number in reversed(numbers)}
    finally:
        await store.close()
    sender = settings.gateway.sender or SENDER
    threads = {number: [*_written(rows["event"]), *_said(rows["outbox"], sender)] for number, rows in kept.items()}
    return {number: sorted(thread, key=lambda bubble: bubble.at) for number, thread in threads.items()}


def _written(events: list[dict[str, Any]]) -> Iterator[Bubble]:
    for one in events:
        if one["kind"] == "message":
            at, text = _milliseconds(one["accepted_at"]), str(one["payload"]["text"])
            yield Bubble(0, USER, at, one["key"], one["account"], text=text, state="accepted")


def _said(messages: list[dict[str, Any]], sender: str) -> Iterator[Bubble]:
    for one in messages:
        if one["status"] != "accepted" or one["receipt"] not in _SHOWN:
            continue
        body: Mapping[str, Any] = one["body"]
        button: Mapping[str, str] = body.get("button") or {}
        yield Bubble(
            0,
            BOT,
            _milliseconds(one["sent_at"]),
            one["request_id"],
            one["account"],
            sender=sender,
            text=body.get("text") or "",
            image=body.get("image") or "",
            button_caption=button.get("caption", ""),
            button_url=button.get("url", ""),
            channel=one["channel"] or "VIBER",
            state=one["receipt"] or "",
        )


def _milliseconds(at: float) -> int:
    return round(at * 1000)
