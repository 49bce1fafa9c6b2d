"""Events and turns: what came in, in order for each contact, and the one transaction that ends a turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot import codec
from chatbot.errors import Conflict
from chatbot.events import Timeout
from chatbot.store import conversations, invocations, journal, outbox, timers, tombstones
from chatbot.store.protocol import (
    Claim,
    Conversation,
    NewEvent,
    NewOutgoing,
    Row,
    SentMessage,
    StoredEvent,
    TurnRecord,
    Tx,
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """An event that no try could handle: why (a traceback), and when it was set aside."""

    event: StoredEvent
    error: str
    at: float


def accept(tx: Tx, event: NewEvent) -> int | None:
    """Store ``event`` and give its id; None when it was stored before, also when it was erased since.

    A reply to a message that we do not know proves that the contact's one unanswered message was accepted.
    """
    if tombstones.buried(tx, tombstones.of_event(event.contact, event.account, event.kind, event.key)):
        return None
    event_id = journal.add(tx, event)
    if event_id is not None and event.kind == "message" and event.reply_to:
        _take_as_evidence(tx, event.contact, event.reply_to, event.at)
    return event_id


def _take_as_evidence(tx: Tx, contact: str, request_id: str, at: float) -> None:
    if tx.row("SELECT id FROM outbox WHERE request_id = :request_id", request_id=request_id) is not None:
        return
    unanswered = tx.rows(
        """
        SELECT id FROM outbox
        WHERE contact = :contact AND request_id IS NULL
        AND (status IN ('ambiguous', 'unknown') OR status = 'waiting' AND attempts > 0) LIMIT 2
        """,
        contact=contact,
    )
    if len(unanswered) == 1:
        outbox.evidence(tx, unanswered[0]["id"], request_id, at)


def waiting(tx: Tx, now: float, limit: int) -> list[str]:
    """Give at most ``limit`` contacts whose oldest waiting event is due, the oldest event first.

    An event counts as waiting also while its turn is under way.
    """
    rows = tx.rows(
        """
        SELECT e.contact FROM event e
        WHERE e.status = 'waiting' AND e.not_before <= :now AND NOT EXISTS (
            SELECT 1 FROM event b WHERE b.contact = e.contact AND b.status = 'waiting' AND b.id < e.id
        )
        ORDER BY e.id LIMIT :limit
        """,
        now=now,
        limit=limit,
    )
    return [row["contact"] for row in rows]


def next_due(tx: Tx) -> float | None:
    """Give the time at which the next contact's oldest waiting event is due, or None."""
    row = tx.row(
        """
        SELECT min(e.not_before) AS due FROM event e
        WHERE e.status = 'waiting' AND NOT EXISTS (
            SELECT 1 FROM event b WHERE b.contact = e.contact AND b.status = 'waiting' AND b.id < e.id
        )
        """
    )
    return None if row is None else row["due"]


def claim(tx: Tx, contact: str, now: float) -> Claim | None:
    """Give the contact's oldest waiting event with its attempt counted; None when there is none or it is not due.

    Until that attempt is ended or postponed, the event counts as `interrupted`.
    """
    row = tx.row(
        """
        UPDATE event SET attempts = attempts + 1, error = ''
        WHERE id = (SELECT id FROM event WHERE contact = :contact AND status = 'waiting' ORDER BY id LIMIT 1)
        AND not_before <= :now
        RETURNING id, contact, account, kind, key, payload, accepted_at, attempts, reply_to
        """,
        contact=contact,
        now=now,
    )
    if row is None:
        return None
    replied_to = _sent(tx, contact, row["reply_to"]) if row["reply_to"] else None
    delivered = row["kind"] == "timeout" and _has_arrived(tx, contact, codec.loads(row["payload"], Timeout))
    return Claim(_event(row), conversations.one(tx, contact, row["account"]), replied_to, delivered)


