"""The gateway's REST interface: send a message, query a status (manual, *Resource URLs*)."""

from __future__ import annotations

import asyncio
import binascii
import hmac
from base64 import b64decode
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from chatbot import codec
from chatbot.phone import from_wire
from chatbot.simulator import answers, validation
from chatbot.simulator.answers import Broken, Json, refusal
from chatbot.simulator.callbacks import Callbacks
from chatbot.simulator.options import Account
from chatbot.simulator.simulator import Simulator
from chatbot.simulator.status import Status, notification

PREFIX = "/messaging/im/v1"
_CODES = {"error_500": 500, "error_503": 503, "error_403": 403, "error_429": 429}
_TEXTS = {403: answers.CREDENTIALS, 429: "Too many requests.", 500: validation.UNEXPECTED, 503: answers.RETRY}


class Refused(Exception):
    """A request that is answered with ``status`` and ``text``."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Rest:
    """The endpoints. ``callbacks`` is asked to deliver a receipt before the answer, where that fault strikes."""

    def __init__(self, simulator: Simulator, callbacks: Callbacks) -> None:
        self._simulator = simulator
        self._callbacks = callbacks
        self._options = simulator.options

    def routes(self) -> list[Route]:
        """Give the routes below the simulator's root."""
        requests = f"{PREFIX}/outbound/requests"
        queries = [
            Route(f"{requests}{path}", self.status, methods=["GET"])
            for path in ("/{request_id}/status", "//status", "/status")
        ]
        for route in queries:
            route.methods = {"GET"}  # without the HEAD that Starlette adds: the manual knows POST and GET
        return [
            Route(requests, self.send, methods=["POST"]),
            *queries,
            Route(f"{PREFIX}/inbound/requests", self.inbound, methods=["POST"]),
        ]

    async def send(self, request: Request) -> Response:
        """*Send a message*: 200 with the requestId, or a refusal; or the fault that was asked for."""
        simulator = self._simulator
        try:
            parameters = _object(await self._body(request))
            number = _receiver(parameters)
            fault, nth = simulator.faults.of_send(number)
            if fault == "reset_before":
                return Broken()
            await self._wait(number)
            account = self._authenticate(request)
            _check_accept(request)
            if not _is_json(request.headers.get("content-type", "")):
                raise Refused(406, answers.CONTENT_TYPE)
            if parameters is None:
                raise self._not_json()
            if fault in _CODES:
                simulator.gateway.count(account, parameters)
                return self._fail(_CODES[fault])
            status = simulator.accept(account, parameters, nth)
        except Refused as refused:
            return self._refuse(refused.status, refused.text)
        except validation.Invalid as invalid:
            return self._refuse(400, self._options.separator.join(invalid.messages))
        return await self._accepted(status, fault)

    async def status(self, request: Request) -> Response:
        """*Query the status*: 200 with the message notification, 404 for an unknown or foreign id."""
        request_id = request.path_params.get("request_id", "").strip()
        known = self._simulator.gateway.find(request_id)
        number = known.request.to if known else ""
        await self._wait(number)
        try:
            account = self._authenticate(request)
            _check_accept(request)
        except Refused as refused:
            return refusal(self._options, refused.status, request_id, refused.text)
        if not request_id:
            return refusal(self._options, 400, "", validation.REQUEST_ID_MISSING)
        faults = self._simulator.faults
        if faults.strikes("status_500", number, faults.count("queries", number)):
            return refusal(self._options, 500, request_id, validation.UNEXPECTED)
        self._simulator.tick()
        status = self._simulator.gateway.status(account, request_id)
        if status is None:
            return refusal(self._options, 404, request_id, answers.NO_NOTIFICATION)
        return Json(notification(status, self._options))

    async def inbound(self, request: Request) -> Response:
        """The manual's table lists this path, but it is the bot's own: nobody is to call it (gateway.md)."""
        try:
            self._authenticate(request)
        except Refused as refused:
            return self._refuse(refused.status, refused.text)
        texts = {403: answers.CREDENTIALS, 404: validation.URI_NOT_FOUND, 405: answers.METHOD}
        status = self._options.inbound_path_status
        return self._refuse(status, texts[status])

    async def _wait(self, number: str) -> None:
        latency = self._simulator.faults.met_by(number).latency
        if latency:
            await asyncio.sleep(latency)

    async def _accepted(self, status: Status, fault: str) -> Response:
        body = {"requestId": status.request_id, "errorText": ""}
        early = self._simulator.faults.strikes("receipt_early", status.request.to, status.nth)
        if early and self._simulator.deliver_early(status):
            await self._callbacks.attempted(status.request_id)
        if fault in ("reset_after", "truncated"):
            self._simulator.on_work()
            return Broken(codec.dumps(body).encode() if fault == "truncated" else b"")
        wake = BackgroundTask(self._work)
        if fault == "bad_gateway":
            return Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html", background=wake)
        if fault == "garbage":
            return Response("<html>It works!</html>", media_type="text/html", background=wake)
        return Json(body, self._options.accepted_status, background=wake)

    async def _work(self) -> None:
        self._simulator.on_work()

    def _fail(self, status: int) -> Json:
        headers = {"retry-after": str(self._simulator.retry_after)} if status == 429 else None
        return refusal(self._options, status, self._simulator.gateway.new_id(), _TEXTS[status], headers)

    def _refuse(self, status: int, text: str) -> Json:
        return refusal(self._options, status, self._simulator.gateway.new_id(), text)

    def _authenticate(self, request: Request) -> Account:
        status = self._options.credentials_status
        wrong = validation.INVALID_AUTHENTICATION if status == 400 else answers.CREDENTIALS
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            raise Refused(status, wrong)
        try:
            given = b64decode(token.strip(), validate=True)
        except binascii.Error:
            given = b""
        if scheme.lower() != "basic" or b":" not in given:
            raise Refused(status, validation.INVALID_AUTHENTICATION)
        found = None
        for account in self._options.accounts:
            if hmac.compare_digest(f"{account.username}:{account.password}".encode(), given):
                found = account
        if found is None:
            raise Refused(status, wrong)
        return found

    async def _body(self, request: Request) -> bytes:
        """Read the body first of all: what a client has written counts, even if it does not wait for the answer."""
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._options.max_body:
                    raise Refused(413, "The request is too large.")
        except ClientDisconnect:
            raise Refused(400, "The request did not arrive whole.") from None
        return bytes(body)

    def _not_json(self) -> Refused:
        status = self._options.not_json_status
        return Refused(status, answers.MEDIA_TYPE if status == 415 else answers.CONTENT_TYPE)


