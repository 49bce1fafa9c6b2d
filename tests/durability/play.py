"""Plays a canonical conversation to a server that is killed on the way, as the gateway and patient people would."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .gateway import Gateway
from .process import CALLS, HERE, ForkServer, Point, Site
from .service import PATIENCE, Service, serving

ANNA, BERT = "+491622943176", "+491622943177"
BOTS = HERE.parent.parent / "bots"


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
    gateway = Gateway(script.faults, script.receipts, script.by_default)
    async with serving(fork, folder, script.bots, gateway) as service:
        played = Played(script, service.site, gateway)
        enough = asyncio.get_running_loop().create_future()
        keeper = asyncio.create_task(_keep_running(played, service, enough, deaths, trace))
        people = asyncio.create_task(_write_all(played, service))
        try:
            await asyncio.wait({keeper, people}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            people.cancel()
            await asyncio.wait([people])
            enough.set_result(None)
            await keeper
        finally:
            keeper.cancel()
            people.cancel()
            await asyncio.wait([keeper, people])
        assert not people.cancelled(), f"{script.name} did not come to rest\n{service.said()}"
        people.result()
    return played


async def _keep_running(
    played: Played, service: Service, enough: asyncio.Future[None], deaths: Sequence[Point], trace: Path | None
) -> None:
    """Start a server whenever the one before was killed, and stop the last one."""
    coming = list(deaths)
    while not enough.done():
        process = await service.start(coming.pop(0) if coming else None)
        if trace is not None:
            await process.trace("-e", "trace=" + ",".join(CALLS), "-o", str(trace))
        coming_first: set[asyncio.Future[Any]] = {process.ended, enough}
        await asyncio.wait(coming_first, return_when=asyncio.FIRST_COMPLETED)
        if process.ended.done():
            assert process.was_killed, f"the server ended by itself\n{service.said()}"
            played.kills += 1
    await service.stop()


async def _write_all(played: Played, service: Service) -> None:
    """Write every line, and wait until everything has come to rest."""
    await asyncio.gather(*(_write(played, service, contact) for contact in played.script.lines))
    await service.quiet()
    await played.gateway.settled()
    await service.quiet()


async def _write(played: Played, service: Service, contact: str) -> None:
    acknowledged = played.acknowledged.setdefault(contact, [])
    for number, line in enumerate(played.script.lines[contact]):
        words = line.removesuffix("…")
        await service.tell(contact, words, f"{contact[-2:]}-{number}")
        acknowledged.append(f"{contact[-2:]}-{number}")
        if words == line:
            await service.quiet()
