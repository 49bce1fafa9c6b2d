"""The pytest plugin: each conversation of a `.chat` file is a test; ``--chat-update`` rewrites what the bot says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot import config
from chatbot.errors import ChatbotError, ConfigError
from chatbot.flows import catalogue
from chatbot.flows.catalogue import Catalogue
from chatbot.testing.rehearsal import Played, Rehearsal, as_diff
from chatbot.testing.transcript import Step, Transcript, TranscriptError, parse, wrote


class TranscriptFailed(AssertionError):
    """A conversation did not go as it is written; the text is what pytest shows."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--chat-update``."""
    parser.getgroup("chatbot").addoption(
        "--chat-update", action="store_true", help="rewrite in *.chat files what the bot says (never under CI)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse ``--chat-update`` under CI, where nobody would read what was rewritten, and by several processes."""
    if config.getoption("--chat-update") and os.environ.get("CI"):
        raise pytest.UsageError("--chat-update rewrites expectations, so it is refused under CI")
    if config.getoption("--chat-update") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--chat-update rewrites files that its tests share, so run it without -n")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect every ``*.chat`` file."""
    return ChatFile.from_parent(parent, path=file_path) if file_path.suffix == ".chat" else None


class ChatFile(pytest.File):
    """A file of conversations. Its bots are those of the nearest config.toml above it."""

    @property
    def shown(self) -> str:
        """The file as errors name it: from the root of the tests, so that an editor opens it."""
        root = self.config.rootpath
        return (self.path.relative_to(root) if self.path.is_relative_to(root) else self.path).as_posix()

    def collect(self) -> Iterator[pytest.Item]:
        """Give one test for each conversation."""
        try:
            found = parse(self.path.read_text(encoding="utf-8"), self.shown)
        except (TranscriptError, UnicodeDecodeError) as error:
            raise self.CollectError(str(error)) from error
        bots = self._bots()
        for number, transcript in enumerate(found, 1):
            name = transcript.title.replace(" ", "-")
            yield ChatItem.from_parent(
                self, name=f"{number}-{name}", bots=bots, shown=self.shown, transcript=transcript, number=number
            )

    def _bots(self) -> Catalogue:
        """Load them once in a session; why they cannot be loaded is told in full for the first file that needs them."""
        loaded = self.session.stash.setdefault(_LOADED, {})
        try:
            path = config.find(self.path.parent)
            if path not in loaded:
                loaded[path] = None
                loaded[path] = catalogue.of_config(config.load(path, os.environ))
        except ChatbotError as error:
            raise self.CollectError(str(error)) from error
        if (bots := loaded[path]) is None:
            raise self.CollectError(f"the bots of {path.name} cannot be loaded: see the first error")
        return bots


_LOADED = pytest.StashKey[dict[Path, Catalogue | None]]()
"""The bots of each config.toml; None: they cannot be loaded, and that was told."""


class ChatItem(pytest.Item):
    """One conversation as a test: ``number`` counts those of its file, which errors name as ``shown``, from 1."""

    def __init__(self, *, bots: Catalogue, shown: str, transcript: Transcript, number: int, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.bots = bots
        self.shown = shown
        self.transcript = transcript
        self.number = number

    def runtest(self) -> None:
        """Play the conversation and fail where it goes another way."""
        try:
            rehearsal = Rehearsal(self.bots, self.transcript)
        except ConfigError as error:
            raise TranscriptFailed(f"{self.shown}:{self.transcript.line}: {error}") from error
        played = asyncio.run(rehearsal.run())
        if not played.failure:
            return
        if self.config.getoption("--chat-update") and not played.astray:
            rewrite(self.path, self.number, self.transcript, played)
            if not played.lasting:
                return
        raise TranscriptFailed(as_diff(self.transcript, played, self.shown))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """Show the diff alone; anything else with its traceback."""
        if isinstance(excinfo.value, TranscriptFailed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the file and the line of the conversation."""
        return self.path, self.transcript.line - 1, self.name


def rewrite(path: Path, number: int, transcript: Transcript, played: Played) -> None:
    """Write into ``path`` what the bot really said in ``transcript``, its conversation ``number``.

    Every other line stays as it is.
    """
    text = path.read_text(encoding="utf-8")
    lines, new, kept = text.split("\n"), list[str](), 0
    moved = parse(text)[number - 1].line - transcript.line  # what stands above may have been rewritten in this run
    went = {step.line: step for step in played.steps if step.line}
    more = _said_after(played)
    for step in transcript.steps:
        first = step.line - 1 + moved
        after = first + 1 + step.text.count("\n")
        found = went.get(step.line)
        new += lines[kept:first]
        if step.word != "bot" or (found is not None and found.text == step.text):
            new += lines[first:after]
        elif found is not None:
            new += wrote("bot", found.text).split("\n")
        for said in more.get(step.line, ()):
            new += wrote("bot", said.text).split("\n")
        kept = after
    path.write_text("\n".join([*new, *lines[kept:]]), encoding="utf-8")


def _said_after(played: Played) -> dict[int, list[Step]]:
    """Give what the bot said without its being written, by the line of the step that it follows."""
    found: dict[int, list[Step]] = {}
    line = 0
    for step in played.steps:
        line = step.line or line
        if not step.line:
            found.setdefault(line, []).append(step)
    return found
