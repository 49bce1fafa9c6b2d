"""What is over and has been kept long enough is deleted, in small steps, so that nobody waits for it.

A pass walks each table once in the order of its ids. That needs no index on times, which each message would pay for;
and since ids are given in the order of time, it stops where the rows become young.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.store.contacts import RETRIED_FOR, TOLD_FOR
from chatbot.store.protocol import Tx

# Each table, the column that tells its rows' age, and which rows are over. What may still be needed stays: an event as
# long as the gateway may repeat it, a message while the state that sent it waits for an answer to it.
_OVER = {
    "event": ("accepted_at", "status <> 'waiting' AND ended_at < :before AND accepted_at < :before"),
    "turn": ("at", "at < :before"),
    "outbox": (
        "created_at",
        """
        created_at < :before AND not_before < :before AND coalesce(sent_at, created_at) < :before
        AND (status IN ('failed', 'unknown') OR status = 'accepted' AND (asked_at IS NULL OR sent_at < :untold))
        AND NOT EXISTS (
            SELECT 1 FROM conversation c
            WHERE c.contact = outbox.contact AND c.account = outbox.account AND c.visit = outbox.visit AND c.final = 0
        )
        """,
    ),
    "receipt": (
        "accepted_at",
        """
        accepted_at < :before
        AND (status <> 'joined' OR NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = receipt.outbox_id))
        """,
    ),
    "quarantine": ("at", "at < :before"),
    "tombstone": ("at", "at < :before"),
}
_TABLES = (*_OVER, "conversation")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a pass stands: the table, and the last row that it has looked at (in conversations: whose it is)."""

    table: str = _TABLES[0]
    row: int = 0
    contact: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Purged:
    """One step: how many rows of which table it deleted, and where the next one goes on; None at the end of a pass."""

    table: str
    rows: int
    rest: Mark | None


def purge(tx: Tx, mark: Mark, now: float, keep: float, limit: int) -> Purged:
    """Look at ``limit`` rows behind ``mark`` and delete those that were over ``keep`` seconds ago.

    These are events that ended, also those that were set aside; turn logs; messages of which nothing more will be
    heard, with their receipts; receipts that fitted no message; the quarantine; tombstones; and conversations in a
    final state of which nothing else is left. Whatever ``keep`` says, nothing is deleted within `contacts.RETRIED_FOR`:
    the row is how a message that the gateway repeats is known; and no tombstone within `contacts.TOLD_FOR`.
    """
    before = now - max(keep, TOLD_FOR if mark.table == "tombstone" else RETRIED_FOR)
    if mark.table == "conversation":
        rows, rest = _purge_conversations(tx, mark, limit)
    else:
        rows, rest = _purge_rows(tx, mark, now, before, limit)
    if rest is None:
        following = _TABLES[_TABLES.index(mark.table) + 1 :]
        rest = Mark(following[0]) if following else None
    return Purged(mark.table, rows, rest)


def _purge_rows(tx: Tx, mark: Mark, now: float, before: float, limit: int) -> tuple[int, Mark | None]:
    age, over = _OVER[mark.table]
    seen = tx.rows(
        f"SELECT id, {age} AS at FROM {mark.table} WHERE id > :after ORDER BY id LIMIT :limit",  # noqa: S608
        after=mark.row,
        limit=limit,
    )
    # Rows that a wrong clock has dated into the future are passed over, not taken for the end.
    if all(before <= row["at"] <= now for row in seen):
        return 0, None
    last = seen[-1]["id"]
    deleted = tx.run(
        f"DELETE FROM {mark.table} WHERE id > :after AND id <= :last AND ({over})",  # noqa: S608 - the names above
        after=mark.row,
        last=last,
        before=before,
        untold=before - TOLD_FOR,
    )
    return deleted, Mark(mark.table, last)


def _purge_conversations(tx: Tx, mark: Mark, limit: int) -> tuple[int, Mark | None]:
    seen = tx.rows(
        """
        SELECT contact, account FROM conversation WHERE (contact, account) > (:contact, :account)
        ORDER BY contact, account LIMIT :limit
        """,
        contact=mark.contact,
        account=mark.account,
        limit=limit,
    )
    if not seen:
        return 0, None
    last = Mark(mark.table, contact=seen[-1]["contact"], account=seen[-1]["account"])
    # Visits are counted anew when the contact comes back, so no row may be left that speaks of an old visit. Its last
    # event is as old as the conversation itself.
    deleted = tx.run(
        """
        DELETE FROM conversation
        WHERE (contact, account) > (:contact, :account) AND (contact, account) <= (:last_contact, :last_account)
        AND final = 1 AND suspended = '[]'
        AND NOT EXISTS (SELECT 1 FROM event e WHERE e.contact = conversation.contact
            AND e.account = conversation.account)
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.contact = conversation.contact
            AND o.account = conversation.account)
        AND NOT EXISTS (SELECT 1 FROM timer t WHERE t.contact = conversation.contact
            AND t.account = conversation.account)
        AND NOT EXISTS (SELECT 1 FROM invocation i WHERE i.contact = conversation.contact
            AND i.account = conversation.account)
        """,
        contact=mark.contact,
        account=mark.account,
        last_contact=last.contact,
        last_account=last.account,
    )
    return deleted, last
