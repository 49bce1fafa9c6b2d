"""Runs an ASGI application under uvicorn, with settings that fit a webhook."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn
from uvicorn import Server as Server

from chatbot.web.deadline import BoundedHttp

GRACE = 10
"""Seconds that requests under way get at the end; with the engine's own stop it stays under the promised 30."""


def bind(host: str, port: int) -> socket.socket:
    """Take a TCP port; 0 takes any free one. Raises OSError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    sock.set_inheritable(True)
    return sock


def server(app: Any, *, log_level: str = "warning") -> uvicorn.Server:
    """Make a server for ``app``. Run it with ``server.run(sockets=[...])`` or await ``server.serve(...)``.

    There is no access log: the path of a callback holds its secret. Forwarded headers are not trusted.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=BoundedHttp,
            access_log=False,
            log_level=log_level,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE,
            ws="none",
        )
    )
