"""Everything that is kept of one contact: given to them, or removed.

Besides the rows that lead with the contact there are receipts that did not name it and were joined to a message of
theirs, and bodies in the quarantine that nobody could read and that hold the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chatbot import codec
from chatbot.store import tombstones
from chatbot.store.protocol import Row, Tx

RETRIED_FOR = 3 * 86_400.0
"""Seconds that an erased message is remembered: the gateway repeats it for 48 h ("Receive an inbound message"), and a
clock may have been wrong by a day."""
TOLD_FOR = 14 * 86_400.0
"""Seconds after its sending in which news of a message may come: the gateway's longest ttl."""

# Each table and which of its rows are the contact's. Receipts first: the outbox says whose the nameless ones are.
_OWN = {
    "receipt": """
        contact = :contact OR contact = '' AND outbox_id IN (SELECT id FROM outbox WHERE contact = :contact)
    """,
    **dict.fromkeys(("conversation", "event", "turn", "outbox", "timer", "invocation"), "contact = :contact"),
}
_JSON_COLUMNS = ("payload", "data", "history", "progress", "suspended", "body", "log")
_PAGE = 20


def export(tx: Tx, contact: str) -> dict[str, list[dict[str, Any]]]:
    """Give all that is kept of ``contact``, table by table: rows as plain dicts, their JSON columns parsed.

    A body from the quarantine is given as text, bytes that are none of it escaped. Tombstones are left out: nobody can
    tell whose they are.
    """
    kept = {table: [_plain(row) for row in _rows(tx, table, contact)] for table in _OWN}
    unreadable = [_plain(row) for row in _quarantined(tx, contact)]
    return {**kept, "quarantine": unreadable}


def latest(tx: Tx, limit: int) -> list[str]:
    """Give at most ``limit`` contacts, the one with the latest event first. Reads every event."""
    rows = tx.rows("SELECT contact FROM event GROUP BY contact ORDER BY max(id) DESC LIMIT :limit", limit=limit)
    return [row["contact"] for row in rows]


def erase(tx: Tx, contact: str, at: float) -> dict[str, int]:
    """Remove all that is kept of ``contact``; give the number of rows by table.

    A message that is repeated afterwards and a receipt of a message that was sent find a tombstone and have no effect.
    A turn under way ends in Conflict. What was removed can be read from the files until `Store.scrub`.
    """
    tombstones.bury(tx, _names(tx, contact, at), at)
    unreadable = [row["id"] for row in _quarantined(tx, contact)]
    removed = {
        table: tx.run(f"DELETE FROM {table} WHERE {own}", contact=contact)  # noqa: S608 - the names above
        for table, own in _OWN.items()
    }
    removed["quarantine"] = sum(tx.run("DELETE FROM quarantine WHERE id = :id", id=row_id) for row_id in unreadable)
    return removed


def _rows(tx: Tx, table: str, contact: str) -> Iterator[Row]:
    order = "account" if table == "conversation" else "id"
    yield from tx.rows(f"SELECT * FROM {table} WHERE {_OWN[table]} ORDER BY {order}", contact=contact)  # noqa: S608


def _names(tx: Tx, contact: str, at: float) -> Iterator[tombstones.Name]:
    """Name what may come again from outside: messages and starts of late, and news of what was sent."""
    events = tx.rows(
        """
        SELECT account, kind, key FROM event
        WHERE contact = :contact AND kind IN ('message', 'start') AND accepted_at > :since
        """,
        contact=contact,
        since=at - RETRIED_FOR,
    )
    for event in events:
        yield tombstones.of_event(contact, event["account"], event["kind"], event["key"])
    sent = tx.rows(
        "SELECT id, request_id FROM outbox WHERE contact = :contact AND coalesce(sent_at, :at) > :since",
        contact=contact,
        at=at,
        since=at - TOLD_FOR,
    )
    for message in sent:
        yield tombstones.of_message(message["id"])
        if message["request_id"] is not None:
            yield tombstones.of_request(message["request_id"])


def _quarantined(tx: Tx, contact: str) -> Iterator[Row]:
    """Give the unreadable bodies that hold the contact's number, however it is written."""
    number = _written(contact)
    after = 0
    while page := tx.rows(
        "SELECT * FROM quarantine WHERE id > :after ORDER BY id LIMIT :limit", after=after, limit=_PAGE
    ):
        yield from (row for row in page if number.search(bytes(row["body"])))
        after = page[-1]["id"]


def _written(contact: str) -> re.Pattern[bytes]:
    between = rb"[\0 ().\-/]{0,3}"  # as people write numbers, and as UTF-16 does
    digits = between.join(digit.encode() for digit in contact.removeprefix("+"))
    return re.compile(rb"(?<![0-9])(?<![0-9]\0)(?:0" + between + rb"0" + between + rb")?" + digits + rb"(?!\0?[0-9])")


def _plain(row: Row) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in dict(row).items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    if name in _JSON_COLUMNS and isinstance(value, str):
        try:
            return codec.loads(value, object)
        except codec.CodecError:
            return value
    return value
