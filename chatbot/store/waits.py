"""Waits that were begun under a clock that stood ahead, and would last until it is that late again."""

from __future__ import annotations

from chatbot.store.protocol import Tx

# Which rows wait, and how many seconds at most: longer than any backoff, than an hour of Retry-After, than the time
# that is given for evidence. What was never tried waits for nothing.
_LONGEST = (
    ("event", "waiting", 60.0),
    ("invocation", "waiting", 3600.0),
    ("outbox", "waiting", 3600.0),
    ("outbox", "ambiguous", 60.0),
)


def shorten(tx: Tx, now: float) -> int:
    """Let nothing but timers wait longer than it ever should from ``now`` on; give how many did.

    For the start of a process, and for a clock that was set back.
    """
    tx.run("UPDATE outbox SET asked_at = :now WHERE asked_at > :now", now=now)
    return sum(
        tx.run(
            f"""
            UPDATE {table} SET not_before = :now + CASE attempts WHEN 0 THEN 0.0 ELSE :longest END
            WHERE status = '{status}' AND not_before > :now + CASE attempts WHEN 0 THEN 0.0 ELSE :longest END
            """,  # noqa: S608 - our own names; a partial index serves literals only
            now=now,
            longest=longest,
        )
        for table, status, longest in _LONGEST
    )
