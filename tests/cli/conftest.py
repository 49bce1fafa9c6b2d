"""The command as a person runs it: a process in a folder, with nothing in the environment that they did not set."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import httpx
import pytest

PATIENCE = 60.0
"""Seconds until something that should have come is given up: generous, because the machine may be busy."""
NUMBER = "+491622943176"
GREETER = '''"""Asks for a name."""

from dataclasses import dataclass

from chatbot import Flow, State, Turn, text


@dataclass
class Guest:
    name: str = ""


def keep_name(turn: Turn[Guest]) -> None:
    turn.data.name = turn.text


class Greeter(Flow[Guest], keyword="hello"):
    """One question."""

    who = State("What is your name?", initial=True)
    met = State("Nice to meet you, {name}.", final=True)

    who.on(text, to=met, do=keep_name)
'''
CONFIG = """[gateway]
username = "username"
from = "MyCompany"

[webhook]
port = 0

[bots]
modules = ["bots.greeter"]
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _environment(more: dict[str, str]) -> dict[str, str]:
    ours = ("CHATBOT_", "TYNTEC_", "PYTEST_", "COV_")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, **more}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a bot and its config.toml."""
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "greeter.py").write_text(GREETER, encoding="utf-8")
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def secrets() -> dict[str, str]:
    """The variables of the environment that hold the secrets of production; the password is the simulator's."""
    return {"TYNTEC_PASSWORD": "password", "CHATBOT_WEBHOOK_SECRET": "c2VjcmV0LW9mLXRoZS10ZXN0cy1vZi1jb21tYW5kcw"}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command to its end: ``run("check", "--help")``; ``stdin`` is piped in, ``env`` added."""

    def once(
        *arguments: str,
        stdin: str = "",
        env: dict[str, str] | None = None,
        cwd: Path = tmp_path,
        module: str = "chatbot",
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=cwd,
            env=_environment(env or {}),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return once


@pytest.fixture
def rehearse(run: Run) -> Run:
    """Run pytest with nothing but chatbot beside it, as in a folder of one's own: ``rehearse("ada.chat")``."""

    def once(*arguments: str) -> subprocess.CompletedProcess[str]:
        alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return run("-q", "-p", "chatbot.testing.plugin", *arguments, module="pytest", env=alone)

    return once


class Output:
    """What a process has written so far, line by line."""

    def __init__(self, stream: IO[str]) -> None:
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._stream = stream
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.lines)

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until ``text`` was written ``times`` times. Fails, showing what was, when that does not come."""
        with self._news:
            found = self._news.wait_for(lambda: self.text.count(text) >= times, PATIENCE)
        assert found, f"{text!r} was not written:\n{self.text}"

    def wait_for_end(self) -> None:
        """Wait until no process holds the other end any more."""
        self._reader.join(PATIENCE)
        assert not self._reader.is_alive(), "somebody still holds it"

    def _read(self) -> None:
        for line in self._stream:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()
        self._stream.close()


class Serving:
    """A command that serves until it is stopped, in a process group of its own, as at a terminal."""

    def __init__(self, folder: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatbot", "--json", *arguments],
            cwd=folder,
            env=_environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.results, self.words = Output(self.process.stdout), Output(self.process.stderr)

    @property
    def pages(self) -> dict[str, str]:
        """The URLs that it tells when it is up."""
        self.results.wait_for("}\n")
        pages: dict[str, str] = json.loads(self.results.text)
        return pages

    def interrupt(self) -> int:
        """Press Ctrl-C: every process of the group hears it. Gives the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def is_gone(self) -> bool:
        """Tell whether no process of the group is left."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def clear_away(self) -> None:
        """End all of it, whatever a test left."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.results.wait_for_end()
        self.words.wait_for_end()


Serve = Callable[..., Serving]


@pytest.fixture
def start() -> Iterator[Serve]:
    """Start a command that serves: ``start(folder, "dev")``; it is gone when the test is over."""
    started: list[Serving] = []

    def one(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Serving:
        started.append(Serving(folder, *arguments, env=env))
        return started[-1]

    yield one
    for serving in started:
        serving.clear_away()


@dataclass
class Phone:
    """A phone of the simulator: what is written on it, and what it hears."""

    client: httpx.Client
    news: Iterator[str]
    known: set[int] = field(default_factory=set)

    def write(self, text: str) -> None:
        """Write to the bot."""
        self.client.post(f"/phone/{quote(NUMBER)}/messages", json={"text": text}).raise_for_status()

    def shown(self) -> list[dict[str, Any]]:
        """Give all that it shows, the oldest first."""
        bubbles: list[dict[str, Any]] = self.client.get(f"/phone/{quote(NUMBER)}").raise_for_status().json()["messages"]
        return bubbles

    def hear(self) -> str:
        """Wait for the bot's next message and give its text."""
        for line in self.news:
            event: dict[str, Any] = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            bubble = event.get("bubble", {})
            if bubble.get("side") == "bot" and bubble["id"] not in self.known:
                self.known.add(bubble["id"])
                return str(bubble["text"])
        raise AssertionError("the simulator has hung up")


@pytest.fixture
def pick_up() -> Iterator[Callable[[Serving], Phone]]:
    """Pick up the phone of a simulator: ``pick_up(serving)``."""
    with httpx.Client(timeout=PATIENCE) as client:
        streams = []

        def one(serving: Serving) -> Phone:
            client.base_url = serving.pages["phone"].removesuffix("/phone/")
            stream = client.stream("GET", f"/phone/{quote(NUMBER)}/events")
            news = stream.__enter__().iter_lines()
            streams.append(stream)
            next(news)
            return Phone(client, news)

        yield one
        for stream in streams:
            stream.__exit__(None, None, None)
