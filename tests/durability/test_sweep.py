"""A server that is killed at any write, sync or send loses nothing that it has acknowledged, and doubles nothing."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .play import SCRIPTS
from .process import ForkServer, Point
from .sweep import Figures, count, each, evenly, opening, sample, sweep

Report = Callable[[Figures], None]
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
scripts = pytest.mark.parametrize("name", SCRIPTS)

SHARES = 4
A_SCRIPT = 100
"""How many points of a conversation are tried at each change of the code; all of them by ``-m slow``."""


@needs_strace
@scripts
@pytest.mark.parametrize("share", range(SHARES))
async def test_wherever_the_process_is_killed_nothing_is_lost_and_nothing_doubled(
    name: str, share: int, fork: ForkServer, tmp_path: Path, report: Report
) -> None:
    calls = await count(SCRIPTS[name], fork, tmp_path / "count")
    figures = await sweep(SCRIPTS[name], fork, tmp_path, sample(calls, A_SCRIPT)[share::SHARES])
    report(figures)
    assert figures.killed >= 0.75 * figures.points  # on a busy machine several commits become one, and are fewer


@scripts
async def test_where_nothing_can_trace_a_process_it_is_killed_at_each_statement_and_post(
    name: str, fork: ForkServer, tmp_path: Path, report: Report
) -> None:
    figures = await sweep(SCRIPTS[name], fork, tmp_path, evenly([[Point("step", n)] for n in range(1, 601)], 8))
    report(figures)
    assert figures.killed >= 6


@pytest.mark.slow
@needs_strace
@scripts
async def test_the_full_sweep(name: str, fork: ForkServer, tmp_path: Path, report: Report) -> None:
    calls = await count(SCRIPTS[name], fork, tmp_path / "count")
    report(await sweep(SCRIPTS[name], fork, tmp_path, each(calls) + opening(calls["writev"])))


@pytest.mark.slow
@scripts
async def test_a_thousand_random_kills_of_a_conversation(
    name: str, fork: ForkServer, tmp_path: Path, report: Report
) -> None:
    chance, total = random.Random(name), Figures()
    for number in itertools.count():
        folder = tmp_path / str(number)
        folder.mkdir()
        deaths = [[Point("ms", chance.randrange(1, 500)) for _ in range(chance.randint(1, 3))] for _ in range(50)]
        total += await sweep(SCRIPTS[name], fork, folder, deaths)
        if total.killed >= 1000 or total.broken:
            break
    report(total)
