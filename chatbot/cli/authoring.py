"""The commands for someone who writes a bot: is it right, what does it look like, what is here."""

from __future__ import annotations

import asyncio
import json
import platform
from importlib import metadata
from typing import Any, TextIO

import click

from chatbot.cli.context import FINDINGS, Context
from chatbot.config import Config
from chatbot.engine.stranded import Stranded, stranded
from chatbot.errors import FlowError
from chatbot.flows.catalogue import Catalogue, refused
from chatbot.flows.check import check_bot
from chatbot.flows.check.finding import Finding
from chatbot.flows.draw import mermaid
from chatbot.flows.svg import svg
from chatbot.store.opener import is_there, open_store


@click.command()
@click.option("--against-store", is_flag=True, help="Also count the conversations that could not go on.")
@click.pass_obj
@click.pass_context
def check(ctx: click.Context, context: Context, against_store: bool) -> None:
    """Check every flow: what would go wrong before a contact meets it. Exit status 1 when something is found.

    A flow that cannot work at all is a finding of the rule "refused"; the others are looked for when there is none.
    """
    settings = context.config()
    try:
        catalogue = context.catalogue(settings)
    except FlowError as error:
        result = [_refusal(one) for one in refused(settings) or [error]]
    else:
        result = [_finding(one) for one in check_bot(catalogue)]
        if against_store:
            result += [_stranding(one) for one in asyncio.run(count_stranded(settings, catalogue))]
    lines = [found.pop("shown") for found in result]
    context.show(result, "\n".join(lines) or f"nothing found in {', '.join(catalogue.flows)}")
    ctx.exit(FINDINGS if lines else 0)


def _finding(one: Finding) -> dict[str, Any]:
    found = {"file": one.at.file, "line": one.at.line, "rule": one.rule, "text": one.text, "advice": one.advice}
    return {**found, "shown": str(one)}


def _refusal(one: FlowError) -> dict[str, Any]:
    found = {"file": one.at.file, "line": one.at.line, "rule": "refused", "text": one.text}
    return {**found, "shown": f"{one.at}: refused: {one.text}"}


def _stranding(one: Stranded) -> dict[str, Any]:
    text = f"{one.count} in {one.flow}.{one.state}: {one.why}"
    return {"rule": "stranded", "text": text, "advice": one.advice, "shown": f"stranded: {one}"}


async def count_stranded(settings: Config, catalogue: Catalogue) -> list[Stranded]:
    """Count the live conversations that could not go on under ``catalogue``. Raises StoreError."""
    if not is_there(settings.store.url, settings.folder):
        return []
    store = await open_store(settings.store.url, settings.folder, drives=False)
    try:
        return await stranded(store, catalogue)
    finally:
        await store.close()


@click.command()
@click.argument("flow")
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "svg"]),
    default="mermaid",
    show_default=True,
    help="A Mermaid state diagram, or a picture that a browser shows.",
)
@click.option("-o", "--output", type=click.File("w", encoding="utf-8"), default="-", help="Write to this file.")
@click.pass_obj
def draw(context: Context, flow: str, form: str, output: TextIO) -> None:
    """Draw FLOW as a Mermaid state diagram or as a picture."""
    found = context.catalogue(context.config()).find(flow)
    drawn = svg(found) if form == "svg" else mermaid(found)
    output.write(json.dumps({"flow": found.name, form: drawn}) + "\n" if context.as_json else drawn)


@click.command()
@click.pass_obj
def info(context: Context) -> None:
    """Show versions, the configuration in use and the flows it runs."""
    settings = context.config()
    flows = context.catalogue(settings).flows
    result: dict[str, Any] = {
        "chatbot": metadata.version("chatbot"),
        "python": platform.python_version(),
        "config": str(context.path),
        "gateway": settings.gateway.url,
        "from": settings.gateway.sender,
        "channels": list(settings.gateway.channels),
        "store": settings.store.url,
        "store_is_there": is_there(settings.store.url, settings.folder),
        "flows": {
            name: {"states": len(flow.places), "keywords": list(flow.flow.keywords), "written": str(flow.flow.at)}
            for name, flow in flows.items()
        },
    }
    made = "" if result["store_is_there"] else "  (not made yet)"
    shown = {**result, "channels": ", ".join(settings.gateway.channels), "store": result["store"] + made}
    lines = [f"{key:<10}{value}" for key, value in shown.items() if key not in ("flows", "store_is_there")]
    for name, flow in flows.items():
        words = ", ".join(flow.flow.keywords) or "no keyword"
        lines.append(f"{'flow':<10}{name}: {len(flow.places)} states, {words}, {flow.flow.at}")
    context.show(result, "\n".join(lines))
