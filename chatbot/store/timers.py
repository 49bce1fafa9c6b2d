"""Timers of states: on disk, started when the prompt was sent, fired once as an event."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.events import Timeout
from chatbot.store import journal
from chatbot.store.protocol import NewTimer, Tx


def add(
    tx: Tx, contact: str, account: str, timers: Sequence[NewTimer], at: float, after_outbox: int | None = None
) -> None:
    """Store ``timers``. They run from ``at``, or wait until the message ``after_outbox`` has been dealt with."""
    for timer in timers:
        tx.run(
            """
            INSERT INTO timer (contact, account, flow, state, visit, name, delay, due, after_outbox)
            VALUES (:contact, :account, :flow, :state, :visit, :name, :delay, :due, :after_outbox)
            """,
            contact=contact,
            account=account,
            flow=timer.flow,
            state=timer.state,
            visit=timer.visit,
            name=timer.name,
            delay=float(timer.delay),
            due=timer.due or (at + timer.delay if after_outbox is None else None),
            after_outbox=after_outbox if timer.due is None else None,
        )


def start(tx: Tx, outbox_id: int, at: float) -> None:
    """Start the timers that wait for the message ``outbox_id``. No effect on those that run already."""
    tx.run(
        "UPDATE timer SET due = delay + :at, after_outbox = NULL WHERE after_outbox = :outbox_id",
        outbox_id=outbox_id,
        at=at,
    )


def drop(tx: Tx, contact: str, account: str, visit: int) -> None:
    """Forget the timers of a visit that was left."""
    tx.run(
        "DELETE FROM timer WHERE contact = :contact AND account = :account AND visit = :visit",
        contact=contact,
        account=account,
        visit=visit,
    )


def fire(tx: Tx, now: float, limit: int) -> list[str]:
    """Turn at most ``limit`` timers that are due, the oldest first, into events; give the contacts to be woken."""
    fired = tx.rows(
        """
        DELETE FROM timer
        WHERE id IN (SELECT id FROM timer WHERE due <= :now ORDER BY due, id LIMIT :limit)
        RETURNING id, contact, account, flow, state, visit, name, due
        """,
        now=now,
        limit=limit,
    )
    contacts: dict[str, None] = {}
    for timer in sorted(fired, key=lambda row: (row["due"], row["id"])):
        timeout = Timeout(timer["flow"], timer["state"], timer["visit"], timer["name"])
        journal.tell(tx, timer["contact"], timer["account"], f"timer-{timer['id']}", timeout, now)
        contacts[timer["contact"]] = None
    return list(contacts)


def next_due(tx: Tx) -> float | None:
    """Give the time at which the next running timer is due, or None."""
    row = tx.row("SELECT due FROM timer WHERE due IS NOT NULL ORDER BY due LIMIT 1")
    return None if row is None else row["due"]
