"""The transcripts visit every row of the example bots, so that none is there for show."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chatbot import config
from chatbot.flows.catalogue import Catalogue, of_config
from chatbot.flows.check.written import rows
from chatbot.flows.compile import CompiledFlow
from chatbot.testing.rehearsal import Rehearsal
from chatbot.testing.transcript import parse

HERE = Path(__file__).parent
BOTS = of_config(config.load(HERE.parent.parent / "config.toml", {}))


async def trail(bots: Catalogue) -> list[str]:
    """Give the rows that fire in all transcripts, as the turns' log has them."""
    transcripts = [one for path in sorted(HERE.glob("*.chat")) for one in parse(path.read_text("utf-8"), path.name)]
    return [line for one in transcripts for line in (await Rehearsal(bots, one).run()).trail]


def unvisited(flow: CompiledFlow, lines: list[str]) -> list[str]:
    """Name the rows of ``flow``, and of those that it embeds, that no line tells of."""
    return [
        f"{source.name}: {row.label} ({row.at})"
        for source, row, _ in rows(flow)
        if not any(row.label in line and line.endswith(f"({row.at})") for line in lines)
    ]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return asyncio.run(trail(BOTS))


@pytest.mark.parametrize("flow", BOTS.flows.values(), ids=BOTS.flows.keys())
def test_every_row_fires_in_some_transcript(flow: CompiledFlow, lines: list[str]) -> None:
    assert unvisited(flow, lines) == []


def test_a_row_that_fires_in_none_is_named(lines: list[str]) -> None:
    flow = BOTS.find("pickup")
    told = [line for line in lines if "timeout" not in line]
    assert [line.partition(" (")[0] for line in unvisited(flow, told)] == ["address: timeout"]
