"""`chatbot chat`: talk with a flow in this terminal, and keep the conversation as a transcript."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import click

from chatbot.cli.context import Context
from chatbot.errors import ConfigError
from chatbot.flows.catalogue import Catalogue
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
    if record is not None and record.exists():
        raise ConfigError(f"{record} is there already; choose another file")
    settings = context.config()
    catalogue = context.catalogue(settings)
    started = catalogue.find(flow) if flow else catalogue.default
    chosen = catalogue.with_default(started.name)
    context.say(HELP)
    steps = asyncio.run(_talk(chosen))
    if record is not None:
        text = "\n".join([wrote("flow", started.name), "", *(wrote(step.word, step.text) for step in steps)])
        record.write_text(f"# recorded in a terminal\n{text}\n", encoding="utf-8")
        context.say(f"wrote {record}; pytest runs it")


async def _talk(catalogue: Catalogue) -> list[Step]:
    steps: list[Step] = []
    with tempfile.TemporaryDirectory(prefix="chatbot-") as folder:
        async with Stage(catalogue, CONTACT, Path(folder), start=time.time()) as stage:
            shown = 0
            while (line := await asyncio.to_thread(_read)) is not None and line.strip() != "/quit":
                if not line.strip():
                    continue
                try:
                    steps += await _act(stage, line)
                except (ValueError, LookupError) as error:
                    click.echo(f"  {error}", err=True)
                for heard in stage.network.heard[shown:]:
                    said = text_of(heard.message)
                    steps.append(Step("bot", said, 0))
                    click.echo("\n".join(f"< {part}" for part in said.split("\n")))
                shown = len(stage.network.heard)
    return steps


async def _act(stage: Stage, line: str) -> list[Step]:
    word, _, rest = line.strip().partition(" ")
    if word == "/wait":
        await stage.wait(seconds_of(rest))
        return [Step("wait", rest, 0)]
    if word == "/receipt":
        await stage.receipt(rest.strip().upper())
        return [Step("receipt", rest.strip().upper(), 0)]
    if word == "/state":
        here = await stage.conversation()
        click.echo(f"  {here.flow}.{here.state}  {here.data}" if here else "  nothing has begun")
        return [Step("state", here.state, 0)] if here else []
    if word.startswith("/"):
        raise ValueError(f"there is no {word}; {HELP}")
    await stage.user(line)
    return [Step("user", line.strip(), 0)]


def _read() -> str | None:
    try:
        return str(click.prompt(">", prompt_suffix=" ", default="", show_default=False))
    except click.Abort:
        return None
