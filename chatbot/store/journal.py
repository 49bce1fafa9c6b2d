"""The one place that inserts events."""

from __future__ import annotations

from chatbot import codec
from chatbot.events import Input, kind_of
from chatbot.store.protocol import NewEvent, Tx


def add(tx: Tx, event: NewEvent) -> int | None:
    """Store ``event`` and give its id, or None when one of its (contact, account, kind, key) is there already."""
    row = tx.row(
        """
        INSERT INTO event (contact, account, kind, key, payload, reply_to, accepted_at, not_before)
        VALUES (:contact, :account, :kind, :key, :payload, :reply_to, :at, :at)
        ON CONFLICT (contact, account, kind, key) DO NOTHING
        RETURNING id
        """,
        contact=event.contact,
        account=event.account,
        kind=event.kind,
        key=event.key,
        payload=event.payload,
        reply_to=event.reply_to,
        at=event.at,
    )
    return None if row is None else row["id"]


def tell(tx: Tx, contact: str, account: str, key: str, news: Input, at: float) -> bool:
    """Store what this side has to tell a flow; False when ``key`` was told before."""
    event = NewEvent(contact, account, kind_of(news), key, codec.dumps(news), at)
    return add(tx, event) is not None
