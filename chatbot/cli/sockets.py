"""Where a command listens."""

from __future__ import annotations

import socket

import click

from chatbot.errors import ConfigError
from chatbot.web import server

PORT = click.IntRange(0, 65_535)
BACKLOG = 2048
"""uvicorn's own."""


def listen(host: str, port: int) -> socket.socket:
    """Take a port, and let callers wait there from now on. Raises ConfigError that says what to do when it is taken."""
    try:
        sock = server.bind(host, port)
        sock.listen(BACKLOG)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror}; choose another host or port") from error
    return sock


def address(sock: socket.socket) -> str:
    """Give the URL of what listens on ``sock``."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
