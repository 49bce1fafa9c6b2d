"""Whether the bot can take messages, for whoever asks, and however often: strangers ask too."""

from __future__ import annotations

import asyncio

from starlette.responses import JSONResponse, Response

from chatbot.engine.engine import Engine
from chatbot.errors import StoreError
from chatbot.store.protocol import Row, Tx

FRESH = 1.0
"""Seconds for which one look into the store answers everybody."""


class Readiness:
    """``GET /readyz``. Says why it is not well to nobody: the log does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._look: asyncio.Task[bool] | None = None
        self._looked_at = 0.0

    async def answer(self) -> Response:
        """Answer 200 when the store can be read, else 503. A sender that waits is no reason to take no messages."""
        if not await self._can_read():
            return JSONResponse({"ready": False}, status_code=503)
        sender = self._engine.sender
        sending = "paused" if sender.paused else "waiting" if sender.waits_for else "yes"
        return JSONResponse({"ready": True, "sending": sending})

    async def _can_read(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._look is None or (self._look.done() and now - self._looked_at >= FRESH):
            self._looked_at = now
            self._look = asyncio.create_task(self._try_to_read())
        return await asyncio.shield(self._look)

    async def _try_to_read(self) -> bool:
        try:
            await self._engine.store.read(_first_row)
        except StoreError:
            return False
        return True


def _first_row(tx: Tx) -> Row | None:
    return tx.row("SELECT id FROM event LIMIT 1")
