"""The gateway over HTTP: send a message, ask for its receipt. Nothing here tries again, follows or logs."""

from __future__ import annotations

import re
import shlex
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from chatbot import codec, http, phone
from chatbot.errors import Ambiguous, Busy, MatrixError, Refused, Rejected, SendError, Unreachable, WireError
from chatbot.messages import Message, Receipt
from chatbot.tyntec import wire

ANSWER_LIMIT = 65_536
"""How many bytes of an answer are read."""
RETRY_AFTER_LIMIT = 3600.0
"""How many seconds of patience the gateway can ask for."""

# What an answer without a requestId means. Where the manual is silent (its table has 400, 403, 404, 405, 406, 415 and
# 500), the question is whether the message can have been accepted: only a clear no may lead to another try.
_REFUSED = {
    401: "user name or password is wrong: check gateway.username and gateway.password_env",
    402: "the account must be paid for: talk to tyntec",
    403: "user name or password is wrong: check gateway.username and gateway.password_env",
    404: "there is no such path: check gateway.url",
    405: "the method is not allowed: check gateway.url",
    406: "the content type is not supported: check gateway.url",
    407: "a proxy asks for a password: check the way to gateway.url",
    410: "the path is gone: check gateway.url",
    415: "the media type is not supported: check gateway.url",
    421: "another host answers: check gateway.url",
    426: "another protocol is asked for: check gateway.url",
}
# 408 says that the request did not arrive whole (RFC 9110, 15.5.9); 500 means retry (manual, "Step 2").
_BUSY = frozenset({408, 429, 500, 503})
# Every other 4xx is about this message. 502, 504 and every other 5xx come from someone in between: perhaps accepted.

_PATH = re.compile(r"(https?://[^/\s]+)/\S+", re.IGNORECASE)
_DIGITS = re.compile(r"\+?[0-9]{7,}")
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
        self._url = http.URL(f"{url.rstrip('/')}/outbound/requests")
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
        request = http.Request("POST", self._url, headers=self._headers, content=content)
        status, headers, body = await self._exchange(request)
        try:
            return wire.read_answer(status, body)
        except WireError as error:
            raise self._failure(status, headers, body, str(error)) from None

    async def status(self, request_id: str) -> Receipt:
        """Ask what became of a message (manual, "Step 3").

        Raises Unreachable; Busy, also when the answer was lost or cannot be read, since asking again doubles nothing;
        Rejected when the gateway knows no such id; Refused.
        """
        url = http.URL(f"{self._url}/{quote(request_id, safe='')}/status")
        try:
            status, headers, body = await self._exchange(http.Request("GET", url, headers=self._headers))
            if status == 404:
                raise Rejected("the gateway knows no message of this id (404)", wire.reasons(wire.read_complaint(body)))
            if not 200 <= status < 300:
                raise self._failure(status, headers, body, "")
            return _own_receipt(body, request_id)
        except Ambiguous as error:
            raise Busy(str(error)) from error

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

    async def _exchange(self, request: http.Request) -> tuple[int, http.Headers, bytes]:
        """Give status, headers and body of the answer; the body is empty when it broke off or was too long."""
        try:
            response = await self._transport.handle_async_request(request)
        except http.NOT_CONNECTED as error:
            raise Unreachable(f"no connection to the gateway: {error}") from error
        except http.RequestError as error:
            raise Ambiguous(f"the gateway did not answer: {error}") from error
        try:
            return response.status_code, response.headers, await _read(response)
        finally:
            await response.aclose()

    def _failure(self, status: int, headers: http.Headers, body: bytes, unreadable: str) -> SendError:
        """Say what an answer without a ``requestId`` means; ``unreadable`` is what was wrong with a 2xx."""
        complaint = wire.read_complaint(body)
        reasons = wire.reasons(complaint)
        words = f"{status}: {_loggable(complaint)}" if complaint else str(status)
        if status == 400 and set(reasons) == {wire.INVALID_AUTHENTICATION}:
            return Refused(f"{words} ({_REFUSED[401]})")
        # The manual's own text asks for a retry, and what failed the validation was not accepted.
        if status in _BUSY or (status == 400 and set(reasons) == {wire.UNEXPECTED_ERROR}):
            return Busy(words, self._retry_after(headers.get("Retry-After", "")))
        if 300 <= status < 400:
            place = headers.get("Location", "")[:200]
            return Refused(f"{words}: redirected to {place!r}, which is not followed: check gateway.url")
        if status in _REFUSED:
            return Refused(f"{words} ({_REFUSED[status]})")
        if 400 <= status < 500:
            return Rejected(words, reasons)
        return Ambiguous(f"{words} ({unreadable})" if 200 <= status < 300 else words)

    def _retry_after(self, value: str) -> float | None:
        """Read seconds or an HTTP date (RFC 9110, 10.2.3); None for anything else."""
        value = value.strip()
        if value.isascii() and value.isdigit():
            return min(float(value[:10]), RETRY_AFTER_LIMIT)
        try:
            moment = parsedate_to_datetime(value)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - self._clock()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        return min(max(seconds, 0.0), RETRY_AFTER_LIMIT)


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


def _loggable(words: str) -> str:
    """Make the gateway's words fit for a log: short, printable, without whole numbers and the paths of URLs.

    Our callback URL holds a secret, and a gateway may repeat it.
    """
    printable = _PATH.sub(r"\1/…", "".join(filter(str.isprintable, words)))[:300]
    return _DIGITS.sub(lambda match: phone.mask(match[0]), printable)
