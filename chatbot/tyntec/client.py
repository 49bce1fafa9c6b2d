"""The gateway over HTTP: send a message, ask for its receipt. Nothing here tries again, follows or logs."""

from __future__ import annotations

import shlex
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from urllib.parse import quote

from chatbot import codec, http
from chatbot.errors import Ambiguous, Busy, MatrixError, Rejected, Unreachable, WireError
from chatbot.messages import Message, Receipt
from chatbot.tyntec import answers, wire
from chatbot.tyntec.answers import Answer

ANSWER_LIMIT = 65_536
"""How many bytes of an answer are read."""
_REVEALED_BY = '"$TYNTEC_PASSWORD"'


class Gateway:
    """One account at the gateway. ``clock`` gives the seconds since 1970, to read dates in ``Retry-After``.

    ``sender``, ``channels``, ``sms_fallback`` and ``purpose`` hold where a message does not say otherwise.
    """

    def __init__(
        self,
        *,
        transport: http.Transport,
        url: str,
        username: str,
        password: str,
        sender: str,
        channels: Sequence[str],
        sms_fallback: bool,
        purpose: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._transport = transport
        self._url = http.read_url(f"{url.rstrip('/')}/outbound/requests")
        self._username = username
        self._sender = sender
        self._channels = tuple(channels)
        self._sms_fallback = sms_fallback
        self._purpose = purpose
        self._clock = clock
        credentials = b64encode(f"{username}:{password}".encode()).decode()
        self._headers = http.Headers(
            {
                "Authorization": f"Basic {credentials}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": "chatbot",
            }
        )

    async def send(self, message: Message, to: str, callback_url: str | None) -> str:
        """POST ``message`` to the ``+E.164`` number ``to`` once, and give the gateway's ``requestId``.

        Raises Unreachable, Busy, Rejected, Refused or Ambiguous when it was not, or perhaps not, accepted. What Viber's
        rules forbid is Rejected without being sent.
        """
        try:
            content = self._body(message, to, callback_url).encode()
        except MatrixError as error:
            raise Rejected(f"not sent: {error}") from error
        answer = await self._exchange(http.Request("POST", self._url, headers=self._headers, content=content))
        try:
            return wire.read_answer(answer.status, answer.body)
        except WireError as error:
            raise answers.failure(answer, self._clock(), str(error)) from None

    async def status(self, request_id: str) -> Receipt:
        """Ask what became of a message (manual, "Step 3").

        Raises Unreachable; Busy, also when the answer was lost or cannot be read, since asking again doubles nothing;
        Rejected when the gateway knows no such id; Refused.
        """
        if not request_id.isprintable() or request_id in (".", ".."):  # which would be another path
            raise Rejected(f"no message has the id {request_id!r}")
        url = http.URL(f"{self._url}/{quote(request_id, safe='')}/status")
        try:
            answer = await self._exchange(http.Request("GET", url, headers=self._headers))
            if answer.status == 404:
                raise answers.unknown_id(answer)
            if not answer.is_success:
                raise answers.failure(answer, self._clock())
            return _own_receipt(answer.body, request_id)
        except Ambiguous as error:
            raise Busy(f"{error}; ask again later") from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.aclose()

    def curl(self, message: Message, to: str, callback_url: str | None, *, revealed_by: str = _REVEALED_BY) -> str:
        """Write the request of `send` as a shell command; ``revealed_by`` is what the shell reads the password from.

        Raises MatrixError when Viber's rules forbid the message.
        """
        return " ".join(
            [
                "curl --user",
                shlex.quote(f"{self._username}:") + revealed_by,
                "--header 'Content-Type: application/json' --data-raw",
                shlex.quote(self._body(message, to, callback_url)),
                shlex.quote(str(self._url)),
            ]
        )

    def _body(self, message: Message, to: str, callback_url: str | None) -> str:
        return codec.dumps(
            wire.write_send(
                message,
                to=to,
                sender=self._sender,
                channels=self._channels,
                sms_fallback=self._sms_fallback,
                purpose=self._purpose,
                callback_url=callback_url,
            )
        )

    async def _exchange(self, request: http.Request) -> Answer:
        place = f"{self._url.scheme}://{self._url.netloc.decode()}"
        try:
            response = await self._transport.handle_async_request(request)
        except http.NOT_CONNECTED as error:
            raise Unreachable(f"no connection to the gateway at {place}: {error}; check gateway.url") from error
        except http.RequestError as error:
            raise Ambiguous(f"no answer that can be read from the gateway at {place}: {error}") from error
        try:
            return Answer(response.status_code, response.headers, await _read(response))
        finally:
            await response.aclose()


async def _read(response: http.Response) -> bytes:
    """Read the body; its status alone counts when it breaks off or is longer than ANSWER_LIMIT."""
    body = b""
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > ANSWER_LIMIT:
                return b""
    except http.RequestError:
        return b""
    return body


def _own_receipt(body: bytes, request_id: str) -> Receipt:
    try:
        receipt = wire.read_receipt(body)
    except WireError as error:
        raise Ambiguous(f"the receipt cannot be read: {error}") from error
    if receipt.request_id != request_id:
        raise Ambiguous("the receipt is of another message")
    return receipt
