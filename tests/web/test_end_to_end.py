"""A real bot process before a real gateway simulator: what is typed on a phone is answered on it, come what may."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest

import chatbot
from chatbot.simulator import Options, create_app
from chatbot.simulator.options import Account
from chatbot.web import server

ROOT = Path(next(iter(chatbot.__path__))).parent
ANNA, BERT = "+491622943176", "+491622943177"
SECRET = "YXRsZWFzdC1hLWh1bmRyZWQtYW5kLTI4LWJpdHM"
PATIENCE = 60.0

CONFIG = """
[gateway]
url = "{gateway}/messaging/im/v1"
username = "customer_account"
from = "MyCompany"
rate = 1000
[webhook]
public_url = "{callbacks}"
[bots]
modules = ["bar"]
"""
BOT = """
from dataclasses import dataclass, field

from chatbot import Flow, State, Turn, failed, text


@dataclass
class Tab:
    drinks: list[str] = field(default_factory=list)


def note(turn: Turn[Tab]) -> None:
    turn.data.drinks.append(turn.text)


def count(turn: Turn[Tab]) -> str:
    return f"{len(turn.data.drinks)}: {', '.join(turn.data.drinks)}"


class Bar(Flow[Tab]):
    counter = State("What will it be?", initial=True)
    home = State(lambda turn: f"That was {count(turn)}", final=True)
    lost = State("Hello, can you read me?", final=True)

    counter.on(text("bill"), to=home)
    counter.on(text, do=note, says=count)
    home.on(failed, to=lost)
"""


class Bot:
    """A bot process. Its socket is ours, so that it has the same address when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = server.bind("127.0.0.1", 0)
        self.socket.listen(128)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; who connects from now on waits until it answers."""
        fd = self.socket.fileno()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatbot", "--config", str(self.folder / "config.toml"), "run", "--fd", str(fd)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "TYNTEC_PASSWORD": "p4ssword", "CHATBOT_WEBHOOK_SECRET": SECRET},
            pass_fds=[fd],
            stderr=subprocess.PIPE,
        )

    def kill(self) -> None:
        """End the process at whatever instruction it is."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    def stop(self) -> None:
        """Ask the process to end, and see that it does so without a complaint, but for what a kill has left."""
        assert self.process is not None
        self.process.terminate()
        _, said = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode in (0, -signal.SIGTERM)
        assert [line for line in said.decode().splitlines() if "process ended" not in line] == []


