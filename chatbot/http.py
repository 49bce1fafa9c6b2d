"""The outbound door: httpx's transport interface over a fast engine, and nothing of the environment.

`httpx.AsyncClient` with its own pool collapses under concurrency; its public transport interface over pyreqwest keeps
httpx's types and skips the client's work per request. No redirect is followed; no proxy is read from the environment.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport
from pyreqwest.exceptions import (
    BuilderError,
    DetailedPyreqwestError,
    PoolTimeoutError,
    PyreqwestError,
    RequestTimeoutError,
)
from pyreqwest.http import Url

URL = httpx.URL
Headers = httpx.Headers
Request = httpx.Request
Response = httpx.Response
ByteStream = httpx.ByteStream
Transport = httpx.AsyncBaseTransport
RequestError = httpx.RequestError
NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Errors after which nothing can have been written. Every other RequestError may follow a written request."""

_CONNECTING = "client error (Connect)"
IDLE = 30.0
"""Seconds that an unused connection is kept: routers forget it after minutes, and the next send would be ambiguous."""


def read_url(text: str) -> URL:
    """Read a URL that can be called. Raises ValueError."""
    try:
        Url(text)  # as the engine will read it
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error


def open_transport(*, connect: float = 5.0, total: float = 20.0, connections: int = 100) -> Transport:
    """Make a transport; close it with ``aclose``.

    ``connect`` is how many seconds a request waits for a free connection, and again for a new one to be made; ``total``
    how many it may take from then on.

    It raises nothing but RequestError, and one of NOT_CONNECTED only when no connection was made. A request whose task
    is cancelled goes on in the engine until ``total``.
    """
    builder = (
        ClientBuilder()
        .no_proxy()
        .follow_redirects(False)
        .http1_only()
        .pool_timeout(timedelta(seconds=connect))
        .connect_timeout(timedelta(seconds=connect))
        .timeout(timedelta(seconds=total))
        .max_connections(connections)
        .pool_idle_timeout(timedelta(seconds=IDLE))
    )
    return _Truthful(HttpxTransport(builder.build()))


class _Truthful(httpx.AsyncBaseTransport):
    """Names errors for what they are.

    The engine calls a connection that was lost after writing a ConnectError, and an answer that did not come in time a
    ConnectTimeout: who believed it would send a message twice.
    """

    def __init__(self, engine: httpx.AsyncBaseTransport) -> None:
        self._engine = engine

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._engine.handle_async_request(request)
        except (httpx.RequestError, PyreqwestError) as error:
            raise _truth(error, request) from error
        except ValueError as error:  # a header of the answer that is no ASCII
            raise httpx.ReadError(str(error), request=request) from error
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Stream(response.stream, request)
        return response

    async def aclose(self) -> None:
        await self._engine.aclose()


class _Stream(httpx.AsyncByteStream):
    """The body of an answer, whose errors are httpx's too."""

    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                yield chunk
        except PyreqwestError as error:
            raise _truth(error, self._request) from error

    async def aclose(self) -> None:
        await self._stream.aclose()


def _truth(error: httpx.RequestError | PyreqwestError, request: httpx.Request) -> httpx.TransportError:
    """Say that nothing was written only where the engine's own chain of causes names the connecting as what failed."""
    source = error if isinstance(error, PyreqwestError) else error.__cause__
    causes = (source.details.get("causes") if isinstance(source, DetailedPyreqwestError) else None) or []
    messages = [cause["message"] for cause in causes]
    text = messages[-1] if messages else str(error)
    if isinstance(source, BuilderError):
        return httpx.UnsupportedProtocol(text, request=request)
    if isinstance(source, PoolTimeoutError):
        return httpx.PoolTimeout(text, request=request)
    if _CONNECTING in messages:
        return httpx.ConnectError(text, request=request)
    if isinstance(source, RequestTimeoutError):
        return httpx.ReadTimeout(text, request=request)
    return httpx.ReadError(text, request=request)
