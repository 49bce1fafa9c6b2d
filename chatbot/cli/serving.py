"""The commands that serve: the bots in production, and the simulator alone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from typing import Any

import click

from chatbot import simulator as gateway_simulator
from chatbot.cli.context import UNREACHABLE, Context
from chatbot.cli.sockets import PORT, address, listen
from chatbot.config import Config
from chatbot.engine.stranded import Stranded, stranded
from chatbot.errors import ConfigError
from chatbot.flows.catalogue import Catalogue
from chatbot.simulator.options import Options, described
from chatbot.store.opener import open_store
from chatbot.web import server
from chatbot.web.app import create_app

LEAVE_AFTER = 1.0
"""Seconds between the end of the server, when all is stored, and that of the process, whatever holds it up."""


@click.command()
@click.option("--fd", type=int, hidden=True, help="A listening socket that was handed down.")
@click.option("--while-open", type=int, hidden=True, help="A pipe: end when nobody holds its other end any more.")
@click.option(
    "--land-stranded",
    is_flag=True,
    help="Start even so: who cannot go on begins anew, and data without a field is lost.",
)
@click.pass_obj
def run(context: Context, fd: int | None, while_open: int | None, land_stranded: bool) -> None:
    """Run the bots of config.toml as a web service.

    Refuses to start when live conversations would lose their place or their data under today's flows, and says what
    to write.
    """
    if while_open is not None:  # of `chatbot dev`: who reads the log is who writes to the bots
        context.set_up_logging(in_full=True)
        threading.Thread(target=_end_with, args=[while_open], name="lifeline", daemon=True).start()
    settings = context.config()
    _require(settings)
    catalogue = context.catalogue(settings)
    app = create_app(settings, catalogue)
    if lost := asyncio.run(_prepare_store(settings, catalogue)):
        text = "\n".join(f"  {one}" for one in lost)
        if not land_stranded:
            raise ConfigError(
                f"these conversations could not go on as they were:\n{text}\nor start with --land-stranded"
            )
        context.say(f"these conversations begin anew, or lose data:\n{text}")
    sock = socket.socket(fileno=fd) if fd is not None else listen(settings.webhook.host, settings.webhook.port)
    _end_well_when_told()
    if not settings.webhook.public_url:
        context.say("receipts are asked for, minutes late, and not pushed: set [webhook] public_url")
    if fd is None:
        context.say(f"bots on {address(sock)}, callbacks at /callbacks/<secret>; stop with Ctrl-C")
    _serve(app, sock)


def _require(settings: Config) -> None:
    """Raise ConfigError that names all that is missing, and not only the first of it."""
    missing: list[str] = []
    for ask in (settings.gateway.require, settings.webhook.secrets):
        try:
            ask()
        except ConfigError as error:
            missing += str(error).splitlines()
    if len(missing) > 1:
        raise ConfigError("\n  ".join([f"{len(missing)} things are to be set:", *missing]))
    if missing:
        raise ConfigError(missing[0])


async def _prepare_store(settings: Config, catalogue: Catalogue) -> list[Stranded]:
    """Make the store where there is none, and count who could not go on.

    Raises StoreError when this process cannot have it: here that is one line, inside the server a traceback.
    """
    store = await open_store(settings.store.url, settings.folder)
    try:
        return await stranded(store, catalogue)
    finally:
        await store.close()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=PORT, metavar="PORT", default=8080, show_default=True, help="Port to listen on; 0 takes a free one."
)
@click.option("--option", "-o", "options", multiple=True, metavar="NAME=VALUE", help="Set an option (see below).")
@click.pass_obj
def simulator(context: Context, host: str, port: int, options: tuple[str, ...]) -> None:
    """Run the gateway simulator alone, with a phone in the browser."""
    given = {}
    for option in options:
        name, found, value = option.partition("=")
        if not found:
            raise ConfigError(f"--option {option}: write NAME=VALUE")
        given[name.strip()] = value
    app = gateway_simulator.create_app(Options.from_strings(given))
    sock = listen(host, port)
    _end_well_when_told()
    where = address(sock)
    pages = {"gateway": f"{where}/messaging/im/v1", "phone": f"{where}/phone/", "levers": f"{where}/_control/state"}
    context.show(pages, "\n".join(f"{name:<9}{url}" for name, url in pages.items()))
    _serve(app, sock)


simulator.epilog = "\n\n".join(
    [
        "Options of the simulated gateway:",
        *(
            f"\b\n{one.name}={one.default or '(none)'}  ({one.values})\n  {one.help} [{one.source}]"
            for one in described()
        ),
    ]
)


def _end_well_when_told() -> None:
    """Make SIGTERM and Ctrl-C end with status 0, from before the address is announced until after the server's end."""
    # uvicorn raises the signal that ended it once more when it is done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _end(*_: object) -> None:
    """End, and leave behind what does not: Python would wait for a slow call's thread as long as that takes."""
    leave = threading.Timer(LEAVE_AFTER, os._exit, [0])
    leave.daemon = True
    leave.start()
    sys.exit(0)


def _serve(app: Any, sock: socket.socket) -> None:
    """Serve until the server is told to end."""
    running = server.server(app)
    running.run(sockets=[sock])
    if not running.started:
        raise SystemExit(UNREACHABLE)


def _end_with(pipe: int) -> None:
    """End this process in good order when the other end of ``pipe`` is closed, however that came about."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
