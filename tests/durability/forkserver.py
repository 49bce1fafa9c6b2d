"""Starts `chatbot run` many times without importing it many times: one process imports, and forks each server.

A script, not a test: ``python forkserver.py SOCKET``. On each connection to the Unix socket comes one `Order` as JSON
with two files beside it (a listening socket and a log); the child's process id goes back, then, when a byte has come
as the sign to begin, its wait status. When the connection closes, the child is killed. Nothing of this is in the
product: a patch names a module's attribute, and an attribute that is not there is an error.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import os
import select
import signal
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

import httpx

from chatbot import http
from chatbot.cli import main
from chatbot.tyntec import account

FILES = 2


def serve(path: str) -> None:
    """Take orders until standard input closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            readable = select.select([listening.fileno(), sys.stdin.fileno()], [], [])[0]
            if sys.stdin.fileno() in readable:
                return
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _guard(connection)
            connection.close()


def _guard(connection: socket.socket) -> None:
    """Be the parent of one server, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    raw, files, _, _ = socket.recv_fds(connection, 65_536, FILES)
    order = json.loads(raw)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        connection.close()
        os.close(write)
        _be_the_server(order, *files, gate=read)
    connection.sendall(f"{child}\n".encode())
    with contextlib.suppress(ConnectionResetError):
        _let_it_run(connection, child, gate=write)
    os.kill(child, signal.SIGKILL)
    os._exit(0)


def _let_it_run(connection: socket.socket, child: int, *, gate: int) -> None:
    if connection.recv(1):
        os.write(gate, b"!")
        ended = os.pidfd_open(child)
        readable = select.select([ended, connection.fileno()], [], [])[0]
        if ended in readable:
            _, status = os.waitpid(child, 0)
            connection.sendall(f"{status}\n".encode())
            os._exit(0)


def _be_the_server(order: dict[str, Any], listening: int, log: int, *, gate: int) -> None:
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.set_inheritable(listening, True)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    if not os.read(gate, 1):
        os._exit(0)
    for name, value in order["patches"].items():
        _patch(name, value)
    if order["end_at"]:
        _end_at(order["end_at"])
    sys.argv = ["chatbot", *order["arguments"], "--fd", str(listening)]
    main()


def _patch(name: str, value: object) -> None:
    """Set ``module:attribute``, ``module:class.attribute`` or the default ``module:function(parameter)``."""
    module, _, attribute = name.partition(":")
    target: Any = importlib.import_module(module)
    path, _, parameter = attribute.removesuffix(")").partition("(")
    *parents, last = path.split(".")
    for parent in parents:
        target = getattr(target, parent)
    found = getattr(target, last)
    if not parameter:
        setattr(target, last, value)
        return
    if parameter in (found.__kwdefaults__ or {}):
        found.__kwdefaults__[parameter] = value
        return
    defaults = {one.name: one.default for one in inspect.signature(found).parameters.values()}
    if parameter not in defaults:
        raise LookupError(name)
    given = [given for given in defaults.values() if given is not inspect.Parameter.empty]
    found.__defaults__ = tuple(value if one is defaults[parameter] else one for one in given)


def _end_at(count: int) -> None:
    """Kill this process before the ``count``th SQL statement or before or after the ``count``th POST, all counted."""
    left = count

    def point() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Connection(sqlite3.Connection):
        def execute(self, *args: Any) -> sqlite3.Cursor:
            point()
            return super().execute(*args)

    class Transport(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            point()
            response = await self.inner.handle_async_request(request)
            point()
            return response

        async def aclose(self) -> None:
            await self.inner.aclose()

    connect, open_transport = sqlite3.connect, http.open_transport
    sqlite3.connect = lambda *args, **more: connect(*args, factory=Connection, **more)  # type: ignore[assignment]
    account.open_transport = lambda **more: Transport(open_transport(**more))  # type: ignore[attr-defined]


if __name__ == "__main__":
    serve(str(Path(sys.argv[1])))
