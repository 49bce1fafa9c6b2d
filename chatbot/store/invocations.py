"""Slow calls that states ask for: run outside the turn, their result comes back as an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatbot import codec
from chatbot.events import Result
from chatbot.store import journal
from chatbot.store.protocol import Invocation, NewInvocation, Tx


def add(tx: Tx, contact: str, account: str, invocations: Sequence[NewInvocation], at: float) -> None:
    """Store ``invocations``, due at once."""
    for invocation in invocations:
        tx.run(
            """
            INSERT INTO invocation (contact, account, function, data, flow, state, visit, timeout, retries, fingerprint,
                not_before)
            VALUES (:contact, :account, :function, :data, :flow, :state, :visit, :timeout, :retries, :fingerprint, :at)
            """,
            contact=contact,
            account=account,
            function=invocation.function,
            data=invocation.data,
            flow=invocation.flow,
            state=invocation.state,
            visit=invocation.visit,
            timeout=float(invocation.timeout),
            retries=invocation.retries,
            fingerprint=invocation.fingerprint,
            at=at,
        )


def drop(tx: Tx, contact: str, account: str, visit: int) -> None:
    """Forget the calls of a visit that was left; one that runs already will find that its result is not wanted."""
    tx.run(
        "DELETE FROM invocation WHERE contact = :contact AND account = :account AND visit = :visit",
        contact=contact,
        account=account,
        visit=visit,
    )


def claim(tx: Tx, now: float, limit: int) -> list[Invocation]:
    """Give at most ``limit`` calls that are due, the oldest first, with the attempt counted and marked running."""
    claimed = tx.rows(
        """
        UPDATE invocation SET status = 'running', attempts = attempts + 1
        WHERE id IN (
            SELECT id FROM invocation
            WHERE status = 'waiting' AND not_before <= :now ORDER BY not_before, id LIMIT :limit
        )
        RETURNING id, contact, account, function, data, flow, state, visit, timeout, retries, attempts, fingerprint
        """,
        now=now,
        limit=limit,
    )
    return sorted((Invocation(**row) for row in claimed), key=lambda invocation: invocation.id)


def finish(tx: Tx, invocation: Invocation, ok: bool, value_json: str | None, error: str, at: float) -> bool:
    """End a call and tell the flow its result: ``value_json`` if ``ok``, else ``error`` in words.

    Gives False, and tells nothing, when the call is gone: its state was left, or it was finished before.
    Raises codec.CodecError when ``value_json`` is not JSON.
    """
    if not tx.run("DELETE FROM invocation WHERE id = :id", id=invocation.id):
        return False
    value: Any = codec.loads(value_json, object) if ok and value_json is not None else None
    result = Result(invocation.flow, invocation.state, invocation.visit, invocation.id, ok, value, error)
    return journal.tell(tx, invocation.contact, invocation.account, f"invocation-{invocation.id}", result, at)


def postpone(tx: Tx, invocation_id: int, until: float, error: str) -> None:
    """Let a call that failed wait for its next try."""
    tx.run(
        "UPDATE invocation SET status = 'waiting', not_before = :until, error = :error WHERE id = :id",
        id=invocation_id,
        until=until,
        error=error,
    )


def recover(tx: Tx) -> int:
    """At start: let calls that a crash cut off run again. Gives how many."""
    return tx.run("UPDATE invocation SET status = 'waiting' WHERE status = 'running'")


def next_due(tx: Tx) -> float | None:
    """Give the time at which the next waiting call is due, or None."""
    row = tx.row("SELECT not_before FROM invocation WHERE status = 'waiting' ORDER BY not_before LIMIT 1")
    return None if row is None else row["not_before"]
