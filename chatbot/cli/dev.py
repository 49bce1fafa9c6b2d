"""`chatbot dev`: the bots, the simulator and a phone in the browser; bots reload when a file is saved."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import click
from watchfiles import DefaultFilter, watch

from chatbot import simulator as gateway_simulator
from chatbot.cli.context import Context
from chatbot.cli.serving import address, listen
from chatbot.config import Config
from chatbot.errors import ConfigError
from chatbot.simulator.options import Account, Options
from chatbot.web import server

STORE = "sqlite:///chatbot-dev.db"
STOP_WITHIN = 12.0


@click.command()
@click.option("--phone-port", default=8080, show_default=True, help="Port of the simulator and its phone page.")
@click.option("--port", type=int, default=None, help="Port of the bots; config.toml's when left out.")
@click.pass_obj
def dev(context: Context, phone_port: int, port: int | None) -> None:
    """Run the bots against the local simulator, with a phone in the browser; reload on save.

    Conversations are kept in chatbot-dev.db beside config.toml, apart from those of production.
    """
    settings = context.config()
    bots = _listen_near(context, settings.webhook.host, settings.webhook.port if port is None else port)
    phones = _listen_near(context, "127.0.0.1", phone_port)
    child = Bots(context, settings, bots, phones)
    child.start()
    simulated = _start_simulator(child, phones)
    try:
        if child.wait_until_up():
            where = address(phones)
            click.echo(f"phone    {where}/phone/")
            context.say(f"bots     {address(bots)}\nReloads when a file is saved; stop with Ctrl-C.")
        for _ in watch(settings.folder, watch_filter=_Sources(), raise_interrupt=False, stop_event=child.stopped):
            context.say("a file was saved: the bots start again")
            child.restart()
    finally:
        child.stop()
        simulated.should_exit = True


class _Sources(DefaultFilter):
    """Saves that matter: Python and TOML files."""

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith((".py", ".toml")) and super().__call__(change, path)  # type: ignore[arg-type]


class Bots:
    """The bots as a child process that can be replaced. Its socket is ours, so that no callback meets a closed door."""

    def __init__(self, context: Context, settings: Config, sock: socket.socket, phones: socket.socket) -> None:
        self.secret = secrets.token_urlsafe(32)
        self.username, self.password = settings.gateway.username or "username", secrets.token_urlsafe(16)
        self.stopped = threading.Event()
        self._sock = sock
        self._process: subprocess.Popen[bytes] | None = None
        self._command = [
            sys.executable,
            "-m",
            "chatbot",
            *_options(context, settings),
            "run",
            "--land-stranded",
            "--fd",
            str(sock.fileno()),
        ]
        self._environ = {
            **os.environ,
            "CHATBOT_GATEWAY__URL": f"{address(phones)}/messaging/im/v1",
            "CHATBOT_GATEWAY__USERNAME": self.username,
            "CHATBOT_GATEWAY__FROM": settings.gateway.sender or "MyCompany",
            "CHATBOT_GATEWAY__RATE": "1000",
            "CHATBOT_GATEWAY__PASSWORD_ENV": "CHATBOT_DEV_PASSWORD",
            "CHATBOT_DEV_PASSWORD": self.password,
            "CHATBOT_WEBHOOK__SECRET_ENV": "CHATBOT_DEV_SECRET",
            "CHATBOT_DEV_SECRET": self.secret,
            "CHATBOT_WEBHOOK__PUBLIC_URL": address(sock),
            "CHATBOT_STORE__URL": STORE,
        }

    @property
    def callback_url(self) -> str:
        """Where the simulator delivers messages and receipts."""
        return f"{address(self._sock)}/callbacks/{self.secret}"

    def start(self) -> None:
        """Start the bots."""
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            self._command, env=self._environ, pass_fds=[self._sock.fileno()]
        )

    def stop(self) -> None:
        """Let the bots finish what is under way, and end them if they do not."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stop and start again, with what was saved."""
        self.stop()
        self.start()

    def wait_until_up(self, within: float = 20.0) -> bool:
        """Wait until the bots answer. False when they ended instead; what they said stands above."""
        until = time.monotonic() + within
        while self._process is not None and self._process.poll() is None and time.monotonic() < until:
            host, port = self._sock.getsockname()[:2]
            asked = http.client.HTTPConnection(host, port, timeout=1)
            try:
                asked.request("GET", "/readyz")
                if asked.getresponse().status == 200:
                    return True
            except OSError:
                time.sleep(0.02)
            finally:
                asked.close()
        click.echo("The bots did not start. Mend what is said above and save: they will be tried again.", err=True)
        return False


def _options(context: Context, settings: Config) -> list[str]:
    chosen = ["--config", str(Path(context.config_file) if context.config_file else settings.folder / "config.toml")]
    return chosen + {-1: ["-q"], 1: ["-v"], 2: ["-vv"]}.get(context.verbosity, [])


def _start_simulator(bots: Bots, sock: socket.socket) -> server.Server:
    options = Options(
        accounts=(Account(bots.username, bots.password),),
        callback_url=bots.callback_url,
        inbound_url=bots.callback_url,
        inbound_retry=1.0,
    )
    running = server.server(gateway_simulator.create_app(options))
    threading.Thread(target=running.run, kwargs={"sockets": [sock]}, name="simulator", daemon=True).start()
    return running


def _listen_near(context: Context, host: str, port: int) -> socket.socket:
    """Take ``port``, or a free one when somebody has it."""
    try:
        sock = listen(host, port)
    except ConfigError:
        sock = listen(host, 0)
        context.say(f"port {port} is taken; using {sock.getsockname()[1]}")
    sock.listen(128)
    return sock