def interrupted(tx: Tx) -> list[StoredEvent]:
    """At start: give the events that were being handled when the last process ended, the oldest first."""
    rows = tx.rows("SELECT * FROM event WHERE status = 'waiting' AND attempts > 0 AND error = '' ORDER BY id")
    return [_event(row) for row in rows]


def _has_arrived(tx: Tx, contact: str, timeout: Timeout) -> bool:
    """Tell whether every message of the visit that set the timer has been delivered."""
    row = tx.row(
        """
        SELECT count(*) AS sent, sum(CASE WHEN receipt IN ('DELIVERED', 'SEEN') THEN 1 ELSE 0 END) AS arrived
        FROM outbox WHERE contact = :contact AND flow = :flow AND state = :state AND visit = :visit
        """,
        contact=contact,
        flow=timeout.flow,
        state=timeout.state,
        visit=timeout.visit,
    )
    return row is not None and row["sent"] > 0 and row["sent"] == row["arrived"]


def _event(row: Row) -> StoredEvent:
    return StoredEvent(
        row["id"],
        row["contact"],
        row["account"],
        row["kind"],
        row["key"],
        row["payload"],
        row["accepted_at"],
        row["attempts"],
    )


def _sent(tx: Tx, contact: str, request_id: str) -> SentMessage | None:
    row = tx.row(
        """
        SELECT id AS outbox_id, flow, state, visit, body FROM outbox
        WHERE request_id = :request_id AND contact = :contact ORDER BY id DESC LIMIT 1
        """,
        request_id=request_id,
        contact=contact,
    )
    return None if row is None else SentMessage(**row)


def finish(tx: Tx, record: TurnRecord) -> list[int]:
    """Keep everything that a turn did; give the ids of its messages in order.

    Raises Conflict when the event is no longer waiting under the claimed attempt, or the conversation was changed
    since the claim: then somebody else has handled, or will handle, the event.
    """
    event, at = record.claim.event, record.at
    _end(tx, event, "done", "", at)
    if record.conversation is None:
        _check_version(tx, record.claim)
    else:
        _keep_conversation(tx, record.claim, record.conversation, at)
        if record.left is not None:
            timers.drop(tx, event.contact, event.account, record.left)
            invocations.drop(tx, event.contact, event.account, record.left)
    sent = outbox.add(tx, event.contact, event.account, event.id, record.outgoing, at)
    if record.conversation is not None:
        timers.add(tx, event.contact, event.account, record.timers, at, after_outbox=sent[-1] if sent else None)
    invocations.add(tx, event.contact, event.account, record.invocations, at)
    _log(tx, record)
    return sent


def _end(tx: Tx, event: StoredEvent, status: str, error: str, at: float) -> None:
    ended = tx.run(
        """
        UPDATE event SET status = :status, error = :error, ended_at = :at
        WHERE id = :id AND status = 'waiting' AND attempts = :attempts
        """,
        id=event.id,
        status=status,
        error=error,
        at=at,
        attempts=event.attempts,
    )
    if ended != 1:
        raise Conflict(f"event {event.id} was claimed or ended by someone else since attempt {event.attempts}")


def _check_version(tx: Tx, claim: Claim) -> None:
    event = claim.event
    row = tx.row(
        "SELECT version FROM conversation WHERE contact = :contact AND account = :account",
        contact=event.contact,
        account=event.account,
    )
    if (0 if row is None else row["version"]) != _version(claim):
        raise Conflict(f"the conversation of event {event.id} was changed since version {_version(claim)}")


def _version(claim: Claim) -> int:
    return 0 if claim.conversation is None else claim.conversation.version