class Phone:
    """A phone at the simulator."""

    def __init__(self, client: httpx.AsyncClient, number: str) -> None:
        self._client = client
        self._number = number

    async def types(self, text: str) -> None:
        """Write to the bot."""
        answer = await self._client.post(f"/phone/{self._number}/messages", json={"text": text})
        assert answer.status_code == 201, answer.text

    async def shows(self, *expected: str) -> None:
        """Wait until the bot has said so many things, and see that they are these, in this order."""
        await self._see(self.said, *expected)

    async def gets(self, *expected: str) -> None:
        """Wait until so many things were sent to this phone, shown or not, and see that they are these."""
        await self._see(self.sent, *expected)

    async def said(self) -> list[str]:
        """Give what the bot has said on this phone."""
        thread = (await self._client.get(f"/phone/{self._number}")).json()["messages"]
        return [bubble["text"] for bubble in thread if bubble["side"] == "bot"]

    async def sent(self) -> list[str]:
        """Give what the gateway was given for this phone."""
        sends = (await self._client.get("/_control/sends", params={"to": self._number})).json()["sends"]
        return [send["request"]["text"] for send in sends]

    async def _see(self, look: Callable[[], Awaitable[list[str]]], *expected: str) -> None:
        async with asyncio.timeout(PATIENCE), self._client.stream("GET", f"/phone/{self._number}/events") as news:
            lines = news.aiter_lines()
            while len(found := await look()) < len(expected):
                await anext(lines)
        assert found == list(expected)


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    """A bot that is not started yet."""
    made = Bot(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()
    made.socket.close()


@pytest.fixture
async def simulator(bot: Bot) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a simulator on a port of the system's choice, whose account belongs to ``bot``, which is started."""
    options = Options(
        accounts=(Account("customer_account", "p4ssword"),),
        inbound_url=f"{bot.url}/callbacks/{SECRET}",
        inbound_retry=0.1,
        receipt_retry=0.1,
        receipt_attempts=600,
        callback_timeout=0.5,
        delivery_delay=0.01,
    )
    listening = server.bind("127.0.0.1", 0)
    listening.listen(128)
    running = server.server(create_app(options))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    (bot.folder / "config.toml").write_text(CONFIG.format(gateway=url, callbacks=bot.url))
    (bot.folder / "bar.py").write_text(BOT)
    bot.start()
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        yield client
    running.should_exit = True
    await asyncio.to_thread(thread.join, PATIENCE)


async def test_what_is_typed_on_a_phone_is_answered_on_it(bot: Bot, simulator: httpx.AsyncClient) -> None:
    anna, bert = Phone(simulator, ANNA), Phone(simulator, BERT)
    await anna.types("good evening")
    await bert.types("hi")
    await anna.shows("What will it be?")
    await anna.types("tea")
    await anna.types("ale")
    await anna.shows("What will it be?", "1: tea", "2: tea, ale")
    await bert.shows("What will it be?")
    bot.stop()


async def test_a_failed_delivery_comes_back_to_the_flow_as_a_receipt(bot: Bot, simulator: httpx.AsyncClient) -> None:
    anna = Phone(simulator, ANNA)
    await anna.types("good evening")
    await anna.shows("What will it be?")
    answer = await simulator.post("/_control/phones", json={"number": ANNA, "reachability": "unreachable"})
    assert answer.status_code == 200
    await anna.types("bill")
    await anna.gets("What will it be?", "That was 0: ", "Hello, can you read me?")


async def test_a_conversation_outlives_a_kill_and_nothing_is_lost_or_doubled(
    bot: Bot, simulator: httpx.AsyncClient
) -> None:
    anna = Phone(simulator, ANNA)
    await anna.types("good evening")
    await anna.types("tea")
    await anna.shows("What will it be?", "1: tea")
    bot.kill()
    await anna.types("ale")  # the gateway repeats it until somebody takes it
    await anna.types("gin")
    bot.start()
    await anna.shows("What will it be?", "1: tea", "2: tea, ale", "3: tea, ale, gin")
    bot.kill()
    bot.start()
    await anna.types("bill")
    await anna.shows("What will it be?", "1: tea", "2: tea, ale", "3: tea, ale, gin", "That was 3: tea, ale, gin")
    bot.stop()


async def test_a_bot_that_is_told_to_stop_ends_cleanly_and_goes_on_when_started_again(
    bot: Bot, simulator: httpx.AsyncClient
) -> None:
    anna = Phone(simulator, ANNA)
    await anna.types("good evening")
    await anna.types("tea")
    await anna.shows("What will it be?", "1: tea")
    bot.stop()
    bot.start()
    await anna.types("ale")
    await anna.shows("What will it be?", "1: tea", "2: tea, ale")


async def test_a_body_that_is_too_large_is_refused_in_words_over_a_real_connection(
    bot: Bot, simulator: httpx.AsyncClient
) -> None:
    async with httpx.AsyncClient(base_url=bot.url, timeout=PATIENCE) as stranger:
        answer = await stranger.post(f"/callbacks/{SECRET}", content=b" " * 1_000_000)
        assert answer.status_code == 413
        assert (await stranger.get("/readyz")).json()["ready"]


def test_a_port_that_is_taken_is_told_with_what_to_do(bot: Bot) -> None:
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (bot.folder / "config.toml").write_text(CONFIG.format(gateway=bot.url, callbacks=bot.url))
        (bot.folder / "bar.py").write_text(BOT)
        ended = subprocess.run(
            [sys.executable, "-m", "chatbot", "--config", str(bot.folder / "config.toml"), "run"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "TYNTEC_PASSWORD": "p4ssword",
                "CHATBOT_WEBHOOK_SECRET": SECRET,
                "CHATBOT_WEBHOOK__PORT": str(port),
            },
            capture_output=True,
            timeout=PATIENCE,
            text=True,
        )
    assert ended.returncode == 2
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "choose another" in ended.stderr
