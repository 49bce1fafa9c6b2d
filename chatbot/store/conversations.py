"""Conversations as people and checks look at them."""

from __future__ import annotations

from chatbot import codec
from chatbot.store.protocol import Conversation, Row, Tx


def one(tx: Tx, contact: str, account: str) -> Conversation | None:
    """Give where the contact is with this account, or None."""
    row = tx.row(
        "SELECT * FROM conversation WHERE contact = :contact AND account = :account", contact=contact, account=account
    )
    return None if row is None else _read(row)


def live(tx: Tx, after: tuple[str, str], limit: int) -> list[Conversation]:
    """Give at most ``limit`` conversations that go on, in the order of (contact, account), from behind ``after`` on."""
    rows = tx.rows(
        """
        SELECT * FROM conversation WHERE (contact, account) > (:contact, :account) AND (final = 0 OR suspended <> '[]')
        ORDER BY contact, account LIMIT :limit
        """,
        contact=after[0],
        account=after[1],
        limit=limit,
    )
    return [_read(row) for row in rows]


def _read(row: Row) -> Conversation:
    stored = {name: row[name] for name in Conversation.__slots__}
    stored["history"] = codec.loads(row["history"], tuple[str, ...])
    stored["final"] = bool(row["final"])
    return Conversation(**stored)
