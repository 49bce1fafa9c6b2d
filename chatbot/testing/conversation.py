"""A conversation as a Python test: ``Conversation(Pickup).user("1").bot("Where do we collect the parcel?")``."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any

from chatbot import codec
from chatbot.errors import ConfigError
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow
from chatbot.flows.words import SOURCE, Languages, load_languages
from chatbot.testing.stage import Stage, start_of_clock
from chatbot.testing.transcript import CONTACT, Captures, clock_of, seconds_of, text_of


class Conversation:
    """Plays the contact against the real engine, on a store of its own. Each call gives the conversation back.

    Use it in a ``with`` block, or `close` it. ``flows`` are the bot's flows, the first of them its default.

    ``clock`` is what the contact's clock shows at the start: ``"2026-11-24 10:00"``. ``folder`` is the one of
    config.toml, whose ``locale/`` holds the catalogues; without it nothing is translated. ``language`` and ``zone`` are
    what ``[bots]`` in config.toml says of them. Raises ConfigError, and ValueError for a clock that cannot be read.

    No slow call is made: `invoke` says how the next one ends, and a call that nothing tells of is an AssertionError.
    """

    def __init__(
        self,
        *flows: type[Flow[Any]],
        contact: str = CONTACT,
        clock: str = "",
        folder: str | Path | None = None,
        language: str = SOURCE,
        zone: str = "UTC",
    ) -> None:
        languages = Languages(source=language) if folder is None else _languages(Path(folder), language)
        catalogue = Catalogue(flows, flows[0].name if flows else None, languages=languages, zone=zone)
        start = start_of_clock(catalogue, contact, clock_of(clock) if clock else None)
        self._loop = asyncio.new_event_loop()
        self._folder = tempfile.TemporaryDirectory(prefix="chatbot-")
        self._stage = Stage(catalogue, contact, Path(self._folder.name), start=start)
        self._loop.run_until_complete(self._stage.__aenter__())
        self._captures = Captures()
        self._shown = 0

    def __enter__(self) -> Conversation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None:
            self.silent()
            left = [name for name, ends in self._stage.results.items() if ends]
            _expect(not left, f"the flow did not call {', '.join(left)}")

    def close(self) -> None:
        """Let go of the store. May be called twice."""
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._stage.__aexit__(None, None, None))
            self._loop.close()
            self._folder.cleanup()

    def user(self, text: str, to: str = "") -> Conversation:
        """The contact writes ``text``, in reply to the message that begins with ``to``, or to the last one.

        Fails when the bot has said something that was not asked for by `bot`.
        """
        return self._happen(self._stage.user(text, to))

    def start(self, flow: str, **fields: Any) -> Conversation:
        """Somebody outside starts ``flow`` with ``fields`` of its data."""
        return self._happen(self._stage.start(flow, fields))

    def bot(self, expected: str) -> Conversation:
        """The bot's next message is ``expected``, written as in a transcript. Raises AssertionError if not."""
        heard = self._stage.network.heard
        _expect(self._shown < len(heard), f"the bot says nothing, and {expected!r} was expected")
        said = text_of(heard[self._shown].message)
        self._shown += 1
        _expect(self._captures.match(expected, said), f"the bot says {said!r}, and {expected!r} was expected")
        return self

    def silent(self) -> Conversation:
        """The bot says nothing more. Raises AssertionError if it does."""
        rest = [text_of(heard.message) for heard in self._stage.network.heard[self._shown :]]
        _expect(not rest, f"the bot says more: {rest}")
        return self

    def wait(self, duration: str) -> Conversation:
        """Let time pass: ``"29m"``, ``"1h 30m"``."""
        return self._happen(self._stage.wait(seconds_of(duration)))

    def receipt(self, state: str, channel: str = "VIBER", error_code: str = "", to: str = "") -> Conversation:
        """The gateway tells what became of the message that begins with ``to``, or of the last one.

        ``state`` is ``"DELIVERED"``, ``"UNDELIVERABLE"``, ...
        """
        return self._happen(self._stage.receipt(state, channel, error_code, to))

    def invoke(self, function: str, result: object = None, *, error: str | None = None) -> Conversation:
        """The next call of ``function`` gives ``result``, or fails with ``error``. Say it beforehand."""
        end = (error, False) if error is not None else (codec.dumps(result), True)
        self._stage.results.setdefault(function, []).append(end)
        return self

    def state(self, name: str) -> Conversation:
        """The conversation is in state ``name``. Raises AssertionError if not."""
        here = self._loop.run_until_complete(self._stage.conversation())
        found = here.state if here is not None else "(none)"
        _expect(found == name, f"the conversation is in state {found}, and {name} was expected")
        return self

    def _happen(self, event: Coroutine[Any, Any, None]) -> Conversation:
        """Let something happen; before it nothing may be left unsaid, and in it no call without a known end be made."""
        with closing(event):
            self.silent()
            self._loop.run_until_complete(event)
        for name in self._stage.unforeseen:
            trail = "\n  ".join(["trail of states:", *self._loop.run_until_complete(self._stage.trail())])
            write = f'.invoke("{name}", ...)'
            raise AssertionError(
                f"the flow calls {name}, and nothing says how that ends; write before it: {write}\n{trail}"
            )
        return self

    @property
    def data(self) -> Any:
        """The flow's data as it is stored."""
        here = self._loop.run_until_complete(self._stage.conversation())
        if here is None:
            raise AssertionError("there is no conversation yet")
        return codec.loads(here.data, self._stage.catalogue.find(here.flow).flow.data_type)


def _languages(folder: Path, source: str) -> Languages:
    if not (folder / "locale").is_dir():
        raise ConfigError(f"there is no folder {folder / 'locale'}; give the folder that holds config.toml")
    return load_languages(folder, source)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
