"""Messages to be sent: one at a time for a contact, in order, and what the gateway said to each.

    waiting ──claim──> sending ──> accepted      the gateway has taken it
       ^                  ├──────> failed        it never will
       ├─────postpone─────┤
       └─settle(resend)── ambiguous ──settle──> unknown    nobody here can know

Waiting, sending and ambiguous are unfinished: the oldest unfinished message of a contact holds back those behind it.
Whatever proves that a message was accepted makes it so, however late, also while it waits for its next try, and nothing
takes that back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from chatbot.messages import ReceiptState
from chatbot.store import deliveries, timers
from chatbot.store.protocol import NewOutgoing, OutboxRow, Outgoing, Row, Tx


def add(tx: Tx, contact: str, account: str, event_id: int, outgoing: Sequence[NewOutgoing], at: float) -> list[int]:
    """Queue ``outgoing``, which the event ``event_id`` has caused; give the ids in order."""
    return [_insert(tx, contact, account, event_id, message, at) for message in outgoing]


def _insert(tx: Tx, contact: str, account: str, event_id: int, message: NewOutgoing, at: float) -> int:
    inserted = tx.rows(
        """
        INSERT INTO outbox (contact, account, flow, state, visit, body, not_before, created_at, event_id)
        VALUES (:contact, :account, :flow, :state, :visit, :body, :at, :at, :event_id)
        RETURNING id
        """,
        contact=contact,
        account=account,
        flow=message.flow,
        state=message.state,
        visit=message.visit,
        body=message.body,
        at=at,
        event_id=event_id,
    )
    return int(inserted[0]["id"])


def waiting(tx: Tx, now: float, limit: int) -> list[str]:
    """Give at most ``limit`` contacts whose oldest unfinished message may be sent now, the oldest message first."""
    rows = tx.rows(
        """
        SELECT o.contact FROM outbox o
        WHERE o.status = 'waiting' AND o.not_before <= :now AND NOT EXISTS (
            SELECT 1 FROM outbox b
            WHERE b.contact = o.contact AND b.status IN ('waiting', 'sending', 'ambiguous')
            AND (b.id < o.id OR b.status = 'sending')
        )
        ORDER BY o.id LIMIT :limit
        """,
        now=now,
        limit=limit,
    )
    return [row["contact"] for row in rows]


def claim(tx: Tx, contact: str, now: float) -> Outgoing | None:
    """Mark the contact's oldest unfinished message as sending and count the attempt.

    None when it has to wait, or when another is under way (one sent again by hand is older than that). Commit before
    the POST: a crash then shows as sending, never as waiting.
    """
    row = tx.row(
        """
        UPDATE outbox SET status = 'sending', attempts = attempts + 1
        WHERE id = (
            SELECT id FROM outbox
            WHERE contact = :contact AND status IN ('waiting', 'sending', 'ambiguous') ORDER BY id LIMIT 1
        ) AND status = 'waiting' AND not_before <= :now AND NOT EXISTS (
            SELECT 1 FROM outbox b
            WHERE b.contact = :contact AND b.status IN ('waiting', 'sending', 'ambiguous') AND b.status = 'sending'
        )
        RETURNING id, contact, account, body, attempts
        """,
        contact=contact,
        now=now,
    )
    return None if row is None else Outgoing(**row)


def accepted(tx: Tx, outbox_id: int, request_id: str, at: float) -> bool:
    """Record that the gateway took the message under ``request_id``. May be called again.

    Its timers start, and receipts that came before are joined; True when one of them has made an event.
    """
    tx.run(
        """
        UPDATE outbox SET status = 'accepted', request_id = :request_id, sent_at = :at, asked_at = :at, error = ''
        WHERE id = :outbox_id AND status <> 'accepted'
        """,
        outbox_id=outbox_id,
        request_id=request_id,
        at=at,
    )
    timers.start(tx, outbox_id, at)
    return deliveries.join(tx, outbox_id, request_id, at)


def evidence(tx: Tx, outbox_id: int, request_id: str, at: float) -> bool:
    """Take a receipt or a reply as proof that a message was accepted; False when it was never sent, or is settled."""
    unanswered = tx.row(
        """
        SELECT id FROM outbox
        WHERE id = :outbox_id AND (status IN ('sending', 'ambiguous', 'unknown') OR status = 'waiting' AND attempts > 0)
        """,
        outbox_id=outbox_id,
    )
    if unanswered is None:
        return False
    accepted(tx, outbox_id, request_id, at)
    return True


def postpone(tx: Tx, outbox_id: int, until: float, error: str, counted: bool = True) -> None:
    """Let a message that was surely not sent wait for its next try; unless ``counted``, this one was none."""
    tx.run(
        """
        UPDATE outbox SET status = 'waiting', not_before = :until, error = :error, attempts = attempts - :uncounted
        WHERE id = :outbox_id AND status = 'sending'
        """,
        outbox_id=outbox_id,
        until=until,
        error=error,
        uncounted=0 if counted else 1,
    )


def failed(tx: Tx, outbox_id: int, error: str, at: float) -> None:
    """Give the message up: its flow is told REJECTED with ``error`` as the reason, its timers start.

    No effect on a message that was proven accepted meanwhile.
    """
    row = tx.row(
        """
        UPDATE outbox SET status = 'failed', error = :error, receipt = 'REJECTED'
        WHERE id = :outbox_id AND status IN ('sending', 'ambiguous', 'unknown')
        RETURNING id, contact, account, flow, state, visit, resends
        """,
        outbox_id=outbox_id,
        error=error,
    )
    if row is None:
        return
    timers.start(tx, outbox_id, at)
    # One that is sent again by hand and fails again is news again.
    key = f"failed-{outbox_id}-{row['resends']}" if row["resends"] else f"failed-{outbox_id}"
    deliveries.tell(tx, row, key, ReceiptState.REJECTED, None, error, at)


def ambiguous(tx: Tx, outbox_id: int, until: float, error: str) -> None:
    """Wait until ``until`` for a proof that a message which was written and not answered was accepted."""
    tx.run(
        """
        UPDATE outbox SET status = 'ambiguous', not_before = :until, error = :error
        WHERE id = :outbox_id AND status = 'sending'
        """,
        outbox_id=outbox_id,
        until=until,
        error=error,
    )


def recover(tx: Tx, until: float) -> int:
    """At start: every message that a crash left as sending is ambiguous until ``until``. Gives how many."""
    return tx.run(
        """
        UPDATE outbox SET status = 'ambiguous', not_before = :until, error = 'the process ended while it was sent'
        WHERE status IN ('waiting', 'sending', 'ambiguous') AND status = 'sending'
        """,
        until=until,
    )


def settle(tx: Tx, now: float, resend: bool) -> list[str]:
    """Decide on ambiguous messages whose time is over, and give the contacts whose next message may go.

    They become unknown and their timers start; with ``resend`` they wait to be sent again.
    """
    settled = tx.rows(
        """
        UPDATE outbox SET status = :status, not_before = :now WHERE status = 'ambiguous' AND not_before <= :now
        RETURNING id, contact
        """,
        status="waiting" if resend else "unknown",
        now=now,
    )
    contacts: dict[str, None] = {}
    for row in sorted(settled, key=lambda row: row["id"]):
        if not resend:
            timers.start(tx, row["id"], now)
        contacts[row["contact"]] = None
    return list(contacts)


def resend(tx: Tx, outbox_id: int, at: float) -> bool:
    """Queue an unknown or failed message again, as an operator wishes; False when it is neither.

    It keeps its id, so it goes before what waits for the same contact.
    """
    changed = tx.run(
        """
        UPDATE outbox SET status = 'waiting', attempts = 0, resends = resends + 1, not_before = :at, request_id = NULL,
            sent_at = NULL, asked_at = NULL, receipt = NULL, channel = NULL, error = ''
        WHERE id = :outbox_id AND status IN ('unknown', 'failed')
        """,
        outbox_id=outbox_id,
        at=at,
    )
    return changed == 1


def next_due(tx: Tx) -> float | None:
    """Give the time at which there is next a message to `claim` or to `settle`, or None."""
    row = tx.row(
        """
        SELECT min(o.not_before) AS due FROM outbox o
        WHERE o.status IN ('waiting', 'sending', 'ambiguous') AND (
            o.status = 'ambiguous' OR o.status = 'waiting' AND NOT EXISTS (
                SELECT 1 FROM outbox b
                WHERE b.contact = o.contact AND b.status IN ('waiting', 'sending', 'ambiguous')
                AND (b.id < o.id OR b.status = 'sending')
            )
        )
        """
    )
    return None if row is None else row["due"]


_FIELDS = tuple(field.name for field in fields(OutboxRow))


def row(tx: Tx, outbox_id: int) -> OutboxRow | None:
    """Give one message, or None."""
    return _first(tx.rows("SELECT * FROM outbox WHERE id = :outbox_id", outbox_id=outbox_id))


def find(tx: Tx, request_id: str) -> OutboxRow | None:
    """Give the message that the gateway knows as ``request_id`` (the latest, should there be two), or None."""
    return _first(
        tx.rows("SELECT * FROM outbox WHERE request_id = :request_id ORDER BY id DESC LIMIT 1", request_id=request_id)
    )


def rows(tx: Tx, contact: str) -> list[OutboxRow]:
    """Give all messages to ``contact``, the oldest first."""
    return [_read(row) for row in tx.rows("SELECT * FROM outbox WHERE contact = :contact ORDER BY id", contact=contact)]


def given_up(tx: Tx, limit: int) -> list[OutboxRow]:
    """Give at most ``limit`` messages that are unknown or failed, and that `resend` takes, the latest first."""
    found = tx.rows(
        "SELECT * FROM outbox WHERE status IN ('unknown', 'failed') ORDER BY id DESC LIMIT :limit", limit=limit
    )
    return [_read(row) for row in found]


def unsettled(tx: Tx, before: float, limit: int) -> list[OutboxRow]:
    """Give accepted messages without a final receipt that were sent, and last `polled`, before ``before``."""
    return [
        _read(row)
        for row in tx.rows(
            "SELECT * FROM outbox WHERE asked_at < :before ORDER BY asked_at, id LIMIT :limit",
            before=before,
            limit=limit,
        )
    ]


def polled(tx: Tx, outbox_id: int, at: float) -> None:
    """Record that the gateway was asked for the status of a message."""
    tx.run(
        "UPDATE outbox SET asked_at = :at WHERE id = :outbox_id AND asked_at IS NOT NULL", outbox_id=outbox_id, at=at
    )


def _first(found: Sequence[Row]) -> OutboxRow | None:
    return _read(found[0]) if found else None


def _read(row: Row) -> OutboxRow:
    return OutboxRow(**{name: row[name] for name in _FIELDS})
