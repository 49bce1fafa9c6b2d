"""The pytest plugin: each conversation of a `.chat` file is a test; ``--chat-update`` rewrites what the bot says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot import config
from chatbot.flows import catalogue
from chatbot.flows.catalogue import Catalogue
from chatbot.testing.rehearsal import Played, Rehearsal, as_diff
from chatbot.testing.transcript import Transcript, TranscriptError, parse, wrote


class TranscriptFailed(AssertionError):
    """A conversation did not go as it is written; the text is what pytest shows."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--chat-update``."""
    parser.getgroup("chatbot").addoption(
        "--chat-update", action="store_true", help="rewrite in *.chat files what the bot says (never under CI)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse ``--chat-update`` under CI, where nobody would read what was rewritten."""
    if config.getoption("--chat-update") and os.environ.get("CI"):
        raise pytest.UsageError("--chat-update rewrites expectations, so it is refused under CI")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect every ``*.chat`` file."""
    return ChatFile.from_parent(parent, path=file_path) if file_path.suffix == ".chat" else None


class ChatFile(pytest.File):
    """A file of conversations. Its bots are those of the nearest config.toml above it."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give one test for each conversation."""
        try:
            found = parse(self.path.read_text(encoding="utf-8"), self.path.name)
        except (TranscriptError, UnicodeDecodeError) as error:
            raise self.CollectError(str(error)) from error
        for number, transcript in enumerate(found, 1):
            name = transcript.title.replace(" ", "-")
            yield ChatItem.from_parent(self, name=f"{number}-{name}", transcript=transcript)


class ChatItem(pytest.Item):
    """One conversation as a test."""

    def __init__(self, *, transcript: Transcript, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.transcript = transcript

    def runtest(self) -> None:
        """Play the conversation and fail where it goes another way."""
        played = asyncio.run(Rehearsal(_bots(self.path.parent), self.transcript).run())
        if not played.failure:
            return
        if self.config.getoption("--chat-update"):
            rewrite(self.path, self.transcript, played)
        else:
            raise TranscriptFailed(as_diff(self.transcript, played, self.path.name))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """Show the diff alone; anything else with its traceback."""
        if isinstance(excinfo.value, TranscriptFailed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the file and the line of the conversation."""
        return self.path, self.transcript.line - 1, self.name


def _bots(folder: Path) -> Catalogue:
    path = config.find(folder)
    bots = config.load(path, os.environ).bots
    return catalogue.load(bots.modules, bots.default or None, path.parent)


def rewrite(path: Path, transcript: Transcript, played: Played) -> None:
    """Write into ``path`` what the bot really said in ``transcript``; comments and everything else stay as they are."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = transcript.steps[0].line if transcript.steps else transcript.line + 1
    last = transcript.steps[-1].line + transcript.steps[-1].text.count("\n") if transcript.steps else transcript.line
    known = {step.line for step in transcript.steps}
    new: list[str] = []
    for step in played.steps:
        if step.line in known and new:
            new.extend(_comments_above(lines, step.line))
        new.extend(wrote(step.word, step.text).splitlines())
    path.write_text("\n".join([*lines[: first - 1], *new, *lines[last:]]).rstrip() + "\n", encoding="utf-8")


def _comments_above(lines: list[str], number: int) -> list[str]:
    """Give the comments and empty lines that stand right above line ``number``, counted from 1."""
    above = number - 1
    while above > 0 and (not lines[above - 1].strip() or lines[above - 1].startswith("#")):
        above -= 1
    return lines[above : number - 1]
