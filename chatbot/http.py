"""The outbound door: httpx's transport interface over a fast engine, and nothing of the environment.

`httpx.AsyncClient` with its own pool collapses under concurrency; its public transport interface over pyreqwest keeps
httpx's types and skips the client's work per request. No redirect is followed and no proxy is read from the environment.
"""

from __future__ import annotations

from datetime import timedelta

import httpx
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport

Request = httpx.Request
Response = httpx.Response
Transport = httpx.AsyncBaseTransport
TransportError = httpx.TransportError
NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Errors after which nothing can have been written."""


def open_transport(*, connect: float = 5.0, total: float = 20.0, connections: int = 100) -> Transport:
    """Make a transport; ``connect`` and ``total`` are seconds. Close it with ``aclose``."""
    builder = (
        ClientBuilder()
        .no_proxy()
        .follow_redirects(False)
        .http1_only()
        .connect_timeout(timedelta(seconds=connect))
        .timeout(timedelta(seconds=total))
        .max_connections(connections)
    )
    return HttpxTransport(builder.build())
