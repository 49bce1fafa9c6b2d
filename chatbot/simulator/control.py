"""The levers: everything that a test or the phone page can ask of the simulator, as JSON under ``/_control/``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from chatbot import codec
from chatbot.errors import ChatbotError, ConfigError
from chatbot.phone import from_wire
from chatbot.simulator import by_hand
from chatbot.simulator.addresses import checked, known
from chatbot.simulator.answers import Json
from chatbot.simulator.callbacks import Callbacks
from chatbot.simulator.faults import OTHER_FAULTS, REQUEST_FAULTS
from chatbot.simulator.options import described
from chatbot.simulator.reach import FLAGS, PRESETS, Reachability, preset
from chatbot.simulator.simulator import Simulator
from chatbot.simulator.status import BUFFERED, STATES, notification, summary

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]
_LISTED = 500
_BODY_LIMIT = 1_048_576


class Given:
    """The JSON object of one lever. What was not taken at the end is unknown, and refused."""

    def __init__(self, raw: bytes) -> None:
        self._left = codec.loads(raw or b"{}", dict[str, Any])

    def take(self, name: str, kind: type[T], default: T) -> T:
        """Take the value of ``name``. Raises CodecError when it is of another type."""
        return codec.convert(self._left.pop(name), kind) if name in self._left else default

    def optional(self, name: str, kind: type[T]) -> T | None:
        """Take the value of ``name``, None when it is absent or null. Raises CodecError."""
        value = self._left.pop(name, None)
        return None if value is None else codec.convert(value, kind)

    def number(self, name: str = "number") -> str:
        """Take a phone number, as ``+E.164``. Raises ConfigError."""
        return phone_number(self.take(name, str, ""))

    def optional_number(self, name: str) -> str | None:
        """Take a phone number, as ``+E.164``, None when it is absent or null. Raises ConfigError."""
        return self.number(name) if self._left.get(name) is not None else self._left.pop(name, None)

    def end(self) -> None:
        """Raise ConfigError for what was not taken."""
        if self._left:
            raise ConfigError(f"this lever does not know {', '.join(sorted(self._left))}")


class Levers:
    """The endpoints below ``/_control``."""

    def __init__(self, simulator: Simulator, callbacks: Callbacks) -> None:
        self._simulator = simulator
        self._callbacks = callbacks

    def routes(self) -> list[BaseRoute]:
        """Give the routes, relative to ``/_control``."""
        posts = {
            "/reset": self.reset,
            "/advance": self.advance,
            "/settle": self.settle,
            "/phones": self.phones,
            "/faults": self.faults,
            "/urls": self.urls,
            "/inbound": self.inbound,
            "/receipt": self.receipt,
        }
        gets = {"/state": self.state, "/sends": self.sends}
        return [
            *(Route(path, explained(endpoint), methods=["POST"]) for path, endpoint in posts.items()),
            *(Route(path, explained(endpoint), methods=["GET"]) for path, endpoint in gets.items()),
        ]

    async def state(self, _request: Request) -> Response:
        """List everything: clock, addresses, faults, phones, waiting callbacks, what was posted last, options."""
        simulator = self._simulator
        simulator.tick()
        phones = list(simulator.phones)[-_LISTED:]
        return Json(
            {
                "now": simulator.clock(),
                "ahead": simulator.clock.ahead,
                "latency": simulator.faults.all.latency,
                "seed": simulator.faults.seed,
                "retryAfter": simulator.retry_after,
                "accounts": simulator.accounts(),
                "faults": {
                    "rates": simulator.faults.all.rates,
                    "coming": simulator.faults.all.coming,
                    "phones": codec.plain(simulator.faults.own),
                },
                "requestFaults": REQUEST_FAULTS,
                "otherFaults": OTHER_FAULTS,
                "reachability": codec.plain(simulator.phones.reach),
                "flags": FLAGS,
                "states": STATES,
                "presets": {name: codec.plain(reach) for name, reach in PRESETS.items()},
                "phones": [{"number": one.number, "reachability": codec.plain(one.reach)} for one in phones],
                "sends": len(simulator.gateway.statuses()),
                "callbacks": {"waiting": simulator.schedule.waiting, "overflowed": simulator.schedule.overflowed},
                "posted": [codec.plain(one) for one in list(simulator.posted)[-_LISTED:]],
                "options": {one.name: _option(getattr(simulator.options, one.name)) for one in described()},
            }
        )

    async def sends(self, request: Request) -> Response:
        """List the accepted sends, ``?to=`` one number, ``?last=`` the latest ones.

        ``posts`` counts the POSTs with the same parameters, whatever was answered; ``accepted`` those that were taken.
        """
        gateway = self._simulator.gateway
        self._simulator.tick()
        to = request.query_params.get("to", "").replace(" ", "+")
        statuses = gateway.statuses(phone_number(to) if to else None)
        accepted = Counter(status.fingerprint for status in gateway.statuses())
        last = _count(request.query_params.get("last", str(len(statuses))))
        listed = [
            {
                **summary(status),
                "account": status.account,
                "request": codec.plain(status.request),
                "posts": gateway.posts[status.fingerprint],
                "accepted": accepted[status.fingerprint],
            }
            for status in statuses[max(0, len(statuses) - last) :]
        ]
        return Json({"total": len(statuses), "sends": listed})

    async def reset(self, request: Request) -> Response:
        """Forget everything and begin as the options say, the clock included."""
        (await read(request)).end()
        self._simulator.reset()
        return Json({})

    async def advance(self, request: Request) -> Response:
        """Move the clock by ``seconds``, a century ahead at most, and wait until what became due was posted."""
        given = await read(request)
        seconds = given.take("seconds", float, 0.0)
        given.end()
        self._simulator.advance(seconds)
        return Json({"now": self._simulator.clock(), "settled": await self._callbacks.settle()})

    async def settle(self, request: Request) -> Response:
        """Wait until nothing is due and nothing is under way, ``seconds`` at most."""
        given = await read(request)
        seconds = given.take("seconds", float, 5.0)
        given.end()
        if not 0 <= seconds <= 3600:
            raise ConfigError("seconds is 0 to 3600")
        return Json({"settled": await self._callbacks.settle(seconds)})

    async def phones(self, request: Request) -> Response:
        """Set how one phone (``number``) is reached, or all: ``reachability`` is a preset's name, or single flags."""
        given = await read(request)
        number = given.optional_number("number")
        wanted: Any = given.take("reachability", object, "viber")
        given.end()
        self._simulator.tick()
        known = self._simulator.phones.get(number).reach if number else self._simulator.phones.reach
        if isinstance(wanted, str):
            reach = preset(wanted)
        else:
            reach = _with_flags(known, codec.convert(wanted, dict[str, bool]))
        self._simulator.reach(number, reach)
        return Json({"number": number, "reachability": codec.plain(reach)})

    async def faults(self, request: Request) -> Response:
        """Set ``rates``, ``coming`` (faults of the next sends) and ``latency`` of one phone (``number``) or of all.

        Without ``number`` also ``seed`` and ``retryAfter``, which all share.
        """
        given, faults = await read(request), self._simulator.faults
        number = given.optional_number("number")
        rates, coming = given.optional("rates", dict[str, float]), given.optional("coming", list[str])
        latency = given.optional("latency", float)
        seed, retry_after = given.optional("seed", int), given.optional("retryAfter", int)
        given.end()
        if number and (seed, retry_after) != (None, None):
            raise ConfigError("seed and retryAfter are for all phones: no number")
        if not 0 <= (latency or 0) <= 3600 or not 0 <= (retry_after or 0) <= 86_400:
            raise ConfigError("latency is 0 to 3600 seconds, retryAfter 0 to 86400")
        faults.set(number, rates=rates, coming=coming, latency=latency)
        if seed is not None:
            faults.reseed(seed)
        if retry_after is not None:
            self._simulator.retry_after = retry_after
        self._simulator.levers_moved()
        return Json({"number": number, **codec.plain(faults.met_by(number))})

    async def urls(self, request: Request) -> Response:
        """Set the ``callbackUrl`` and the ``inboundUrl`` of one ``account``, by its name, or of all."""
        given, gateway = await read(request), self._simulator.gateway
        account = known(given.take("account", str, ""), self._simulator.options.account_names)
        urls = {"callbackUrl": gateway.callback_urls, "inboundUrl": gateway.inbound_urls}
        wanted = {name: given.optional(name, str) for name in urls}
        given.end()
        changes = {name: checked(name, url) for name, url in wanted.items() if url is not None}
        for name, url in changes.items():
            urls[name].set(url, account)
        self._simulator.levers_moved()
        return Json({"accounts": self._simulator.accounts()})

    async def inbound(self, request: Request) -> Response:
        """Have ``number`` write ``text``; ``replyTo``, ``account`` and ``requestId`` as of `Gateway.write`."""
        given = await read(request)
        number, text = given.number(), given.take("text", str, "")
        reply_to = given.optional("replyTo", str)
        account, request_id = given.take("account", str, ""), given.take("requestId", str, "")
        given.end()
        self._simulator.tick()
        message = self._simulator.write(number, text, reply_to=reply_to, account=account, request_id=request_id)
        return Json({"requestId": message.request_id, "originalRequestId": message.original_request_id})

    async def receipt(self, request: Request) -> Response:
        """POST a receipt of ``requestId``, changed as told: ``state``, ``errorCode``, ``to``, ``url``.

        The request need not be known; its status does not change.
        """
        given = await read(request)
        request_id, url = given.take("requestId", str, ""), checked("url", given.take("url", str, ""))
        state, error_code = given.take("state", str, ""), given.take("errorCode", str, "")
        to = given.optional_number("to")
        given.end()
        self._simulator.tick()
        status = self._simulator.gateway.find(request_id)
        if status is None:
            status = by_hand.unknown(to or "+491622943176", request_id, BUFFERED, self._simulator.clock())
        body = notification(status, self._simulator.options)
        if state:
            body["overallState"] = state
            for part in body["sendParts"]:
                part["deliveryStatus" if "deliveryStatus" in part else "deliveryState"] = state
                part["errorCode"] = error_code
        if to:
            body["to"] = to
        return Json({"posted": self._simulator.send_receipt(status, body, url=url), "body": body})


