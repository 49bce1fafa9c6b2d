"""What comes in is stored before anything else happens; when `receive` returns, it is on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum

from chatbot import codec
from chatbot.engine.tokens import Tokens
from chatbot.errors import WireError
from chatbot.messages import Inbound, Receipt
from chatbot.store import inbox, quarantine, receipts
from chatbot.store.protocol import NewEvent, NewReceipt, Store, Tx
from chatbot.tyntec import wire

log = logging.getLogger(__name__)


class Kept(Enum):
    """What became of a body: both are accepted, and only an accepted one was understood."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"


class Intake:
    """Stores callbacks. ``wakes`` is told of each contact that has a new event."""

    def __init__(self, store: Store, tokens: Tokens, clock: Callable[[], float], wakes: Callable[[str], None]) -> None:
        self.store = store
        self.tokens = tokens
        self.clock = clock
        self.wakes = wakes

    async def receive(self, body: bytes, outbox_id: int | None = None) -> Kept:
        """Store one callback's body. ``outbox_id`` is what its verified token named.

        A body that cannot be read is quarantined: to refuse it would make the gateway repeat it for two days.
        Raises StoreError when nothing was stored.
        """
        try:
            came = wire.read_callback(body)
        except WireError as error:
            kept = await self.store.write(quarantine.add, body, str(error), self.clock())
            log.error("a callback could not be read; chatbot retry lists it as quarantine %d: %s", kept, error)
            return Kept.QUARANTINED
        await self.keep(came, outbox_id)
        return Kept.ACCEPTED

    async def keep(self, came: Inbound | Receipt, outbox_id: int | None = None) -> None:
        """Store a message or a receipt, unless it is known; a receipt belongs to ``outbox_id``, if that is given."""
        contact = await self.store.write(_accept, _record(came, self.clock(), outbox_id))
        if contact is not None:
            self.wakes(contact)

    async def start(self, contact: str, account: str, flow: str, fields: dict[str, object], key: str) -> bool:
        """Store the wish to start ``flow`` for ``contact``. False when ``key`` is known already."""
        event = NewEvent(contact, account, "start", key, codec.dumps({"flow": flow, "data": fields}), self.clock())
        fresh = await self.store.write(inbox.accept, event) is not None
        self.wakes(contact)
        return fresh


def read_again(tx: Tx, quarantine_id: int, at: float) -> bool:
    """Store what a body in quarantine says, now that it can be read; False when there is none of that id.

    Raises WireError when it still cannot be read.
    """
    kept = quarantine.one(tx, quarantine_id)
    if kept is None:
        return False
    _accept(tx, _record(wire.read_callback(kept.body), at))
    quarantine.remove(tx, quarantine_id)
    return True


def _record(came: Inbound | Receipt, at: float, outbox_id: int | None = None) -> NewEvent | NewReceipt:
    if isinstance(came, Inbound):
        return NewEvent(
            contact=came.contact,
            account=came.account,
            kind="message",
            key=came.request_id,
            payload=codec.dumps(came),
            at=at,
            reply_to=came.reply_to,
        )
    return NewReceipt(
        contact=came.contact or "",
        request_id=came.request_id,
        key=wire.receipt_key(came),
        state=came.state.value,
        channel=came.channel,
        error_code=came.error_code,
        body=codec.dumps(came),
        at=at,
        outbox_id=outbox_id,
    )


def _accept(tx: Tx, record: NewEvent | NewReceipt) -> str | None:
    """Store it, unless it is known; give the contact when there is something new to do for it."""
    if isinstance(record, NewReceipt):
        return receipts.accept(tx, record)
    return record.contact if inbox.accept(tx, record) is not None else None
