"""The bots of `chatbot dev`: a child process that can be replaced, and that never outlives its parent."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

from chatbot.cli.context import Context
from chatbot.cli.recall import SENDER
from chatbot.cli.sockets import address
from chatbot.config import Config

STOP_WITHIN = 12.0
_PATIENCE = 1.0


class Bots:
    """The bots as a child process. Its socket is ours, so that no callback meets a closed door while it is replaced.

    ``on_up`` is called when a child answers, ``on_end`` with its exit status when it ends by itself; both from a thread
    of their own.
    """

    def __init__(
        self,
        context: Context,
        settings: Config,
        sock: socket.socket,
        gateway_url: str,
        *,
        on_up: Callable[[], None],
        on_end: Callable[[int], None],
    ) -> None:
        self.secret = secrets.token_urlsafe(32)
        self.username, self.password = settings.gateway.username or "username", secrets.token_urlsafe(16)
        self._sock = sock
        self._on_up, self._on_end = on_up, on_end
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline, self._ours = os.pipe()
        self._command = [sys.executable, "-m", "chatbot", *_options(context), "run", "--land-stranded"]
        self._command += ["--fd", str(sock.fileno()), "--while-open", str(self._lifeline)]
        self._environ = {
            **os.environ,
            "CHATBOT_GATEWAY__URL": gateway_url,
            "CHATBOT_GATEWAY__USERNAME": self.username,
            "CHATBOT_GATEWAY__FROM": settings.gateway.sender or SENDER,
            "CHATBOT_GATEWAY__RATE": "1000",
            "CHATBOT_GATEWAY__PASSWORD_ENV": "CHATBOT_DEV_PASSWORD",
            "CHATBOT_DEV_PASSWORD": self.password,
            "CHATBOT_WEBHOOK__SECRET_ENV": "CHATBOT_DEV_SECRET",
            "CHATBOT_DEV_SECRET": self.secret,
            "CHATBOT_WEBHOOK__PUBLIC_URL": address(sock),
            "CHATBOT_STORE__URL": settings.store.url,
        }

    @property
    def callback_url(self) -> str:
        """Where the simulator delivers messages and receipts."""
        return f"{address(self._sock)}/callbacks/{self.secret}"

    def start(self) -> None:
        """Start the bots."""
        # Ctrl-C reaches every process of the terminal: the child leaves it to us, so that it can end in good order.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._command, env=self._environ, pass_fds=[self._sock.fileno(), self._lifeline]
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        threading.Thread(target=self._follow, args=[self._process], name="bots", daemon=True).start()

    def stop(self) -> None:
        """Let the bots finish what is under way, and end them if they do not."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except BaseException:
            process.kill()  # also at a second Ctrl-C
            process.wait()
            raise

    def restart(self) -> None:
        """Stop and start again, with what was saved."""
        self.stop()
        self.start()

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not self._answers():
            pass
        if process.poll() is None and process is self._process:
            self._on_up()
        status = process.wait()
        if process is self._process:
            self._on_end(status)

    def _answers(self) -> bool:
        host, port = self._sock.getsockname()[:2]
        asked = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
        try:
            asked.request("GET", "/readyz")  # our socket takes it at once; the child answers when it is up
            return asked.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()


def _options(context: Context) -> list[str]:
    loudness = {-1: ["-q"], 1: ["-v"], 2: ["-vv"]}.get(context.verbosity, [])
    return ["--config", str(context.path), *loudness]
