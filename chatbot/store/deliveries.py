"""What became of a message, folded into its outbox row and told to the flow that sent it."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.events import Delivery
from chatbot.messages import ReceiptState, fold
from chatbot.store import journal, tombstones
from chatbot.store.protocol import Row, Tx


def tell(tx: Tx, sent: Row, key: str, status: ReceiptState, channel: str | None, reason: str, at: float) -> bool:
    """Store the event that tells the sender of the outbox row ``sent`` its ``status``; False when ``key`` was told."""
    news = Delivery(sent["id"], sent["flow"], sent["state"], sent["visit"], status, channel, reason)
    return journal.tell(tx, sent["contact"], sent["account"], key, news, at)


def join(tx: Tx, outbox_id: int, request_id: str, at: float) -> bool:
    """Fold the orphan receipts of ``request_id`` into the message ``outbox_id``, if they name its contact or none.

    Gives True when its state changed, which is then told to the flow in one event; in two, when it was seen and nobody
    knew yet that it was delivered.
    """
    sent = tx.row(
        "SELECT id, contact, account, flow, state, visit, receipt FROM outbox WHERE id = :outbox_id",
        outbox_id=outbox_id,
    )
    if sent is None:
        _forget(tx, request_id, at)
        return False
    orphans = tx.rows(
        """
        UPDATE receipt SET status = 'joined', outbox_id = :outbox_id
        WHERE contact IN (:contact, '') AND request_id = :request_id AND status = 'orphan'
        RETURNING id, state, channel, error_code
        """,
        outbox_id=outbox_id,
        contact=sent["contact"],
        request_id=request_id,
    )
    before = None if sent["receipt"] is None else ReceiptState(sent["receipt"])
    known, latest = _folded(before, orphans)
    if orphans and known is not None and known.is_final:
        tx.run("UPDATE outbox SET asked_at = NULL WHERE id = :outbox_id", outbox_id=outbox_id)
    if latest is None or known is None:
        return False
    tx.run(
        "UPDATE outbox SET receipt = :receipt, channel = :channel, error = :error WHERE id = :outbox_id",
        outbox_id=outbox_id,
        receipt=known.value,
        channel=latest["channel"],
        error=latest["error_code"],
    )
    key, news = f"receipt-{latest['id']}", (latest["channel"], latest["error_code"], at)
    if known is ReceiptState.SEEN and before is not ReceiptState.DELIVERED:  # a flow may wait for that, and for no more
        tell(tx, sent, f"{key}-delivered", ReceiptState.DELIVERED, *news)
    return tell(tx, sent, key, known, *news)


def _folded(known: ReceiptState | None, orphans: Sequence[Row]) -> tuple[ReceiptState | None, Row | None]:
    """Fold ``orphans`` into what is known, and give the result with the one that brought it about, if one did."""
    latest = None
    for orphan in sorted(orphans, key=lambda row: row["id"]):
        folded = fold(known, ReceiptState(orphan["state"]))
        if folded is not known:
            known, latest = folded, orphan
    return known, latest


def _forget(tx: Tx, request_id: str, at: float) -> None:
    """Bury the id of a message that was erased while it was sent, and what was heard of it meanwhile."""
    tombstones.bury(tx, [tombstones.of_request(request_id)], at)
    tx.run("DELETE FROM receipt WHERE request_id = :request_id AND status = 'orphan'", request_id=request_id)
