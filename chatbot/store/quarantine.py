"""Bodies from outside that nobody could read: kept as they came, for a person and for a reader that knows more."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.store.protocol import Row, Tx


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One body, when it came, and why it could not be read."""

    id: int
    at: float
    reason: str
    body: bytes


def add(tx: Tx, body: bytes, reason: str, at: float) -> int:
    """Keep ``body``; give its id."""
    inserted = tx.rows(
        "INSERT INTO quarantine (contact, at, reason, body) VALUES ('', :at, :reason, :body) RETURNING id",
        at=at,
        reason=reason,
        body=body,
    )
    return int(inserted[0]["id"])


def latest(tx: Tx, limit: int) -> list[Unreadable]:
    """Give at most ``limit`` bodies, the latest first."""
    return [_read(row) for row in tx.rows("SELECT * FROM quarantine ORDER BY id DESC LIMIT :limit", limit=limit)]


def one(tx: Tx, quarantine_id: int) -> Unreadable | None:
    """Give one body, or None."""
    row = tx.row("SELECT * FROM quarantine WHERE id = :id", id=quarantine_id)
    return None if row is None else _read(row)


def remove(tx: Tx, quarantine_id: int) -> None:
    """Let go of a body that has been read."""
    tx.run("DELETE FROM quarantine WHERE id = :id", id=quarantine_id)


def _read(row: Row) -> Unreadable:
    return Unreadable(row["id"], row["at"], row["reason"], bytes(row["body"]))
