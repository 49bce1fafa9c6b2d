"""The phone in the browser: a page, the thread of each number, and its live news."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from chatbot import codec
from chatbot.errors import ConfigError
from chatbot.simulator.addresses import known
from chatbot.simulator.answers import Json
from chatbot.simulator.control import explained, phone_number, read
from chatbot.simulator.simulator import Simulator
from chatbot.simulator.status import summary

PAGES = Path(__file__).parent / "pages"
_DELIVERIES = 20
_TEXT_LIMIT = 10_000
_RETRY = 1000
"""Milliseconds after which a browser tries again when the news has ended."""
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' http: https:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


class PhonePage:
    """The endpoints below ``/phone``."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[BaseRoute]:
        """Give the routes, relative to ``/phone``."""
        return [
            Route("/", self.page, methods=["GET"]),
            Mount("/pages", StaticFiles(directory=PAGES)),
            Route("/{number}", explained(self.history), methods=["GET"]),
            Route("/{number}/events", explained(self.events), methods=["GET"]),
            Route("/{number}/messages", explained(self.write), methods=["POST"]),
        ]

    async def page(self, _request: Request) -> Response:
        """Give the page, with a policy that lets nothing in but its own script and style."""
        return FileResponse(PAGES / "phone.html", headers=_HEADERS)

    async def history(self, request: Request) -> Response:
        """Give all that the phone shows, what became of the last messages to it, and where the levers stand."""
        simulator, number = self._simulator, _number(request)
        simulator.tick()
        phone = simulator.phones.look(number)
        deliveries = simulator.gateway.statuses(number)[-_DELIVERIES:]
        return Json(
            {
                "number": number,
                "messages": [codec.plain(bubble) for bubble in phone.thread] if phone else [],
                "deliveries": [summary(status) for status in deliveries],
                "levers": simulator.levers(number),
            }
        )

    async def events(self, request: Request) -> Response:
        """Stream the phone's news as server-sent events, each a JSON object with its ``kind``."""
        return EventSourceResponse(self._news(_number(request)))

    async def write(self, request: Request) -> Response:
        """Type a message: ``text``, ``replyTo`` and ``account`` as of `Gateway.write`."""
        given, number = await read(request), _number(request)
        text, reply_to = given.take("text", str, ""), given.optional("replyTo", str)
        account = known(given.take("account", str, ""), self._simulator.options.account_names)
        given.end()
        if not text.strip() or len(text) > _TEXT_LIMIT:
            raise ConfigError(f"text has 1 to {_TEXT_LIMIT} characters")
        self._simulator.tick()
        message = self._simulator.write(number, text, reply_to=reply_to, account=account)
        return Json({"requestId": message.request_id, "originalRequestId": message.original_request_id}, 201)

    async def _news(self, number: str) -> AsyncIterator[dict[str, Any]]:
        yield {"retry": _RETRY}
        async for news in self._simulator.feed.listen(number):
            yield {"data": codec.dumps(news)}


def _number(request: Request) -> str:
    return phone_number(request.path_params["number"])
