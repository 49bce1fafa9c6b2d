"""Where the gateway's callbacks arrive: messages and receipts, on disk before they are answered."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Sequence
from time import monotonic

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from chatbot.engine.faults import Complaints
from chatbot.engine.intake import Intake, Kept
from chatbot.engine.tokens import Tokens
from chatbot.errors import StoreError

log = logging.getLogger(__name__)

BODY_DEADLINE = 10.0
"""Seconds that a client may take to send its body."""
TOLD_AGAIN_AFTER = 600.0
"""Seconds between two lines in the log about callbacks that were refused: the gateway repeats one every 10 seconds."""
_ANSWERS = {Kept.ACCEPTED: 200, Kept.QUARANTINED: 202}


class Webhook:
    """``POST /callbacks/{secret}``, also with a slash behind it, and ``POST /callbacks/{secret}/{token}``.

    Answers 200 when what came is on disk, 202 when it could not be read and was set aside, 404 for a wrong secret or
    token, 408 for a body that does not come, 413 for one over ``max_bytes``, 503 when the store is in trouble. The
    gateway repeats everything but 200, 201 and 202 ("Receive an inbound message").
    """

    def __init__(
        self, intake: Intake, complaints: Complaints, tokens: Tokens, secrets: Sequence[str], max_bytes: int
    ) -> None:
        self.intake = intake
        self.complaints = complaints
        self.tokens = tokens
        self._secrets = [secret.encode() for secret in secrets]
        self._max_bytes = max_bytes
        self._quiet_until = 0.0

    async def receive(self, request: Request) -> Response:
        """Take one callback."""
        token = request.path_params.get("token")
        outbox_id = self.tokens.read(token) if token is not None else None
        if not self._is_ours(request.path_params["secret"]) or (token is not None and outbox_id is None):
            self._tell_of_refusal()
            return _answer(404)
        try:
            body = await asyncio.wait_for(self._body(request), BODY_DEADLINE)
        except TimeoutError:
            return _answer(408)
        except ClientDisconnect:
            return _answer(400)
        if body is None:
            return _answer(413)
        try:
            return _answer(_ANSWERS[await self.intake.receive(body, outbox_id)])
        except StoreError as error:
            self.complaints.make(error, "a callback was not stored and will be repeated")
            return _answer(503)

    def _tell_of_refusal(self) -> None:
        if monotonic() < self._quiet_until:
            return
        self._quiet_until = monotonic() + TOLD_AGAIN_AFTER
        log.warning("a callback with a wrong secret or token was refused: compare the address that tyntec has")

    def _is_ours(self, given: str) -> bool:
        offered = given.encode("utf-8", "surrogateescape")
        return sum(hmac.compare_digest(offered, secret) for secret in self._secrets) > 0

    async def _body(self, request: Request) -> bytes | None:
        """Read the body; None when it is too large, without reading further."""
        announced = request.headers.get("content-length", "0")
        if not announced.isdecimal() or len(announced) > 12 or int(announced) > self._max_bytes:
            return None
        chunks, size = [], 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self._max_bytes:
                return None
            chunks.append(chunk)
        return b"".join(chunks)


def _answer(status: int) -> Response:
    # A body that was not read to its end must not be taken for the connection's next request.
    return PlainTextResponse("", status_code=status, headers={"connection": "close"} if status in (408, 413) else None)
