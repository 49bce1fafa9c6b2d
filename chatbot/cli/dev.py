"""`chatbot dev`: the bots, the simulator and a phone in the browser; bots reload when a file is saved."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click
from watchfiles import DefaultFilter, watch

from chatbot import simulator as gateway_simulator
from chatbot.cli import stored
from chatbot.cli.child import Bots
from chatbot.cli.context import UNREACHABLE, Context
from chatbot.cli.recall import recall
from chatbot.cli.sockets import PORT, address, listen
from chatbot.errors import ConfigError
from chatbot.simulator.options import Account, Options
from chatbot.simulator.phones import Bubble
from chatbot.store.opener import remove
from chatbot.web import server


@click.command()
@click.option(
    "--phone-port",
    type=PORT,
    metavar="PORT",
    default=8080,
    show_default=True,
    help="Port of the simulator's phone page.",
)
@click.option("--port", type=PORT, metavar="PORT", default=None, help="Port of the bots; config.toml's when left out.")
@click.option("--fresh", is_flag=True, help="Forget the conversations of earlier runs.")
@click.pass_obj
@click.pass_context
def dev(ctx: click.Context, context: Context, phone_port: int, port: int | None, fresh: bool) -> None:
    """Run the bots against the local simulator, with a phone in the browser; reload on save.

    Conversations are kept in chatbot-dev.db beside config.toml, apart from those of production, and go on at the next
    run. A port that is taken is replaced by a free one.
    """
    settings = stored.of_dev(context.config())
    if fresh:
        remove(settings.store.url, settings.folder)
    threads = asyncio.run(recall(settings))
    if threads:
        context.say("conversations of earlier runs go on; chatbot dev --fresh forgets them")
    bots = _listen_somewhere(context, settings.webhook.host, settings.webhook.port if port is None else port)
    phones = _listen_somewhere(context, "127.0.0.1", phone_port)
    news = _News(context, bots, phones)
    child = Bots(context, settings, bots, f"{address(phones)}/messaging/im/v1", on_up=news.up, on_end=news.end)
    try:
        with _simulator(child, phones, threads):
            child.start()
            try:
                for _ in watch(settings.folder, watch_filter=_Sources(), stop_event=news.hopeless):
                    context.say("a file was saved: the bots start again")
                    child.restart()
            finally:
                child.stop()
    except KeyboardInterrupt:
        context.say("stopped")
    ctx.exit(UNREACHABLE if news.hopeless.is_set() else 0)


class _Sources(DefaultFilter):
    """Saves that matter: flows, translations and the configuration."""

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith((".py", ".po", ".toml")) and super().__call__(change, path)  # type: ignore[arg-type]


class _News:
    """What is said about the bots as they come and go. ``hopeless`` is set when no save can mend what ended them."""

    def __init__(self, context: Context, bots: socket.socket, phones: socket.socket) -> None:
        self.hopeless = threading.Event()
        self._context = context
        self._bots, self._phones = address(bots), address(phones)
        self._told = False

    def up(self) -> None:
        if self._told:
            self._context.say("the bots are up again")
            return
        self._told = True
        phone = f"{self._phones}/phone/"
        self._context.show({"phone": phone, "bots": self._bots}, f"phone    {phone}")
        self._context.say(
            f"bots     {self._bots}\n"
            "store    chatbot-dev.db: chatbot conversations --dev, chatbot retry --dev\n"
            "Reloads when a file is saved; stop with Ctrl-C."
        )

    def end(self, status: int) -> None:
        if status == UNREACHABLE:
            self.hopeless.set()
        else:
            click.echo("The bots have ended. Mend what is said above and save: they will be tried again.", err=True)


@contextmanager
def _simulator(bots: Bots, sock: socket.socket, threads: Mapping[str, list[Bubble]]) -> Iterator[None]:
    """Run the simulator in a thread, with ``bots`` for its customer and ``threads`` on its phones."""
    options = Options(
        accounts=(Account(bots.username, bots.password),),
        callback_url=bots.callback_url,
        inbound_url=bots.callback_url,
        inbound_retry=1.0,
    )
    app = gateway_simulator.create_app(options)
    for number, bubbles in threads.items():
        app.state.simulator.phones.recall(number, bubbles)
    running = server.server(app)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [sock]}, name="simulator", daemon=True)
    thread.start()
    try:
        yield
    finally:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it deplores the phone pages that are cut off
        running.handle_exit(signal.SIGTERM, None)  # not just should_exit: this is what cuts them off
        thread.join(2)


def _listen_somewhere(context: Context, host: str, port: int) -> socket.socket:
    """Take ``port``, or a free one when somebody has it."""
    try:
        sock = listen(host, port)
    except ConfigError:
        sock = listen(host, 0)
        context.say(f"port {port} is taken; using {sock.getsockname()[1]}")
    return sock
