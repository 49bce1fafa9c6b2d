"""Answers of the gateway in the manual's words, and answers that go wrong on purpose."""

from __future__ import annotations

import socket
import struct
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot import codec
from chatbot.http import RequestError
from chatbot.simulator.options import Options

CREDENTIALS = "Username/password wrong or missing."
NO_NOTIFICATION = "The requested message notification cannot be retrieved."
METHOD = "Invalid request method."
CONTENT_TYPE = 'The content-type is not supported. Allowed values are "application/json".'
MEDIA_TYPE = 'The media type is not supported. Allowed media-type is "application/json".'
RETRY = "Please retry. If error persists, please contact customer support."
"""The manual's table of HTTP codes, column Message."""

_TRANSPORT = "chatbot.simulator.transport"
_LINGER_RESET = struct.pack("ii", 1, 0)


class Json(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write ``content`` as compact JSON."""
        return codec.dumps(content).encode()


def refusal(options: Options, status: int, request_id: str, text: str, headers: dict[str, str] | None = None) -> Json:
    """Refuse a request: the body is that of the manual's *Unsuccessful Request Response*."""
    return Json({"requestId": request_id, options.refusal_key: text}, status, headers)


class Broken(Response):
    """An answer that never comes whole: ``body`` is cut in half, or nothing comes and the connection is reset."""

    def __init__(self, body: bytes = b"") -> None:
        super().__init__(body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Break the connection below ASGI. Without a socket it raises what a client would see."""
        transport = scope.get(_TRANSPORT)
        if transport is None:
            raise RequestError("the simulator broke the connection on purpose")
        if self.body:
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})
            transport.close()
        else:
            connection = transport.get_extra_info("socket")
            if connection is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


async def call_with_transport(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Call ``app`` so that `Broken` finds the connection: uvicorn's ``send`` is a method of what holds it."""
    holder = getattr(send, "__self__", None)
    await app({**scope, _TRANSPORT: getattr(holder, "transport", None)}, receive, send)