_INSERT = """
    INSERT INTO conversation (contact, account, flow, state, data, fingerprint, visit, history, progress, suspended,
        final, version, updated_at)
    VALUES (:contact, :account, :flow, :state, :data, :fingerprint, :visit, :history, :progress, :suspended,
        :final, :version + 1, :at)
    ON CONFLICT (contact, account) DO NOTHING
"""
_UPDATE = """
    UPDATE conversation SET flow = :flow, state = :state, data = :data, fingerprint = :fingerprint, visit = :visit,
        history = :history, progress = :progress, suspended = :suspended, final = :final,
        version = :version + 1, updated_at = :at
    WHERE contact = :contact AND account = :account AND version = :version
"""


def _keep_conversation(tx: Tx, claim: Claim, conversation: Conversation, at: float) -> None:
    version = _version(claim)
    kept = tx.run(
        _UPDATE if version else _INSERT,
        contact=claim.event.contact,
        account=claim.event.account,
        flow=conversation.flow,
        state=conversation.state,
        data=conversation.data,
        fingerprint=conversation.fingerprint,
        visit=conversation.visit,
        history=codec.dumps(conversation.history),
        progress=conversation.progress,
        suspended=conversation.suspended,
        final=int(conversation.final),
        version=version,
        at=at,
    )
    if kept != 1:
        raise Conflict(f"the conversation of event {claim.event.id} was changed since version {version}")


def _log(tx: Tx, record: TurnRecord) -> None:
    event = record.claim.event
    tx.run(
        """
        INSERT INTO turn (contact, account, event_id, at, before, after, row, log)
        VALUES (:contact, :account, :event_id, :at, :before, :after, :row, :log)
        """,
        contact=event.contact,
        account=event.account,
        event_id=event.id,
        at=record.at,
        before=record.before,
        after=record.after,
        row=record.row,
        log=record.log,
    )


def postpone(tx: Tx, event: StoredEvent, until: float, error: str, counted: bool = True) -> None:
    """Let a claimed event wait until ``until`` for its next try; unless ``counted``, this one was none.

    Later events of its contact wait with it. No effect when somebody else has claimed or ended it meanwhile.
    """
    tx.run(
        """
        UPDATE event SET not_before = :until, error = :error, attempts = attempts - :uncounted
        WHERE id = :id AND status = 'waiting' AND attempts = :attempts
        """,
        id=event.id,
        until=until,
        error=error,
        uncounted=0 if counted else 1,
        attempts=event.attempts,
    )


def set_aside(tx: Tx, event: StoredEvent, error: str, at: float, apology: Sequence[NewOutgoing] = ()) -> list[int]:
    """Give up an event, keep ``error`` (a traceback) with it and queue ``apology``; give the ids of its messages.

    Raises Conflict when the event is no longer waiting under this attempt.
    """
    _end(tx, event, "aside", error, at)
    return outbox.add(tx, event.contact, event.account, event.id, apology, at)


def retry(tx: Tx, event_id: int, at: float) -> bool:
    """Let an event that was set aside be tried anew; False when it is not aside."""
    changed = tx.run(
        """
        UPDATE event SET status = 'waiting', attempts = 0, not_before = :at, ended_at = NULL, error = ''
        WHERE id = :id AND status = 'aside'
        """,
        id=event_id,
        at=at,
    )
    return changed == 1


def aside(tx: Tx, limit: int) -> list[SetAside]:
    """Give at most ``limit`` events that were set aside, the latest first."""
    rows = tx.rows("SELECT * FROM event WHERE status = 'aside' ORDER BY id DESC LIMIT :limit", limit=limit)
    return [SetAside(_event(row), row["error"], row["ended_at"]) for row in rows]


def turns(tx: Tx, contact: str, limit: int) -> list[Row]:
    """Give the contact's latest turns, at most ``limit``, the latest first.

    Each has ``contact``, ``id``, ``account``, ``event_id``, ``at``, ``before``, ``after``, ``row`` and ``log``.
    """
    found = tx.rows(
        "SELECT * FROM turn WHERE contact = :contact ORDER BY id DESC LIMIT :limit", contact=contact, limit=limit
    )
    return [dict(row) for row in found]
