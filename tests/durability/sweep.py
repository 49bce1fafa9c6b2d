"""Chooses kill points, plays a conversation to each, and adds up what was found."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .evidence import judge
from .play import Script, play
from .process import ForkServer, Point, count_calls

AT_ONCE = 5
"""How many servers are played with at a time."""
OPENING = {"pwrite64": 48, "fdatasync": 10, "write": 12, "ftruncate": 2}
"""How often a thread of a server calls these until it is ready: those that make the file, and those that recover it."""


@dataclass
class Figures:
    """What a sweep has found. ``points`` were aimed at, ``killed`` were reached."""

    points: int = 0
    killed: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    ambiguous: int = 0
    broken: list[str] = field(default_factory=list)

    def __add__(self, other: Figures) -> Figures:
        return Figures(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    def __str__(self) -> str:
        names = ("points", "killed", "acknowledged", "lost", "doubled", "wrong", "ambiguous")
        return ", ".join(f"{name} {getattr(self, name)}" for name in names)


_counted: dict[str, Counter[str]] = {}


async def count(script: Script, fork: ForkServer, folder: Path) -> Counter[str]:
    """Play ``script`` once undisturbed and count the calls of each kind, by the thread that makes most of them."""
    if script.name not in _counted:
        folder.mkdir()  # noqa: ASYNC240
        played = await play(script, fork, folder, trace=folder / "trace")
        assert judge(played).broken == []
        _counted[script.name] = count_calls(folder / "trace")
    return _counted[script.name]


def each(calls: Counter[str]) -> list[list[Point]]:
    """Give every point of a conversation: one death at each call."""
    return [[Point(call, n)] for call, count in sorted(calls.items()) for n in range(1, count + 1)]


def opening(sends: int) -> list[list[Point]]:
    """Give deaths while a file is made, and second deaths while the next server takes up what a death has left."""
    points = [Point(call, n, from_start=True) for call, count in OPENING.items() for n in range(1, count + 1)]
    return [[point] for point in points] + [
        [Point("writev", 1 + number % sends), point] for number, point in enumerate(points)
    ]


def evenly(deaths: Sequence[list[Point]], wanted: int, offset: float = 0.5) -> list[list[Point]]:
    """Choose ``wanted`` of ``deaths``, evenly spread."""
    step = max(1.0, len(deaths) / wanted)
    return [deaths[int((index + offset) * step)] for index in range(min(wanted, len(deaths)))]


def sample(calls: Counter[str], wanted: int) -> list[list[Point]]:
    """Choose about ``wanted`` points, so that the rare and telling calls are not drowned by the many writes."""
    shares = {"writev": 0.12, "fdatasync": 0.28, "pwrite64": 0.34, "write": 0.12}
    chosen = [
        deaths
        for call, share in shares.items()
        for deaths in evenly(each(Counter({call: calls[call]})), round(wanted * share))
    ]
    return chosen + evenly(opening(calls["writev"]), wanted - len(chosen))


async def sweep(script: Script, fork: ForkServer, folder: Path, deaths: Sequence[list[Point]]) -> Figures:
    """Play ``script`` to each of ``deaths``, some at a time, and judge each run."""
    figures = Figures()
    free = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, points: list[Point]) -> None:
        async with free:
            here = folder / f"{script.name}-{number}"
            here.mkdir()
            played = await play(script, fork, here, points)
        verdict = judge(played)
        figures.points += len(points)
        figures.killed += played.kills
        figures.acknowledged += sum(map(len, played.acknowledged.values()))
        figures.lost += len(verdict.lost)
        figures.doubled += len(verdict.doubled)
        figures.wrong += len(verdict.wrong)
        figures.ambiguous += verdict.ambiguous
        if verdict.broken:
            where = ", then ".join(map(str, points))
            figures.broken.append(f"killed at {where}: {'; '.join(verdict.broken)} ({here})")
        else:
            shutil.rmtree(here)

    async with asyncio.TaskGroup() as group:
        for number, points in enumerate(deaths):
            group.create_task(one(number, points))
    return figures