def _object(body: bytes) -> dict[str, Any] | None:
    """Read a JSON object; None when it is none."""
    try:
        return codec.loads(body, dict[str, Any])
    except codec.CodecError:
        return None


def _receiver(parameters: dict[str, Any] | None) -> str:
    """Give the phone that a request is for, whether or not the request is any good; "" when it cannot be told."""
    try:
        return from_wire(str((parameters or {}).get("to")))
    except ValueError:
        return ""


def _is_json(content_type: str) -> bool:
    """Tell whether it is application/json, in UTF-8 if it says so (manual, *Interface information*)."""
    kind, *parameters = [part.strip().lower() for part in content_type.split(";")]
    charsets = [one.partition("=")[2].strip('" ') for one in parameters if one.startswith("charset=")]
    return kind == "application/json" and all(charset in ("utf-8", "utf8") for charset in charsets)


def _check_accept(request: Request) -> None:
    """Refuse with 415, as the manual has it, when the Accept header leaves out application/json."""
    accept = ",".join(request.headers.getlist("accept")) or "*/*"
    best: dict[str, float] = {}
    for part in accept.split(","):
        kind, *parameters = [word.strip().lower() for word in part.split(";")]
        best[kind] = _quality(parameters)
    found = next((best[kind] for kind in ("application/json", "application/*", "*/*") if kind in best), 0.0)
    if found <= 0:
        raise Refused(415, answers.MEDIA_TYPE)


def _quality(parameters: list[str]) -> float:
    written = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return float(written)
    except ValueError:
        return 1.0
