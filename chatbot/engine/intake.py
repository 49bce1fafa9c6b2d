"""What comes in is stored before anything else happens; when `receive` returns, it is on disk."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from chatbot import codec
from chatbot.engine.tokens import Tokens
from chatbot.errors import WireError
from chatbot.messages import Inbound, Receipt
from chatbot.store import inbox, receipts
from chatbot.store.protocol import NewEvent, NewReceipt, Store
from chatbot.tyntec import wire


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
            await self.store.write(inbox.quarantine, body, str(error), self.clock())
            return Kept.QUARANTINED
        if isinstance(came, Inbound):
            await self.message(came)
        else:
            await self.receipt(came, outbox_id)
        return Kept.ACCEPTED

    async def message(self, came: Inbound) -> None:
        """Store one message, unless it is known."""
        event = NewEvent(
            contact=came.contact,
            account=came.account,
            kind="message",
            key=came.request_id,
            payload=codec.dumps(came),
            at=self.clock(),
            reply_to=came.reply_to,
        )
        if await self.store.write(inbox.accept, event) is not None:
            self.wakes(came.contact)

    async def receipt(self, came: Receipt, outbox_id: int | None = None) -> None:
        """Store one receipt, unless it is known, and join it to its message, now or when that is known."""
        receipt = NewReceipt(
            contact=came.contact or "",
            request_id=came.request_id,
            key=wire.receipt_key(came),
            state=came.state.value,
            channel=came.channel,
            error_code=came.error_code,
            body=codec.dumps(came),
            at=self.clock(),
            outbox_id=outbox_id,
        )
        contact = await self.store.write(receipts.accept, receipt)
        if contact is not None:
            self.wakes(contact)

    async def start(self, contact: str, account: str, flow: str, fields: dict[str, object], key: str) -> bool:
        """Store the wish to start ``flow`` for ``contact``. False when ``key`` is known already."""
        event = NewEvent(contact, account, "start", key, codec.dumps({"flow": flow, "data": fields}), self.clock())
        fresh = await self.store.write(inbox.accept, event) is not None
        self.wakes(contact)
        return fresh
