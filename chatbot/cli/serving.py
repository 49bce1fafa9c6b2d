"""The commands that serve: the bots in production, and the simulator alone."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import click

from chatbot import simulator as gateway_simulator
from chatbot.cli.authoring import count_stranded
from chatbot.cli.context import Context
from chatbot.errors import ConfigError
from chatbot.simulator.options import Options, described
from chatbot.web import server
from chatbot.web.app import create_app


@click.command()
@click.option("--fd", type=int, hidden=True, help="A listening socket that was handed down.")
@click.option("--land-stranded", is_flag=True, help="Start even so: who cannot go on begins anew.")
@click.pass_obj
def run(context: Context, fd: int | None, land_stranded: bool) -> None:
    """Run the bots of config.toml as a web service.

    Refuses to start when live conversations could not go on under today's flows, and says what to write.
    """
    settings = context.config()
    catalogue = context.catalogue(settings)
    app = create_app(settings, catalogue)
    if lost := asyncio.run(count_stranded(settings, catalogue)):
        text = "\n".join(f"  {one}" for one in lost)
        if not land_stranded:
            raise ConfigError(f"these conversations could not go on:\n{text}\nor start with --land-stranded")
        context.say(f"these conversations begin anew:\n{text}")
    sock = socket.socket(fileno=fd) if fd is not None else listen(settings.webhook.host, settings.webhook.port)
    if fd is None:
        context.say(f"bots on {address(sock)}, callbacks at /callbacks/<secret>; stop with Ctrl-C")
    _serve(app, sock)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on; 0 takes a free one.")
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
    sock.listen(128)  # who reads the address below may call at once
    where = address(sock)
    context.say(f"gateway  {where}/messaging/im/v1\nphone    {where}/phone/\nlevers   {where}/_control/state")
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


def listen(host: str, port: int) -> socket.socket:
    """Take a port. Raises ConfigError that says what to do when it is taken."""
    try:
        return server.bind(host, port)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror}; choose another port") from error


def address(sock: socket.socket) -> str:
    """Give the URL of what listens on ``sock``."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _serve(app: Any, sock: socket.socket) -> None:
    running = server.server(app)
    running.run(sockets=[sock])
    if not running.started:
        raise SystemExit(3)
