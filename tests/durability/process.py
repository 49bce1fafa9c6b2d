"""One real server process: started from a fork server, killed where a test says, and started again."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

SECRET = "YXRsZWFzdC1hLWh1bmRyZWQtYW5kLTI4LWJpdHM"
PASSWORD = "p4ssword-of-the-gateway"
ACCOUNT = "customer_account"
HERE = Path(__file__).parent

CALLS = ("write", "writev", "pwrite64", "fsync", "fdatasync", "ftruncate", "sendto", "sendmsg")
"""Every system call with which a server writes, syncs or sends."""

PATCHES: dict[str, float] = {
    "chatbot.engine.engine:EVIDENCE": 0.3,
    "chatbot.engine.sender:EVIDENCE": 0.3,
    "chatbot.engine.sender:LONGEST_WAIT": 0.05,
    "chatbot.engine.sender:PAUSE": 0.1,
    "chatbot.engine.engine:TICK": 0.02,
}
"""Waits that take seconds in life, so that a kill point takes less than one."""
BACKOFF = {"chatbot.engine.turns:BACKOFF": [0.03, 0.06], "chatbot.engine.turns:REST": 0.05}

CONFIG = """
[gateway]
username = "{account}"
password_env = "GATEWAY_PASSWORD"
from = "MyCompany"
rate = 1000
[webhook]
secret_env = "WEBHOOK_SECRET"
[store]
url = "sqlite:///bot.db"
[bots]
modules = [{modules}]
"""


@dataclass(frozen=True)
class Point:
    """Where a process is killed: when one of its threads begins its ``n``th ``call``, from its start or when ready.

    ``call`` is a system call; or ``step`` for the ``n``th SQL statement or POST, where nothing can trace a process; or
    ``ms`` for so many milliseconds after its start.
    """

    call: str
    n: int
    from_start: bool = False

    @property
    def is_traced(self) -> bool:
        """Whether strace brings it about."""
        return self.call in CALLS

    def __str__(self) -> str:
        return f"{self.call} {self.n} {'from the start' if self.from_start else 'when ready'}"


@dataclass
class Site:
    """A folder with a config.toml and bots, and the port that stays open while servers come and go."""

    folder: Path
    gateway_url: str
    listening: socket.socket
    patches: Mapping[str, object] = field(default_factory=lambda: {**PATCHES, **BACKOFF})
    options: tuple[str, ...] = ()
    run_options: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, bots: Mapping[str, Path], gateway_url: str, **more: object) -> Site:
        """Lay out ``folder``; ``bots`` maps module names to their source."""
        for name, source in bots.items():
            folder.joinpath("bots").mkdir(exist_ok=True)
            shutil.copy(source, folder / "bots" / f"{name}.py")
        modules = ", ".join(f'"bots.{name}"' for name in bots)
        folder.joinpath("config.toml").write_text(CONFIG.format(account=ACCOUNT, modules=modules))
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        return cls(folder, gateway_url, listening, **more)  # type: ignore[arg-type]

    @property
    def port(self) -> int:
        """Where the server listens."""
        return int(self.listening.getsockname()[1])

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "bot.db"

    @property
    def log(self) -> Path:
        """What every server of this site has said."""
        return self.folder / "server.log"

    def environ(self) -> dict[str, str]:
        """Give the whole environment of a server."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH", "LANG") if name in os.environ}
        return {
            **kept,
            "CHATBOT_GATEWAY__URL": self.gateway_url,
            "CHATBOT_WEBHOOK__PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "GATEWAY_PASSWORD": PASSWORD,
            "WEBHOOK_SECRET": SECRET,
            **self.settings,
        }

    def close(self) -> None:
        """Give the port back."""
        self.listening.close()