def explained(endpoint: Endpoint) -> Endpoint:
    """Wrap an endpoint: what is wrong with the request is answered with 400 and the reason."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (ChatbotError, ValueError, ClientDisconnect) as error:
            return Json({"error": str(error)}, 400)

    return answer


async def read(request: Request) -> Given:
    """Read the JSON object of a request. Raises CodecError."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_LIMIT:
            raise ConfigError("the request is too large")
    return Given(bytes(body))


def phone_number(written: str) -> str:
    """Bring a phone number to ``+E.164``. Raises ConfigError, saying how to write it."""
    try:
        return from_wire(written)
    except ValueError:
        raise ConfigError("this is no international phone number; write it as +491622943176") from None


def _with_flags(reach: Reachability, flags: dict[str, bool]) -> Reachability:
    known: dict[str, bool] = codec.plain(reach)
    if unknown := sorted(set(flags) - set(known)):
        raise ConfigError(f"reachability has no {', '.join(unknown)}, but {', '.join(known)}")
    return Reachability(**{**known, **flags})


def _count(written: str) -> int:
    """Read how many are wanted. Raises ConfigError."""
    if not written.isdecimal():
        raise ConfigError(f"last={written}: write how many, 0 or more")
    return int(written)


def _option(value: Any) -> Any:
    return [str(one) for one in value] if isinstance(value, tuple) else value
