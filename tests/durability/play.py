"""Plays a canonical conversation to a server that is killed on the way, as the gateway and patient people would."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from .gateway import Gateway
from .process import ACCOUNT, CALLS, HERE, SECRET, ForkServer, Point, Process, Site, post

ANNA, BERT = "+491622943176", "+491622943177"
BOTS = HERE.parent.parent / "bots"
PATIENCE = 30.0

_WAITING = """
    SELECT (SELECT count(*) FROM event WHERE status = 'waiting')
    + (SELECT count(*) FROM outbox WHERE status IN ('waiting', 'sending', 'ambiguous'))
    + (SELECT count(*) FROM invocation)
    + (SELECT count(*) FROM timer WHERE delay < 10)
"""


@dataclass(frozen=True)
class Script:
    """What people write, and what the gateway does. A line that ends in ``…`` is not waited for.

    ``path`` is the one legal way through the states, ``said`` what the bot says on it; ``undelivered`` the state in
    which a contact ends whose last message the gateway could not deliver.
    """

    name: str
    bots: Mapping[str, Path]
    lines: Mapping[str, Sequence[str]]
    path: Mapping[str, Sequence[str]]
    said: Mapping[str, Sequence[str]]
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    receipts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_default: tuple[str, ...] = ("DELIVERED",)
    undelivered: str = ""


KIND = "Parcel or letter?\n1. parcel\n2. letter"
PICKUP = Script(
    "pickup",
    {"pickup": BOTS / "pickup.py"},
    {ANNA: ["pickup", "1", "Main St 5, Potsdam", "Main St 5, Berlin", "yes"]},
    path={ANNA: ["kind", "address", "address", "pricing", "confirm", "booked"]},
    said={
        ANNA: [
            KIND,
            "Where do we collect the parcel?",
            "Sorry, only Berlin so far.",
            "Collect the parcel at Main St 5, Berlin for 12.50 EUR?\n1. yes\n2. no",
            "Booked.",
        ]
    },
    by_default=("BUFFERED", "DELIVERED", "SEEN"),
)
VIBER_FAILS = Script(
    "viber_fails",
    {"pickup": BOTS / "pickup.py"},
    {ANNA: ["pickup", "letter", "Main St 5, Berlin", "1"], BERT: ["hello", "2", "back", "parcel"]},
    path={
        ANNA: ["kind", "address", "pricing", "confirm", "booked"],
        BERT: ["kind", "address", "kind", "address"],
    },
    said={
        ANNA: [
            KIND,
            "Where do we collect the letter?",
            "Collect the letter at Main St 5, Berlin for 4.80 EUR?\n1. yes\n2. no",
            "Booked.",
        ],
        BERT: [KIND, "Where do we collect the letter?", KIND, "Where do we collect the parcel?"],
    },
    faults={
        KIND: ["503", "early"],
        "Where do we collect the letter?": ["reset"],
        "Booked.": ["500", "garbage"],
    },
    receipts={"Booked.": ["UNDELIVERABLE", "BUFFERED", "UNDELIVERABLE"]},
    by_default=("SEEN", "DELIVERED", "SEEN", "BUFFERED"),
    undelivered="on_call",
)
INTERRUPTED = Script(
    "interrupted",
    {"desk": HERE / "bots" / "desk.py"},
    {ANNA: ["order", "poison…", "bread…", "help…", "the price", "3"], BERT: ["order…", "milk…", "2"]},
    path={
        ANNA: ["what", "many", "about", "many", "baking", "ready"],
        BERT: ["what", "many", "baking", "ready"],
    },
    said={
        ANNA: [
            "What would you like?",
            "Sorry, we could not read that.",
            "How many bread?",
            "What is it about?",
            "We will call about the price.",
            "How many bread?",
            "3 bread, thank you.",
            "One moment.",
            "Your bread is ready.",
        ],
        BERT: ["What would you like?", "How many milk?", "2 milk, thank you.", "One moment.", "Your milk is ready."],
    },
    faults={"How many bread?": ["reset"]},
)
SCRIPTS = {script.name: script for script in (PICKUP, VIBER_FAILS, INTERRUPTED)}


@dataclass
class Played:
    """One run: what the gateway saw, what was acknowledged, and the file that was left."""

    script: Script
    site: Site
    gateway: Gateway
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    kills: int = 0


async def play(
    script: Script, fork: ForkServer, folder: Path, deaths: Sequence[Point] = (), trace: Path | None = None
) -> Played:
    """Play ``script`` in ``folder`` from beginning to end; the nth server ends at the nth of ``deaths``.

    ``trace`` is a file that takes the system calls of a run without deaths.
    """

    async def deliver(path: str, body: bytes) -> int | None:
        return await post(site.port, path, body)

    gateway = Gateway(deliver, script.faults, script.receipts, script.by_default)
    await gateway.open()
    site = Site.make(folder, script.bots, gateway.url)
    played = Played(script, site, gateway)
    keeper = asyncio.create_task(_keep_running(played, fork, deaths, trace))
    try:
        async with asyncio.timeout(PATIENCE):
            people = asyncio.gather(*(_write(played, contact) for contact in script.lines))
            await asyncio.wait({keeper, people}, return_when=asyncio.FIRST_COMPLETED)
            if keeper.done():
                keeper.result()
            await people
            await _quiet(played)
            await gateway.settled()
            await _quiet(played)
    except TimeoutError:
        raise AssertionError(f"{script.name} did not come to rest\n{site.log.read_text()}") from None
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])
        await gateway.close()
        site.close()
    keeper.result()
    return played


async def _keep_running(played: Played, fork: ForkServer, deaths: Sequence[Point], trace: Path | None) -> None:
    """Start a server whenever the one before was killed."""
    coming = list(deaths)
    process: Process | None = None
    try:
        while True:
            process = await fork.start(played.site, coming.pop(0) if coming else None)
            if trace is not None:
                await process.trace("-e", "trace=" + ",".join(CALLS), "-o", str(trace))
            await asyncio.shield(process.ended)
            assert process.was_killed, f"the server ended by itself\n{played.site.log.read_text()}"
            played.kills += 1
            await process.close()
    except asyncio.CancelledError:
        if process is None:
            return
        process.signal(signal.SIGTERM)
        await asyncio.wait([process.ended], timeout=30)
        stopped = process.ended.done()
        await process.close()
        assert stopped, f"SIGTERM did not end the server\n{played.site.log.read_text()}"
        assert process.status in (0, signal.SIGKILL, signal.SIGTERM), f"{process.status}\n{played.site.log.read_text()}"


async def _write(played: Played, contact: str) -> None:
    """Write the lines of one contact, each until it was acknowledged, as the gateway does."""
    acknowledged = played.acknowledged.setdefault(contact, [])
    for number, line in enumerate(played.script.lines[contact]):
        words = line.removesuffix("…")
        request_id = f"{contact[-2:]}-{number}"
        body = {"from": contact, "to": ACCOUNT, "message": words, "requestId": request_id}
        while await post(played.site.port, f"/callbacks/{SECRET}", json.dumps(body).encode()) not in (200, 202):
            await asyncio.sleep(0.01)
        acknowledged.append(request_id)
        if words == line:
            await _quiet(played)


async def _quiet(played: Played) -> None:
    """Wait until nothing waits for anything but people."""
    while not _is_quiet(played.site.file):
        await asyncio.sleep(0.015)


def _is_quiet(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=0.1)) as stranger:
            return bool(stranger.execute(_WAITING).fetchone()[0] == 0)
    except sqlite3.OperationalError:  # just being made, or recovered
        return False
