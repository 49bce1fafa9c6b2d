"""`chatbot chat`: talk with a flow in this terminal, and keep the conversation as a transcript."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from chatbot import codec
from chatbot.cli.context import Context
from chatbot.engine.invoker import Permanent
from chatbot.errors import ConfigError
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.functions import name_of, takes_key
from chatbot.flows.state import Slow
from chatbot.messages import ReceiptState
from chatbot.testing.stage import Stage
from chatbot.testing.transcript import CONTACT, Step, seconds_of, text_of, wrote

HELP = (
    "Write as the contact. /wait 30m lets time pass, /receipt DELIVERED tells news, "
    "/state shows where you are, /quit ends."
)


@click.command()
@click.argument("flow", required=False)
@click.option(
    "--record", type=click.Path(dir_okay=False, path_type=Path), help="Write the conversation to this .chat file."
)
@click.pass_obj
def chat(context: Context, flow: str | None, record: Path | None) -> None:
    """Talk with FLOW (the default flow when left out) in this terminal; nothing is sent and nothing is kept."""
    if record is not None:
        _check_record(record)
    settings = context.config()
    catalogue = context.catalogue(settings)
    chosen = catalogue.with_default(flow) if flow else catalogue
    context.say(HELP)
    steps = Dialogue(chosen).hold()
    if record is not None and not steps:
        context.say(f"nothing was said: {record} was not written")
    elif record is not None:
        text = "\n".join([wrote("flow", chosen.default.name), "", *(wrote(step.word, step.text) for step in steps)])
        record.write_text(f"# recorded in a terminal\n{text}\n", encoding="utf-8")
        context.say(f"wrote {record}; pytest runs it")


def _check_record(file: Path) -> None:
    if file.suffix != ".chat":
        raise ConfigError(f"{file} would not be found by pytest; call it {file.with_suffix('.chat')}")
    if file.exists():
        raise ConfigError(f"{file} is there already; choose another file")
    if not file.parent.is_dir():
        raise ConfigError(f"there is no folder {file.parent}; make it first")


class Dialogue:
    """One conversation at the terminal, line by line, on a stage of its own."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._steps: list[Step] = []
        self._calls: list[Step] = []
        self._shown = 0

    def hold(self) -> list[Step]:
        """Read and answer until the contact leaves. Gives the steps for a transcript."""
        # Lines are read outside the loop: there Ctrl-C would wait for the line to end.
        with asyncio.Runner() as runner, tempfile.TemporaryDirectory(prefix="chatbot-") as folder:
            stage = Stage(self._catalogue, CONTACT, Path(folder), start=time.time())
            runner.run(stage.__aenter__())
            try:
                stage.engine.invoker.stand_ins = self._overheard
                while (line := _read()) is not None and line.strip() != "/quit":
                    if line.strip():
                        runner.run(self._take(stage, line.strip()))
            finally:
                runner.run(stage.__aexit__(None, None, None))
        return self._steps

    async def _take(self, stage: Stage, line: str) -> None:
        try:
            self._steps += await _act(stage, line)
        except (ValueError, LookupError) as error:
            click.echo(f"  {error}", err=True)
        self._steps += self._calls
        self._calls = []
        for heard in stage.network.heard[self._shown :]:
            said = text_of(heard.message)
            self._steps.append(Step("bot", said, 0))
            click.echo("\n".join(f"< {part}" for part in said.split("\n")))
        self._shown = len(stage.network.heard)

    def _overheard(self, name: str) -> Slow | None:
        """Make the call and write down its end, so that the transcript needs no other service when it is played."""
        function = _slow(self._catalogue, name)

        async def call(data: Any) -> Any:
            try:
                result = await (function(data, "chat") if takes_key(function) else function(data))
                self._calls.append(Step("invoke", f"{name} -> {codec.dumps(result)}", 0))
            except Exception as error:
                self._calls.append(Step("invoke", f"{name} ! {error}".replace("\n", " "), 0))
                raise Permanent(str(error)) from error
            return result

        return call


def _slow(catalogue: Catalogue, name: str) -> Any:
    places = [place for flow in catalogue.flows.values() for place in flow.places.values()]
    return next(one.state.invoke for one in places if one.state.invoke and name_of(one.state.invoke) == name)


async def _act(stage: Stage, line: str) -> list[Step]:
    word, _, rest = line.partition(" ")
    if word == "/wait":
        await stage.wait(seconds_of(rest))
        return [Step("wait", rest.strip(), 0)]
    if word == "/receipt":
        state = _receipt_state(rest)
        await stage.receipt(state)
        return [Step("receipt", state, 0)]
    if word == "/state":
        here = await stage.conversation()
        click.echo(f"  {here.flow}.{here.state}  {here.data}" if here else "  nothing has begun")
        return [Step("state", here.state, 0)] if here else []
    if word.startswith("/"):
        raise ValueError(f"there is no {word}; {HELP}")
    await stage.user(line)
    return [Step("user", line, 0)]


def _receipt_state(text: str) -> ReceiptState:
    known = [state for state in ReceiptState if state is not ReceiptState.UNKNOWN]
    if (word := text.strip().upper()) not in known:
        raise ValueError(f"{text.strip() or 'nothing'} is no state of a receipt; there are {', '.join(known)}")
    return ReceiptState(word)


def _read() -> str | None:
    """Read a line; None at the end or at Ctrl-C. A line that was piped in is shown, as a typed one would be."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if line:
            click.echo(f"> {line.rstrip()}")
        return line or None
    line = ""
    with suppress(KeyboardInterrupt):
        click.echo("> ", nl=False)
        _wait_for_line()
        line = sys.stdin.readline()
    if not line:
        click.echo()  # the prompt's line ends
    return line or None


def _wait_for_line() -> None:
    """Wait for a line or a signal. One that comes just before a plain read would be heard only when that has a line."""
    signalled, signals = os.pipe()
    os.set_blocking(signals, False)
    before = signal.set_wakeup_fd(signals)
    try:
        select.select([sys.stdin, signalled], [], [])
    finally:
        signal.set_wakeup_fd(before)
        os.close(signalled)
        os.close(signals)
