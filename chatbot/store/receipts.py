"""Receipts: stored always, joined to the message they speak of now or when it becomes known."""

from __future__ import annotations

from chatbot.messages import ReceiptState
from chatbot.store import deliveries, outbox, tombstones
from chatbot.store.protocol import NewReceipt, Row, Tx


def accept(tx: Tx, receipt: NewReceipt) -> str | None:
    """Store ``receipt`` and let it speak; give the contact when there is something new to do for it, else None.

    ``receipt.contact`` is empty when the gateway did not name it: the message then says whose it is. A receipt whose
    ``outbox_id`` names a message of another contact is stored and changes nothing. One that fits no message waits for
    `outbox.accepted`. One that fits a message that was POSTed and not accepted yet proves that it was. One of a message
    that was erased is not stored.
    Raises ValueError when ``receipt.state`` is not a ReceiptState.
    """
    if _is_of_erased(tx, receipt):
        return None
    sent = _message_of(tx, receipt)
    refused = receipt.outbox_id is not None and sent is None
    contact: str = receipt.contact if sent is None else sent["contact"]
    if not _keep(tx, receipt, contact, "refused" if refused else "orphan") or sent is None:
        return None
    proves = outbox.evidence(tx, sent["id"], receipt.request_id, receipt.at)
    return contact if proves or deliveries.join(tx, sent["id"], receipt.request_id, receipt.at) else None


def _is_of_erased(tx: Tx, receipt: NewReceipt) -> bool:
    named = [] if receipt.outbox_id is None else [tombstones.of_message(receipt.outbox_id)]
    return tombstones.buried(tx, tombstones.of_request(receipt.request_id), *named)


def _message_of(tx: Tx, receipt: NewReceipt) -> Row | None:
    if receipt.outbox_id is not None:
        return tx.row(
            "SELECT id, contact FROM outbox WHERE id = :outbox_id AND :contact IN (contact, '')",
            outbox_id=receipt.outbox_id,
            contact=receipt.contact,
        )
    return tx.row(
        """
        SELECT id, contact FROM outbox WHERE request_id = :request_id AND :contact IN (contact, '')
        ORDER BY id DESC LIMIT 1
        """,
        request_id=receipt.request_id,
        contact=receipt.contact,
    )


def _keep(tx: Tx, receipt: NewReceipt, contact: str, status: str) -> bool:
    """Store ``receipt``; False when the same news was stored before and needs no further look."""
    # The same news may have come first without a token and found no message, or with a wrong one: now it is heard.
    kept = tx.run(
        """
        INSERT INTO receipt (contact, request_id, key, state, channel, error_code, body, accepted_at, status, outbox_id)
        VALUES (:contact, :request_id, :key, :state, :channel, :error_code, :body, :at, :status, :outbox_id)
        ON CONFLICT (contact, key) DO UPDATE SET status = 'orphan', request_id = excluded.request_id
        WHERE receipt.status <> 'joined' AND excluded.status = 'orphan'
        """,
        contact=contact,
        request_id=receipt.request_id,
        key=receipt.key,
        state=ReceiptState(receipt.state).value,
        channel=receipt.channel,
        error_code=receipt.error_code,
        body=receipt.body,
        at=receipt.at,
        status=status,
        outbox_id=receipt.outbox_id,
    )
    return kept == 1