class Process:
    """One server."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self._reader = reader
        self._writer = writer
        self._tracer: asyncio.subprocess.Process | None = None
        self.ended = asyncio.create_task(self._wait())

    @property
    def was_killed(self) -> bool:
        """Whether it has ended by SIGKILL."""
        return self.status == signal.SIGKILL

    @property
    def status(self) -> int | None:
        """The wait status, None while it runs."""
        return self.ended.result() if self.ended.done() else None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing when it has ended, which may not have been told yet."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def begin(self) -> None:
        """Let it run."""
        self._writer.write(b"!")
        await self._writer.drain()

    async def trace(self, *options: str) -> None:
        """Attach strace with ``options``; returns when it watches every thread."""
        self._tracer = await asyncio.create_subprocess_exec(
            "strace", "-f", *options, "-p", str(self.pid),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._tracer.stderr is not None
        line = await self._tracer.stderr.readline()
        assert b"attached" in line, line.decode()
        self._drain = asyncio.create_task(self._tracer.stderr.read())

    async def kill_at(self, point: Point) -> None:
        """Have the kernel kill it at ``point``."""
        inject = f"inject={point.call}:signal=KILL:when={point.n}"
        await self.trace("-e", f"trace={point.call}", "-e", inject, "-o", "/dev/null")

    async def untrace(self) -> None:
        """Detach strace: from here on every call does what it should."""
        assert self._tracer is not None
        self._tracer.send_signal(signal.SIGINT)
        await self._tracer.wait()
        await self._drain
        self._tracer = None

    async def fail_at(self, call: str, error: str, when: str, file: Path | None = None) -> None:
        """Have a system call (on ``file``) give an error: ``1`` the first time, ``1+`` from then on."""
        paths = ["-P", str(file)] if file is not None else []
        inject = f"inject={call}:error={error}:when={when}"
        await self.trace(*paths, "-e", f"trace={call}", "-e", inject, "-o", "/dev/null")

    async def close(self) -> None:
        """Kill it if it runs."""
        self._writer.close()
        await self.ended
        if self._tracer is not None:
            await self._tracer.wait()
            await self._drain

    async def _wait(self) -> int:
        return int(await self._reader.readline() or -1)


class ForkServer:
    """Starts servers. Make it with `forking`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def start(self, site: Site, point: Point | None = None) -> Process:
        """Start a server for ``site`` that ends at ``point``; returns at once, or when it is traced."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._path))
        order = {
            "folder": str(site.folder),
            "environ": site.environ(),
            "arguments": [*site.options, "run", *site.run_options],
            "patches": site.patches,
            "end_at": point.n if point is not None and point.call == "step" else 0,
        }
        with site.log.open("ab") as log:
            socket.send_fds(connection, [json.dumps(order).encode()], [site.listening.fileno(), log.fileno()])
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        process = Process(int(await reader.readline()), reader, writer)
        traced = point if point is not None and point.is_traced else None
        if traced is not None and traced.from_start:
            await process.kill_at(traced)
        await process.begin()
        if traced is not None and not traced.from_start and await ready(site, process):
            await process.kill_at(traced)
        if point is not None and point.call == "ms":
            asyncio.get_running_loop().call_later(point.n / 1000, process.signal, signal.SIGKILL)
        return process


@contextmanager
def forking() -> Iterator[ForkServer]:
    """Run a fork server."""
    with TemporaryDirectory() as folder:  # a Unix socket's path must be short
        path = Path(folder) / "fork"
        command = [sys.executable, str(HERE / "forkserver.py"), str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            assert process.stdout.readline() == b"ready\n"
            yield ForkServer(path)
            process.stdin.close()


async def again(attempt: Callable[[], Awaitable[bool]], every: float = 0.015) -> None:
    """Await ``attempt()`` until it gives True: another process sets no event that could be waited for."""
    while True:
        if await attempt():
            return
        await asyncio.sleep(every)


async def post(port: int, path: str, body: bytes) -> int | None:
    """POST ``body`` and give the status; None when there was no answer."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    return await _exchange(port, head.encode() + body)


async def get(port: int, path: str) -> int | None:
    """GET ``path`` and give the status; None when there was no answer."""
    return await _exchange(port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())


async def ready(site: Site, process: Process) -> bool:
    """Wait until the server answers; False when it has ended instead."""
    asked = asyncio.create_task(get(site.port, "/readyz"))
    await asyncio.wait({asked, process.ended}, return_when=asyncio.FIRST_COMPLETED)
    if not asked.done():
        asked.cancel()
        return False
    return asked.result() == 200


async def _exchange(port: int, request: bytes) -> int | None:
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        line = await reader.readline()
    except OSError:
        return None
    finally:
        if writer is not None:
            writer.close()
    return int(line.split()[1]) if line.endswith(b"\n") else None


_CALL = re.compile(r"(\d+) +(\w+)\(")


def count_calls(trace: Path) -> Counter[str]:
    """Give for each system call how often the thread that made most of them made it."""
    by_thread = Counter(match.groups() for match in map(_CALL.match, trace.read_text().splitlines()) if match)
    most: Counter[str] = Counter()
    for (_, call), count in by_thread.items():
        most[call] = max(most[call], count)
    return most
