"""Slow calls that states ask for: run outside the turn, their result comes back as an event."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.store import journal
from chatbot.store.protocol import Invocation, NewEvent, NewInvocation, Tx

_CLAIMED = ", ".join(Invocation.__slots__)


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
        f"""
        UPDATE invocation SET status = 'running', attempts = attempts + 1
        WHERE id IN (
            SELECT id FROM invocation
            WHERE status = 'waiting' AND not_before <= :now ORDER BY not_before, id LIMIT :limit
        )
        RETURNING {_CLAIMED}
        """,  # noqa: S608 - our own names
        now=now,
        limit=limit,
    )
    return sorted((Invocation(**row) for row in claimed), key=lambda invocation: invocation.id)


def finish(tx: Tx, invocation: Invocation, result: str, at: float) -> bool:
    """End a call and tell the flow its ``result``, the JSON of a `Result`.

    Gives False, and tells nothing, when the call is gone: its state was left, or it was finished before.
    """
    if not tx.run("DELETE FROM invocation WHERE id = :id", id=invocation.id):
        return False
    key = f"invocation-{invocation.id}"
    return journal.add(tx, NewEvent(invocation.contact, invocation.account, "result", key, result, at)) is not None


def postpone(tx: Tx, invocation: Invocation, until: float, error: str, counted: bool = True) -> None:
    """Let a call wait until ``until`` for its next try; unless ``counted``, this one was none."""
    tx.run(
        """
        UPDATE invocation SET status = 'waiting', not_before = :until, error = :error, attempts = attempts - :uncounted
        WHERE id = :id AND attempts = :attempts
        """,
        id=invocation.id,
        until=until,
        error=error,
        uncounted=0 if counted else 1,
        attempts=invocation.attempts,
    )


def interrupted(tx: Tx) -> list[int]:
    """At start: give the calls that were under way when the last process ended, the oldest first."""
    return [row["id"] for row in tx.rows("SELECT id FROM invocation WHERE status = 'running' ORDER BY id")]


def claim_again(tx: Tx, invocation_id: int) -> Invocation | None:
    """Give an interrupted call with the attempt counted; None when it is wanted no more."""
    row = tx.row(
        f"""
        UPDATE invocation SET attempts = attempts + 1 WHERE id = :id AND status = 'running' RETURNING {_CLAIMED}
        """,  # noqa: S608 - our own names
        id=invocation_id,
    )
    return None if row is None else Invocation(**row)


def next_due(tx: Tx) -> float | None:
    """Give the time at which the next waiting call is due, or None."""
    row = tx.row("SELECT not_before FROM invocation WHERE status = 'waiting' ORDER BY not_before LIMIT 1")
    return None if row is None else row["not_before"]
