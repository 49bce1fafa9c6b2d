"""Asks the gateway about messages that stay open: it promises no second receipt for one that was lost."""

from __future__ import annotations

import logging
from collections.abc import Callable

from chatbot.engine.intake import Intake
from chatbot.errors import Refused, Rejected, SendError
from chatbot.store import outbox
from chatbot.store.protocol import Store
from chatbot.tyntec.client import Gateway

log = logging.getLogger(__name__)

OPEN_FOR = 300.0
"""Seconds without a final receipt after which a message is asked about, and between two questions about it."""
AT_ONCE = 20


class Poller:
    """Polls the status of accepted messages without a final receipt."""

    def __init__(self, store: Store, gateway: Gateway, intake: Intake, clock: Callable[[], float]) -> None:
        self.store = store
        self.gateway = gateway
        self.intake = intake
        self.clock = clock

    async def tick(self) -> int:
        """Ask about some open messages. Gives how many there were to ask about."""
        rows = await self.store.read(outbox.unsettled, self.clock() - OPEN_FOR, AT_ONCE)
        for row in rows:
            await self.store.write(outbox.polled, row.id, self.clock())
            if row.request_id is None:
                continue
            try:
                receipt = await self.gateway.status(row.request_id)
            except Rejected as error:
                log.warning("the gateway knows message %d no more: %s", row.id, error)
            except Refused as error:
                log.error("the status of messages cannot be asked: %s", error)
                return len(rows)
            except SendError as error:
                log.info("the status of message %d is not to be had now: %s", row.id, error)
                return len(rows)
            else:
                await self.intake.keep(receipt, row.id)
        return len(rows)
